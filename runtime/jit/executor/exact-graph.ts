/**
 * A graph compiled for inputs of exactly certain sizes, with its backward pass where gradients are needed: one or two sessions of ONNX
 * Runtime, or one for both (joined-pass.ts). The results hang on the gradient graph by one node, whose backward pass is the second session;
 * so `backward()`, hooks and optimisers see what they would see after an interpreted run.
 */
import { attach, edgeOf } from "../../autograd/edges.ts";
import { grad } from "../../autograd/engine.ts";
import { gradMode, withGradMode } from "../../autograd/grad-mode.ts";
import { type Edge, GradNode } from "../../autograd/node.ts";
import { saveOne, unpack } from "../../autograd/saved.ts";
import { NotImplementedError } from "../../errors.ts";
import { late } from "../../tensor/late.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cut } from "../gradient/cut.ts";
import { type JointGraph, jointGraph } from "../gradient/joint-graph.ts";
import { prepare } from "../interpret.ts";
import type { Graph, Value } from "../ir.ts";
import { functionalized } from "../optimization/functionalize.ts";
import { optimized } from "../optimization/index.ts";
import { GraphPart } from "./graph-part.ts";
import { JoinedPass, type ReadyGradients } from "./joined-pass.ts";
import { type WholeGraph, writeBack } from "./whole-graph.ts";

/** Runs a graph of tensors on its inputs; the outputs know where their gradients go. */
export type FlatRun = (inputs: readonly Tensor[]) => readonly Tensor[];

/** A graph for inputs of exactly certain sizes. */
export class ExactGraph {
  readonly #joint: JointGraph;
  /** Inputs that an operator writes to although the traced graph does not say so, as running statistics. */
  readonly #written: readonly number[];
  readonly #forward: GraphPart;
  readonly #backward: GraphPart | null;
  readonly #joined: JoinedPass | null;
  /** How many outputs the forward pass has beside what is saved. */
  readonly #forwardCount: number;
  /** For each tensor that is saved: which output of the forward pass it is. */
  readonly #saved: readonly number[];
  /** For each gradient: which of the arriving gradients it is made of. */
  readonly #madeOf: readonly ReadonlySet<number>[];
  readonly #interpret: FlatRun;
  readonly nodes: { readonly forward: number; readonly backward: number };

  /**
   * Derives the gradients and builds the sessions.
   * @param needed which inputs need a gradient
   * @throws NotImplementedError that names what ONNX has no words for
   */
  constructor({ graph, written }: WholeGraph, examples: readonly Tensor[], needed: readonly boolean[]) {
    const joint = jointGraph(graph, examples, needed);
    const pure = functionalized(joint.graph);
    this.#written = pure.written.map((input) => pure.graph.inputs.indexOf(input));
    if ([...written, ...this.#written].some((input) => needed[input]))
      throw new NotImplementedError("an input is written to that a gradient flows to");
    // What is written to inputs is computed forward as the results are.
    const { outputs } = pure.graph;
    const count = joint.results.length;
    const last = outputs.slice(outputs.length - pure.written.length);
    const forwardOutputs = [...outputs.slice(0, count), ...last];
    const gradients = outputs.slice(count, outputs.length - last.length);
    const whole = optimized({ ...pure.graph, outputs: [...forwardOutputs, ...gradients] });
    const { forward, backward, saved } = cut(whole, forwardOutputs.length);
    this.#joint = joint;
    this.#interpret = prepare(graph) as FlatRun;
    this.#saved = saved.map((value) => forward.outputs.indexOf(value));
    this.#forward = new GraphPart(forward, whole);
    this.#backward = gradients.length === 0 ? null : new GraphPart(backward, whole);
    this.#joined = JoinedPass.fits(joint) ? new JoinedPass(whole, examples.length) : null;
    if (this.#joined === null) {
      this.#forward.build();
      this.#backward?.build();
    }
    this.#forwardCount = forwardOutputs.length;
    this.#madeOf = backward.outputs.map((output) => arrivingIn(whole, output, examples.length));
    this.nodes = { forward: forward.nodes.length, backward: backward.nodes.length };
  }

  /** The outputs of the graph; they require a gradient where the interpreter's would. */
  run(inputs: readonly Tensor[]): readonly Tensor[] {
    const { fetched, ready } = this.#joined?.expected
      ? this.#joined.run(inputs, this.#forwardCount)
      : { fetched: this.#forward.run(inputs), ready: null };
    const count = this.#joint.results.length;
    const results = fetched.slice(0, count);
    if (this.#backward !== null) this.#attach(results, fetched, this.#backward, inputs, ready);
    const written = this.#written.map((input) => inputs[input]);
    if (written.length > 0) writeBack(fetched.slice(count, count + written.length), written);
    return results;
  }

  dispose(): void {
    this.#forward.dispose();
    this.#backward?.dispose();
    this.#joined?.dispose();
  }

  /** Hangs the results on the gradient graph. */
  #attach(
    results: readonly Tensor[],
    fetched: readonly Tensor[],
    backward: GraphPart,
    inputs: readonly Tensor[],
    ready: ReadyGradients | null,
  ): void {
    const { results: facts, gradients } = this.#joint;
    const saved = ready === null ? this.#saved.map((index) => fetched[index]) : [];
    const differentiable = facts.flatMap(({ gradientNode }, i) => (gradientNode === null ? [] : [i]));
    const used = new Set(backward.inputs);
    const kept = inputs.map((tensor, i) =>
      used.has(i) ? saveOne(tensor) : { tensor, version: tensor.storage.version },
    );
    const given = (): Tensor[] => kept.map((one) => unpack(one, node) as Tensor);
    const node: GradNode = new GradNode(
      differentiable.length === 1 ? this.#nameOf(differentiable[0]) : "DifferentiableGraphBackward",
      inputs.map((input, i) => (gradients[i] === null ? null : edgeOf(input))),
      differentiable.map((i) => facts[i].type),
      (grads) => {
        const changed = backward.inputs.some(
          (index) => index < kept.length && kept[index].tensor.storage.version !== kept[index].version,
        );
        const ahead = gradMode.enabled || changed ? null : (ready?.take(grads[0] as Tensor) ?? null);
        if (ahead !== null) return gradients.map((index) => (index === null ? null : ahead[index]));
        if (gradMode.enabled || backward.disposed || ready !== null)
          return this.#interpretedGradients(given(), grads);
        const current = kept.map((one, i) => (used.has(i) ? (unpack(one, node) as Tensor) : one.tensor));
        return this.#gradients(backward, current, saved, grads);
      },
    );
    for (const [output, i] of differentiable.entries())
      attach(results[i], differentiable.length === 1 ? { node, output } : this.#ownEdge(node, output, i));
  }

  #nameOf(result: number): string {
    return this.#joint.results[result].gradientNode as string;
  }

  /** Each of several results gets a node of its own, so that it prints as the interpreter's does. */
  #ownEdge(node: GradNode, output: number, result: number): Edge {
    const edges = [{ node, output }];
    return {
      node: new GradNode(this.#nameOf(result), edges, [node.results[output]], (grads) => grads),
      output: 0,
    };
  }

  #gradients(
    backward: GraphPart,
    inputs: readonly Tensor[],
    saved: readonly Tensor[],
    grads: readonly (Tensor | null)[],
  ): readonly (Tensor | null)[] {
    const { results, gradients } = this.#joint;
    const types = results.filter(({ gradientNode }) => gradientNode !== null).map(({ type }) => type);
    const all = [...inputs, ...grads.map((given, i) => given ?? late.zeros(types[i].sizes, types[i].dtype))];
    const found = backward.run(all, saved);
    if (this.#joined !== null) this.#joined.expected = true;
    const arrived = grads.flatMap((given, i) => (given === null ? [] : [i]));
    const complete = arrived.length === grads.length;
    return gradients.map((index) =>
      index !== null && (complete || arrived.some((i) => this.#madeOf[index].has(i))) ? found[index] : null,
    );
  }

  /** Gradients that will be differentiated themselves come from the interpreter, as all do after `dispose`. */
  #interpretedGradients(
    inputs: readonly Tensor[],
    grads: readonly (Tensor | null)[],
  ): readonly (Tensor | null)[] {
    const { results: facts, gradients } = this.#joint;
    const hidden = new Set(this.#written);
    const again = inputs.map((input, i) => (hidden.has(i) ? input.detach().clone() : input));
    const results = withGradMode(true, () => this.#interpret(again)).filter(
      (_, i) => facts[i].gradientNode !== null,
    );
    const wanted = gradients.flatMap((index, i) => (index === null ? [] : [i]));
    const found = grad(
      results.filter((_, i) => grads[i] !== null),
      wanted.map((i) => inputs[i]),
      {
        gradOutputs: grads.filter((given) => given !== null),
        createGraph: gradMode.enabled,
        allowUnused: true,
      },
    );
    return gradients.map((_, i) => found[wanted.indexOf(i)] ?? null);
  }
}

/** Which of the inputs behind the first `count` a value is made of. */
function arrivingIn(graph: Graph, value: Value, count: number): ReadonlySet<number> {
  const needed = new Set<Value>([value]);
  for (const node of graph.nodes.toReversed())
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  return new Set(graph.inputs.slice(count).flatMap((input, i) => (needed.has(input) ? [i] : [])));
}
