/**
 * Expansion: runs what is given on example tensors and records it at the level of operators that ONNX has words for. An operator
 * that has no ONNX form, or that autograd looks into, is looked into here as well, as far as its kernel is written with other operators.
 * Sizes are those of the examples. What users see of a trace is the recorder's affair.
 */
import { requiresGradient } from "../../autograd/edges.ts";
import { gradMode } from "../../autograd/grad-mode.ts";
import { execute } from "../../dispatch/dispatch.ts";
import { type HostReads, hostReads, interpreter, withoutInterpreter } from "../../dispatch/interpreter.ts";
import type { Op } from "../../dispatch/op.ts";
import type { SchemaArgument } from "../../dispatch/schema.ts";
import { NotImplementedError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { constantOf } from "../constant-arguments.ts";
import type { Attribute, Graph, Node, Type, Value } from "../ir.ts";
import type { Lowering } from "../onnx/lowering.ts";
import { trainingFlags } from "../optimization/rewriting.ts";
import { anyTensor, floatType, intType, listOf, noneType, typeOfTensor } from "../types.ts";

/** Thrown where a kernel or formula goes past the operators, so that a graph of operators would not say what it does. */
export class Opaque extends NotImplementedError {}

/** What a pass over example tensors recorded. */
export class Expansion implements HostReads {
  readonly nodes: Node[] = [];
  readonly #values = new Map<Tensor, Value>();
  /** How many kernels are being looked into, one inside the other. */
  #inside = 0;
  #ofGraph = false;
  /** The operators of the graph that is run. */
  #kinds: ReadonlySet<string> = new Set();
  /** How many in-place calls were recorded: after one, nothing is taken back. */
  #written = 0;
  #made = 0;
  readonly #formOf: (op: Op) => Lowering | undefined;

  /** @param formOf which ONNX form of an operator is wanted; that of executors if nothing is given */
  constructor(formOf: (op: Op) => Lowering | undefined = ({ facts }) => facts.onnx) {
    this.#formOf = formOf;
  }

  /** Makes a tensor an input of what is recorded. */
  input(tensor: Tensor): Value {
    const value = this.#newValue(typeOfTensor(tensor));
    this.#values.set(tensor, value);
    return value;
  }

  /** Makes a tensor a constant of what is recorded. */
  constant(tensor: Tensor): void {
    if (!this.#values.has(tensor)) this.#values.set(tensor, this.#constant(tensor, typeOfTensor(tensor)));
  }

  /** The value of a tensor that `user` is given. Throws Opaque for one that no recorded operator made. */
  valueOf(tensor: Tensor, user: string): Value {
    const value = this.#values.get(tensor);
    if (value !== undefined) return value;
    if (tensor.wrapped) return this.#constant(tensor, typeOfTensor(tensor));
    throw new Opaque(`${user} is given a tensor that was computed past the operators`);
  }

  /** Records what `fn` dispatches. */
  record<T>(fn: () => T): T {
    const saved = [interpreter.current, hostReads.current] as const;
    interpreter.current = (op, args) => this.#call(op, args);
    hostReads.current = this;
    try {
      return fn();
    } finally {
      [interpreter.current, hostReads.current] = saved;
    }
  }

  /** Records the run of a graph, whose numbers that were made tensors are constants here. */
  recordGraph<T>(graph: Graph, run: () => T): T {
    this.#ofGraph = true;
    this.#kinds = new Set(graph.nodes.map(({ kind }) => kind));
    try {
      return this.record(run);
    } finally {
      this.#ofGraph = false;
    }
  }

  // --- host reads: sizes are known, elements are not --------------------------------------------------------------

  note(tensor: Tensor): void {
    if (this.#values.has(tensor)) throw new Opaque("elements of a tensor are read while it runs");
  }

  shape(tensor: Tensor): readonly number[] {
    return tensor.sizes;
  }

  size(tensor: Tensor, dim: number): number {
    return tensor.sizes[dim < 0 ? dim + tensor.sizes.length : dim];
  }

  made(tensor: Tensor): Tensor {
    this.constant(tensor);
    return tensor;
  }

  // --- calls ------------------------------------------------------------------------------------------------------

  #call(op: Op, args: readonly unknown[]): unknown {
    if (op.name === "aten::item") this.note(args[0] as Tensor);
    if (this.#ofGraph && this.#inside === 0)
      for (const number of args.filter(isNumber)) this.constant(number);
    if (!op.schema.returns.some(({ type }) => type.base === "Tensor"))
      return withoutInterpreter(() => execute(op, args));
    if (isWhole(op, args, this.#formOf(op)))
      return (this.#appearing(op, args) ?? this.#record(op, args)) as unknown;
    const looked = this.#lookInside(op, args);
    return looked === undefined ? this.#record(op, args) : looked;
  }

  /** Runs the operator with what it calls recorded; undefined if it computes past the operators. */
  #lookInside(op: Op, args: readonly unknown[]): unknown {
    const [nodes, written] = [this.nodes.length, this.#written];
    this.#inside++;
    try {
      const output = execute(op, args);
      const results = (Array.isArray(output) ? output : [output]) as readonly Tensor[];
      if (results.some((result) => this.#values.has(result))) return output;
    } catch (error) {
      if (!(error instanceof Opaque) || written !== this.#written) throw error;
    } finally {
      this.#inside--;
    }
    this.nodes.length = nodes;
    return undefined;
  }

  /**
   * Looks into an operator if the call that makes its result stands in the graph itself too, as where a gradient wanted more of its
   * results: then both are one. Undefined if not.
   */
  #appearing(op: Op, args: readonly unknown[]): unknown {
    if (op.facts.composite !== true || op.mutates >= 0 || this.#kinds.size === 0) return undefined;
    const before = this.nodes.length;
    const output = this.#lookInside(op, args);
    if (!(output instanceof Tensor)) return undefined;
    const made = this.valueOf(output, op.name);
    const maker = this.nodes.slice(before).find(({ outputs }) => outputs.includes(made));
    if (maker !== undefined && this.#kinds.has(maker.kind)) return output;
    this.nodes.length = before;
    return undefined;
  }

  #record(op: Op, args: readonly unknown[]): unknown {
    const inputs = op.schema.arguments.map((argument, i) => this.#argument(args[i], argument, op.name));
    const output = withoutInterpreter(() => execute(op, args));
    if (op.mutates >= 0) this.#written++;
    if (output instanceof Tensor || op.schema.returns.length > 1) {
      const results = output instanceof Tensor ? [output] : (output as readonly Tensor[]);
      const values = this.#node(op.name, inputs, results.map(typeOfTensor));
      for (const [i, result] of results.entries()) this.#values.set(result, values[i]);
      return output;
    }
    const parts = output as readonly Tensor[];
    const list = this.#node(op.name, inputs, [listOf(anyTensor)]);
    const values = this.#node("prim::ListUnpack", list, parts.map(typeOfTensor));
    for (const [i, part] of parts.entries()) this.#values.set(part, values[i]);
    return output;
  }

  #argument(value: unknown, argument: SchemaArgument, user: string): Value {
    if (!Array.isArray(value)) return this.#single(value, argument, user);
    const { base } = argument.type;
    const element = base === "Tensor" ? anyTensor : base === "float" ? floatType : intType;
    const parts = value.map((part) => this.#single(part, argument, user));
    return this.#node("prim::ListConstruct", parts, [listOf(element)])[0];
  }

  #single(value: unknown, argument: SchemaArgument, user: string): Value {
    if (value === null || value === undefined) return this.#constant(null, noneType);
    if (value instanceof Tensor) return this.valueOf(value, user);
    return this.#constant(...constantOf(value, argument));
  }

  #constant(value: Attribute, type: Type): Value {
    return this.#node("prim::Constant", [], [type], value === null ? {} : { value })[0];
  }

  #node(
    kind: string,
    inputs: readonly Value[],
    types: readonly Type[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly Value[] {
    const outputs = Object.freeze(types.map((type) => this.#newValue(type)));
    this.nodes.push(
      Object.freeze({
        kind,
        inputs: Object.freeze([...inputs]),
        outputs,
        attributes: Object.freeze(attributes),
        blocks: Object.freeze([]),
        scope: "",
        source: null,
      }),
    );
    return outputs;
  }

  #newValue(type: Type): Value {
    return Object.freeze({ kind: "value", name: `e${this.#made++}`, type });
  }
}

const isNumber = (value: unknown): value is Tensor => value instanceof Tensor && value.sizes.length === 0;

/** True for calls that are recorded as they are: those with an ONNX form autograd does not look into, and plain writes. */
function isWhole(op: Op, args: readonly unknown[], form: Lowering | undefined): boolean {
  const composite = op.facts.composite === true;
  if (op.mutates >= 0) return op.functional !== null || !composite;
  // The ONNX form is that of evaluation.
  if (form === undefined || args[trainingFlags[op.name]] === true) return false;
  return !composite || !gradMode.enabled || !requiresGradient(args);
}
