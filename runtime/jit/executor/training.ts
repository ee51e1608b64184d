/**
 * Compiled training: a graph's forward and backward pass as two sessions of ONNX Runtime, for inputs of exactly certain sizes. The
 * results hang on the gradient graph by one node, whose backward pass is the second session; so `backward()`, hooks and optimisers
 * see what they would see after an interpreted run.
 */
import { attach, edgeOf, needsGradient } from "../../autograd/edges.ts";
import { grad } from "../../autograd/engine.ts";
import { gradMode, withGradMode } from "../../autograd/grad-mode.ts";
import { GradNode } from "../../autograd/node.ts";
import { saveOne, unpack } from "../../autograd/saved.ts";
import { late } from "../../tensor/late.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cut } from "../gradient/cut.ts";
import { type JointGraph, jointGraph } from "../gradient/joint-graph.ts";
import { prepare } from "../interpret.ts";
import type { Graph, Value } from "../ir.ts";
import { onnxModel } from "../onnx/export.ts";
import { NotImplementedError } from "../../errors.ts";
import { writes } from "../optimization/rewriting.ts";
import { optimized } from "../optimization/index.ts";
import { refuseAliases } from "./compiled.ts";
import { GraphSession } from "./graph-session.ts";

/** Runs a graph of tensors on its inputs; the results know where their gradients go. */
export type FlatRun = (inputs: readonly Tensor[]) => readonly Tensor[];

/** The part of a graph that runs in one go, and which of all tensors it is given. */
interface Part {
  readonly session: GraphSession;
  readonly inputs: readonly number[];
}

/** A graph whose forward and backward pass run in ONNX Runtime. */
export class CompiledTraining {
  readonly #joint: JointGraph;
  readonly #forward: Part;
  readonly #backward: Part | null;
  /** For each tensor that is saved: which output of the forward pass it is. */
  readonly #saved: readonly number[];
  /** For each gradient: which of the arriving gradients it is made of. */
  readonly #madeOf: readonly ReadonlySet<number>[];
  readonly #interpret: FlatRun;
  readonly nodes: { readonly forward: number; readonly backward: number };

  /**
   * Derives the gradients and builds the sessions.
   * @param graph takes tensors only, weights among them
   * @param outputs the tensors its result consists of
   * @throws NotImplementedError that names what ONNX has no words for
   */
  constructor(
    graph: Graph,
    outputs: readonly Value[],
    examples: readonly Tensor[],
    needed: readonly boolean[],
  ) {
    const joint = jointGraph(graph, outputs, examples, needed);
    const whole = optimized(joint.graph);
    const written = whole.nodes.find(({ kind }) => writes(kind));
    if (written !== undefined) throw new NotImplementedError(`${written.kind} writes through a view`);
    const { forward, backward, saved } = cut(whole, joint.results.length);
    refuseAliases(forward);
    this.#joint = joint;
    this.#interpret = prepare({ ...graph, outputs }) as FlatRun;
    this.#saved = saved.map((value) => forward.outputs.indexOf(value));
    const part = ({ inputs }: Graph, session: GraphSession): Part => ({
      session,
      inputs: inputs
        .filter((input) => whole.inputs.includes(input))
        .map((input) => whole.inputs.indexOf(input)),
    });
    this.#forward = part(forward, sessionOf(forward));
    this.#backward = backward.outputs.length === 0 ? null : part(backward, sessionOf(backward));
    this.#madeOf = backward.outputs.map((output) => arrivingIn(whole, output, examples.length));
    this.nodes = { forward: forward.nodes.length, backward: backward.nodes.length };
  }

  /** Runs forward; the results require a gradient where the interpreter's would. */
  run(inputs: readonly Tensor[]): readonly Tensor[] {
    const fetched = this.#forward.session.run(this.#forward.inputs.map((index) => inputs[index]));
    const results = fetched.slice(0, this.#joint.results.length);
    if (this.#backward === null) return results;
    const saved = this.#saved.map((index) => fetched[index]);
    const differentiable = this.#joint.results.flatMap(({ gradientNode }, i) =>
      gradientNode === null ? [] : [i],
    );
    const used = new Set(this.#backward.inputs);
    const kept = inputs.map((tensor, i) =>
      used.has(i) ? saveOne(tensor) : { tensor, version: tensor.storage.version },
    );
    const given = (node: GradNode): Tensor[] => kept.map((one) => unpack(one, node) as Tensor);
    const node: GradNode = new GradNode(
      differentiable.length === 1 ? this.#nameOf(differentiable[0]) : "DifferentiableGraphBackward",
      inputs.map((input, i) => (this.#joint.gradients[i] === null ? null : edgeOf(input))),
      differentiable.map((i) => this.#joint.results[i].type),
      (grads) =>
        gradMode.enabled || this.#backward?.session.disposed
          ? this.#interpretedGradients(given(node), grads)
          : this.#gradients(given(node), saved, grads),
    );
    for (const [output, i] of differentiable.entries())
      attach(results[i], this.#edge(node, output, i, differentiable));
    return results;
  }

  dispose(): void {
    this.#forward.session.dispose();
    this.#backward?.session.dispose();
  }

  #nameOf(result: number): string {
    return this.#joint.results[result].gradientNode as string;
  }

  /** Each of several results gets a node of its own, so that it prints as the interpreter's does. */
  #edge(node: GradNode, output: number, result: number, all: readonly number[]) {
    if (all.length === 1) return { node, output };
    const own = new GradNode(
      this.#nameOf(result),
      [{ node, output }],
      [node.results[output]],
      (grads) => grads,
    );
    return { node: own, output: 0 };
  }

  #gradients(
    inputs: readonly Tensor[],
    saved: readonly Tensor[],
    grads: readonly (Tensor | null)[],
  ): readonly (Tensor | null)[] {
    const { results, gradients } = this.#joint;
    const types = results.filter(({ gradientNode }) => gradientNode !== null).map(({ type }) => type);
    const arriving = grads.map((gradient, i) => gradient ?? late.zeros(types[i].sizes, types[i].dtype));
    const all = [...inputs, ...arriving];
    const part = this.#backward as Part;
    const found = part.session.run([...part.inputs.map((index) => all[index]), ...saved]);
    return gradients.map((output) => {
      if (output === null) return null;
      const index = output - results.length;
      const arrived =
        grads.every((gradient) => gradient !== null) ||
        grads.some((gradient, i) => gradient !== null && this.#madeOf[index].has(i));
      return arrived ? found[index] : null;
    });
  }

  /** Gradients that will be differentiated themselves come from the interpreter, as all do after `dispose`. */
  #interpretedGradients(
    inputs: readonly Tensor[],
    grads: readonly (Tensor | null)[],
  ): readonly (Tensor | null)[] {
    const results = withGradMode(true, () => this.#interpret(inputs)).filter(
      (_, i) => this.#joint.results[i].gradientNode !== null,
    );
    const roots = results.filter((_, i) => grads[i] !== null);
    const wanted = this.#joint.gradients.flatMap((output, i) => (output === null ? [] : [i]));
    const found = grad(
      roots,
      wanted.map((i) => inputs[i]),
      {
        gradOutputs: grads.filter((gradient) => gradient !== null),
        createGraph: gradMode.enabled,
        allowUnused: true,
      },
    );
    return this.#joint.gradients.map((_, i) => found[wanted.indexOf(i)] ?? null);
  }
}

const sessionOf = (graph: Graph): GraphSession =>
  new GraphSession(onnxModel(graph, null, "trace", { dynamicAxes: false }));

/** Which of the inputs behind the first `count` a value is made of. */
function arrivingIn(graph: Graph, value: Value, count: number): ReadonlySet<number> {
  const needed = new Set<Value>([value]);
  for (const node of graph.nodes.toReversed())
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  return new Set(graph.inputs.slice(count).flatMap((input, i) => (needed.has(input) ? [i] : [])));
}

/** Milliseconds of a forward and backward pass. */
export function timeOf(run: FlatRun, inputs: readonly Tensor[]): number {
  const start = performance.now();
  const results = run(inputs).filter(needsGradient);
  const sources = inputs.filter(needsGradient);
  if (results.length > 0 && sources.length > 0)
    grad(results, sources, {
      gradOutputs: results.map((result) => result.detach().onesLike()),
      allowUnused: true,
    });
  return performance.now() - start;
}
