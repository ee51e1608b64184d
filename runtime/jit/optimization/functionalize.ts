/**
 * In-place operators become plain ones: what is read after a write is the written value, views are taken anew from it, and a write
 * through a view becomes a new value of what it is a view of. What was written to inputs comes out as further results.
 */
import { findOverloads, type OpFacts } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import type { Graph, Node, TensorType, Value } from "../ir.ts";
import type { ThroughView } from "./functional-forms.ts";
import { constantsOf, NodeWriter, withInputs, writes } from "./rewriting.ts";

/** A graph without in-place operators. */
export interface FunctionalGraph {
  /** Its outputs are those it had, then the last value of each input that was written to. */
  readonly graph: Graph;
  /** The inputs that the further outputs are to be written to. */
  readonly written: readonly Value[];
  /** For each output it had, the input whose memory it is; null for tensors of their own. */
  readonly aliases: readonly (Alias | null)[];
}

/** Memory of an input that an output shows. */
export interface Alias {
  readonly input: Value;
  /** True for the input itself, false for a view of it. */
  readonly whole: boolean;
}

/**
 * The graph without in-place operators.
 * @throws NotImplementedError that names the operator for writes that have no plain form
 */
export function functionalized(graph: Graph): FunctionalGraph {
  return new Functionalizer(graph).run();
}

/** A view taken from a value, and the node to take it anew with. */
interface ViewOf {
  readonly base: Value;
  readonly node: Node;
}

class Functionalizer {
  readonly #graph: Graph;
  readonly #writer = new NodeWriter("f");
  readonly #views = new Map<Value, ViewOf>();
  /** Values that may or may not share memory with another one. */
  readonly #unsure = new Map<Value, Value>();
  /** What an in-place operator gave is the value it wrote to. */
  readonly #same = new Map<Value, Value>();
  readonly #current = new Map<Value, Value>();
  /** The value of its base that a view was last taken from. */
  readonly #takenFrom = new Map<Value, Value>();
  readonly #constants: ReturnType<typeof constantsOf>;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = constantsOf(graph);
  }

  run(): FunctionalGraph {
    const { inputs, nodes, outputs } = this.#graph;
    for (const node of nodes) {
      const now = node.inputs.map((input) => this.#latest(this.#root(input)));
      if (writes(node.kind)) this.#addWrite(node, now);
      else this.#add(node, now);
    }
    const results = outputs.map((output) => this.#latest(this.#root(output)));
    const written = inputs.filter((input) => this.#current.has(input));
    const last = written.map((input) => this.#latest(input));
    return {
      graph: Object.freeze({
        ...this.#graph,
        nodes: Object.freeze([...this.#writer.nodes]),
        outputs: Object.freeze([...results, ...last]),
      }),
      written,
      aliases: outputs.map((output) => this.#aliasOf(this.#root(output))),
    };
  }

  #add(node: Node, inputs: readonly Value[]): void {
    this.#writer.nodes.push(withInputs(node, inputs));
    const [base] = node.inputs;
    if (base === undefined) return;
    if (node.kind === "prim::ListUnpack" && this.#unsure.has(base)) {
      for (const part of node.outputs) this.#unsure.set(part, this.#unsure.get(base) as Value);
    } else if (isView(node.kind)) {
      const root = this.#root(base);
      if (factOf(node.kind, "through") !== undefined) {
        this.#views.set(node.outputs[0], { base: root, node });
        this.#takenFrom.set(node.outputs[0], this.#latest(root));
      } else for (const output of node.outputs) this.#unsure.set(output, this.#memory(root));
    }
  }

  #addWrite(node: Node, inputs: readonly Value[]): void {
    const root = this.#root(node.inputs[0]);
    const memory = this.#memory(root);
    const shared = [...this.#unsure].some(([value, of]) => of === memory || value === memory);
    if (shared || this.#constants.has(memory))
      throw new NotImplementedError(`${node.kind} writes to memory that may be seen from elsewhere`);
    const plain = factOf(node.kind, "plain");
    const type = inputs[0].type;
    let result: Value;
    if (plain !== undefined) result = plain(this.#writer, inputs);
    else if (isDerived(node.kind) && node.outputs.length === 1)
      result = this.#castBack(
        this.#writer.emit({ ...node, kind: node.kind.slice(0, -1) }, inputs, type),
        inputs,
      );
    else throw new NotImplementedError(`${node.kind} has no form that leaves its input alone`);
    for (const output of node.outputs) this.#same.set(output, root);
    this.#write(root, result);
  }

  /** Memory keeps its dtype, where the plain operator's result takes that of all it is given. */
  #castBack(result: Value, inputs: readonly Value[]): Value {
    const [self, ...others] = inputs;
    const dtype = (self.type as TensorType).dtype;
    // Numbers and tensors without dimensions do not count.
    const mixed = others.some(
      ({ type }) => type.kind === "Tensor" && type.dtype !== dtype && type.sizes?.length !== 0,
    );
    return mixed ? this.#writer.call("aten::type_as", [result, self], self.type) : result;
  }

  /** Makes `result` the present value of `value`, and of what that is a view of. */
  #write(value: Value, result: Value): void {
    this.#current.set(value, result);
    const view = this.#views.get(value);
    if (view === undefined) return;
    const { node } = view;
    const base = this.#latest(view.base);
    const through = factOf(node.kind, "through") as ThroughView;
    const whole = through({ writer: this.#writer, node, base, part: result, constants: this.#constants });
    this.#write(view.base, whole);
    this.#takenFrom.set(value, whole);
  }

  /** The present value; views are taken anew where what they show was written to. */
  #latest(value: Value): Value {
    const view = this.#views.get(value);
    if (view === undefined) return this.#current.get(value) ?? value;
    const base = this.#latest(view.base);
    if (this.#takenFrom.get(value) !== base) {
      const others = view.node.inputs.slice(1).map((input) => this.#latest(this.#root(input)));
      this.#current.set(value, this.#writer.emit(view.node, [base, ...others], value.type as TensorType));
      this.#takenFrom.set(value, base);
    }
    return this.#current.get(value) ?? value;
  }

  #root(value: Value): Value {
    const same = this.#same.get(value);
    return same === undefined ? value : this.#root(same);
  }

  /** The value at the end of a chain of views. */
  #memory(value: Value): Value {
    const view = this.#views.get(value);
    return view === undefined ? value : this.#memory(this.#root(view.base));
  }

  #aliasOf(value: Value): Alias | null {
    const memory = this.#memory(value);
    const from = this.#unsure.get(memory) ?? memory;
    return this.#graph.inputs.includes(from) ? { input: from, whole: value === from } : null;
  }
}

/** True if an operator writes what the one without the final `_` gives. */
const isDerived = (kind: string): boolean =>
  kind.endsWith("_") && findOverloads(kind)?.every(({ functional }) => functional !== null) === true;

/** What the rows of an operator say of it in graphs. */
const factOf = <K extends "plain" | "through">(kind: string, fact: K): OpFacts[K] =>
  findOverloads(kind)?.find(({ facts }) => facts[fact] !== undefined)?.facts[fact];

const isView = (kind: string): boolean => findOverloads(kind)?.some((row) => row.isView) === true;
