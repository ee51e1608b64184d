/**
 * The recorder: while it is in force every dispatched call becomes a node of its graph. It knows which tensor is which
 * value, turns arguments into constants and lists, and keeps sizes that were read from tensors symbolic.
 * Source of behaviour: torch/csrc/jit/frontend/tracer.cpp, torch/csrc/autograd/python_variable.cpp (sizes in a trace).
 */
import { execute } from "../dispatch/dispatch.ts";
import {
  type HostReadKind,
  type HostReads,
  hostReads,
  interpreter,
  withoutInterpreter,
} from "../dispatch/interpreter.ts";
import { camelCase, type Op } from "../dispatch/op.ts";
import type { SchemaArgument } from "../dispatch/schema.ts";
import { RuntimeError } from "../errors.ts";
import { firstValue } from "../tensor/access.ts";
import { type Category, int64 } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import { Tensor, viewOf } from "../tensor/tensor.ts";
import { type DraftNode, type DraftValue, GraphBuilder, type Place } from "./builder.ts";
import type { CalledFunctions } from "./called-functions.ts";
import { ConditionWatch } from "./conditions.ts";
import { constantOf } from "./constant-arguments.ts";
import type { Type } from "./ir.ts";
import { Origins } from "./origins.ts";
import { normalized } from "./passes/aliases.ts";
import { type UserFrame, userFrame } from "./source.ts";
import {
  anyTensor,
  boolType,
  deviceType,
  floatType,
  intType,
  listOf,
  noneType,
  scalarType,
  typeOfTensor,
} from "./types.ts";
import { ValueNames } from "./value-names.ts";
import { constantWarning, hostReadWarning, type TracerWarning } from "./warnings.ts";

/** The recorder in force, for calls of traced functions within a trace; null outside of traces. */
export const activeRecorder: { current: Recorder | null } = { current: null };

export class Recorder implements HostReads {
  readonly builder = new GraphBuilder();
  readonly warnings: TracerWarning[] = [];
  /** The calls of submodules that run, such as `__module.0/__module.0.fc`; empty in the function or module itself. */
  scope = "";
  readonly names = new ValueNames();
  readonly functions: CalledFunctions;
  readonly #conditions = new ConditionWatch();
  readonly #values = new WeakMap<Tensor, DraftValue>();
  readonly #origins = new Origins();
  /** Sizes and what was computed from them alone: tensors in the trace, numbers to the user. */
  readonly #sizes = new WeakSet<Tensor>();

  /** `functions` are those that the trace calls, and traces of other methods of the same module. */
  constructor(functions: CalledFunctions) {
    this.functions = functions;
  }

  /** Records what `fn` dispatches. Whatever happens, recording ends with it. */
  record<T>(fn: () => T): T {
    const saved = interpreter.current;
    const savedReads = hostReads.current;
    const savedRecorder = activeRecorder.current;
    interpreter.current = (op, args) => this.#call(op, args);
    hostReads.current = this;
    activeRecorder.current = this;
    try {
      const result = fn();
      this.warnings.push(...this.#conditions.warnings());
      return result;
    } finally {
      interpreter.current = saved;
      hostReads.current = savedReads;
      activeRecorder.current = savedRecorder;
    }
  }

  /** Where a node recorded now stands. */
  place(): Place {
    return { scope: this.scope, source: this.#frame()?.location ?? null };
  }

  #frame(): UserFrame | null {
    return userFrame(this.#conditions.frame);
  }

  /** A tensor of the same memory that stands for a graph input: the caller's own object is left out of the trace. */
  bindInput(tensor: Tensor, value: DraftValue): Tensor {
    const traced = viewOf(tensor, tensor.sizes, tensor.strides);
    if (tensor.autograd !== null) traced.autograd = tensor.autograd;
    traced.viewBase = tensor.viewBase;
    this.bind(traced, value);
    value.memory = tensor.storage;
    return traced;
  }

  /** From now on this tensor is that value. */
  bind(tensor: Tensor, value: DraftValue): void {
    value.memory = tensor.storage;
    this.#values.set(tensor, value);
  }

  knows(tensor: Tensor): boolean {
    return this.#values.has(tensor);
  }

  /** Binds a tensor unless it is known: a shared parameter is that of its first place. */
  bindOnce(tensor: Tensor, value: DraftValue): void {
    if (!this.#values.has(tensor)) this.bind(tensor, value);
  }

  /** The graph value of the result number `index`. Throws torch's RuntimeError for tensors the trace has not seen. */
  outputOf(tensor: Tensor, index: number): DraftValue {
    const value = this.#values.get(tensor);
    if (value !== undefined) return value;
    throw new RuntimeError(
      `output ${index} (${tensor.toString()}) of traced region did not have observable data dependence with trace inputs; ` +
        "this probably indicates your program cannot be understood by the tracer.",
    );
  }

  // --- host reads -------------------------------------------------------------------------------------------------

  note(tensor: Tensor, kind: HostReadKind): void {
    if (!this.#values.has(tensor)) return;
    const isSize = kind === "primitive" && this.#sizes.has(tensor);
    this.warnings.push(hostReadWarning(isSize ? "size" : kind, this.#frame()?.location ?? null));
  }

  /** Sizes come back as 0-d tensors that know where they came from; TypeScript sees them as numbers, as torch's ints. */
  shape(tensor: Tensor): readonly number[] {
    const frame = this.#frame();
    return tensor.sizes.map((_, dim) => {
      const size = this.#sizeOf(tensor, dim);
      this.names.declare(size, frame, ["shape", "size"], dim);
      return size;
    });
  }

  size(tensor: Tensor, dim: number): number {
    const size = this.#sizeOf(tensor, dim);
    this.names.declare(size, this.#frame(), ["size"]);
    return size;
  }

  #sizeOf(tensor: Tensor, dim: number): number {
    const value = this.#values.get(tensor);
    const size = tensor.sizes[dim < 0 ? dim + tensor.sizes.length : dim];
    if (value === undefined) return size;
    const place = this.place();
    const index = this.builder.constant(dim, intType, place);
    const [number] = this.builder.node("aten::size", [value, index], [intType], place);
    return this.#numberTensor(number, size, place) as unknown as number;
  }

  /** The number of elements stays symbolic like a size. */
  #count(tensor: Tensor): unknown {
    const place = this.place();
    const value = this.#values.get(tensor);
    if (value === undefined) return tensor.elements;
    const [number] = this.builder.node("aten::numel", [value], [intType], place);
    return this.#numberTensor(number, tensor.elements, place);
  }

  #numberTensor(number: DraftValue, value: number, place: Place): Tensor {
    const traced = makeFull([], value, int64);
    const type: Type = Object.freeze({
      kind: "Tensor",
      dtype: int64,
      sizes: Object.freeze([]),
      strides: Object.freeze([]),
    });
    this.#sizes.add(traced);
    this.bind(traced, this.builder.node("prim::NumToTensor", [number], [type], unplaced(place))[0]);
    return traced;
  }

  /** A tensor made of host data is a constant; torch records that it is copied. */
  made(tensor: Tensor): Tensor {
    if (tensor.requiresGrad) return tensor;
    const place = this.place();
    this.warnings.push(constantWarning(place.source));
    const type = typeOfTensor(tensor);
    const source = this.builder.constant(tensor, type, place);
    const [moved] = this.builder.node(
      "aten::to",
      [
        source,
        this.builder.constant("cpu", deviceType, place),
        this.builder.constant(tensor.dtype.code, intType, place),
        this.builder.constant(false, boolType, place),
        this.builder.constant(false, boolType, place),
        this.builder.constant(null, noneType, unplaced(place)),
      ],
      [type],
      place,
    );
    this.bind(tensor, this.builder.node("aten::detach", [moved], [type], place)[0]);
    return tensor;
  }

  called(tensor: Tensor, name: string): void {
    const value = this.#values.get(tensor);
    if (value !== undefined && value.name === "") this.builder.rename(value, name);
  }

  within(fn: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
    const result = this.names.within(fn, args, false, () => fn(...(args as never[])));
    this.returned(result, fn.name);
    return result;
  }

  returned(result: unknown, callee: string): void {
    this.names.declareAll(result, userFrame(), [callee]);
  }

  // --- calls ------------------------------------------------------------------------------------------------------

  #call(op: Op, args: readonly unknown[]): unknown {
    if (op.name === "aten::item") {
      this.note(args[0] as Tensor, "item");
      return withoutInterpreter(() => execute(op, args));
    }
    if (op.name === "aten::numel") return this.#count(args[0] as Tensor);
    if (op.facts.untraced) {
      const output = execute(op, args);
      this.returned(output, calleeOf(op));
      return output;
    }
    if (!op.schema.returns.some((result) => result.type.base === "Tensor")) {
      return withoutInterpreter(() => execute(op, concrete(op, args)));
    }
    const frame = this.#frame();
    const place: Place = { scope: this.scope, source: frame?.location ?? null };
    this.names.use(args, frame, calleeOf(op));
    const numbers = args.map((value, i) => this.#numbersOf(value, op.schema.arguments[i], place));
    const inputs = op.schema.arguments.map((argument, i) => this.#argument(numbers[i], argument, op, place));
    const node = this.builder.bare(normalized(op.name), inputs, place);
    const output = this.#origins.execute(op, concrete(op, args));
    this.#bindResults(op, node, output, place);
    this.names.declareAll(output, frame, [calleeOf(op)]);
    this.#markSizes(op, args, output);
    return output;
  }

  #bindResults(op: Op, node: DraftNode, output: unknown, place: Place): void {
    if (output instanceof Tensor) {
      // PyTorch records convolutions below autograd, where results do not know yet that they require a gradient.
      const type = typeOfTensor(output);
      const seen = op.name === "aten::_convolution" ? Object.freeze({ ...type, requiresGrad: false }) : type;
      this.bind(output, this.builder.output(node, seen));
      return;
    }
    const results = output as readonly Tensor[];
    if (op.schema.returns.length === 1) {
      const list = this.builder.output(node, listOf(anyTensor));
      const parts = this.builder.node("prim::ListUnpack", [list], results.map(typeOfTensor), unplaced(place));
      for (const [i, result] of results.entries()) this.bind(result, parts[i]);
      return;
    }
    for (const result of results) this.bind(result, this.builder.output(node, typeOfTensor(result)));
  }

  /** What is computed from sizes and numbers alone is a size as well. */
  #markSizes(op: Op, args: readonly unknown[], output: unknown): void {
    if (!(output instanceof Tensor) || output.sizes.length > 0) return;
    const tensors = args.filter((value): value is Tensor => value instanceof Tensor && !value.wrapped);
    if (tensors.length > 0 && tensors.every((tensor) => this.#sizes.has(tensor)) && op.mutates < 0)
      this.#sizes.add(output);
  }

  /** Traced numbers among an argument become `aten::Int` nodes right behind the tensors that hold them. */
  #numbersOf(value: unknown, argument: SchemaArgument, place: Place): unknown {
    if (argument.type.base === "Tensor") return value;
    if (Array.isArray(value)) return value.map((part) => this.#numbersOf(part, argument, place));
    if (!(value instanceof Tensor)) return value;
    const tensor = this.tensorValue(value, place);
    const { base } = argument.type;
    const wanted = base === "Scalar" ? "Scalar" : base === "int" ? "integral" : value.dtype.category;
    const [kind, type] = numberKinds[wanted];
    return new TracedNumber(this.builder.nodeBehind(kind, tensor, type, unplaced(place)));
  }

  /** The graph value of one argument; constants and lists are made on the spot. */
  #argument(value: unknown, argument: SchemaArgument, op: Op, place: Place): DraftValue {
    const { type } = argument;
    if (value === null || value === undefined) {
      if (argument.name === "device" && isFactory(op) && !takesTensor(op))
        return this.builder.constant("cpu", deviceType, place);
      if (argument.name === "pin_memory" && isFactory(op))
        return this.builder.constant(false, boolType, place);
      return this.builder.constant(null, noneType, unplaced(place));
    }
    if (Array.isArray(value)) {
      const element = type.base === "Tensor" ? anyTensor : type.base === "float" ? floatType : intType;
      const parts = value.map((part) => this.#single(part, argument, place));
      const elementType: Type = type.optionalElements
        ? Object.freeze({ kind: "Optional", element })
        : element;
      return this.builder.node("prim::ListConstruct", parts, [listOf(elementType)], unplaced(place))[0];
    }
    return this.#single(value, argument, place);
  }

  #single(value: unknown, argument: SchemaArgument, place: Place): DraftValue {
    if (value === null) return this.builder.constant(null, noneType, unplaced(place));
    if (value instanceof TracedNumber) return value.value;
    if (value instanceof Tensor) return this.tensorValue(value, place);
    const [attribute, type] = constantOf(value, argument);
    return this.builder.constant(attribute, type, place);
  }

  /** The value of a tensor: recorded, a parameter or buffer of a traced module, or a constant. */
  tensorValue(tensor: Tensor, place: Place): DraftValue {
    const known = this.#values.get(tensor) ?? this.#madeInside(tensor, place);
    if (known === undefined) return this.#constantTensor(tensor, place);
    if (known.name === "") {
      const name = this.names.nameOf(tensor);
      if (name !== undefined) this.builder.rename(known, name);
    }
    return known;
  }

  /** A tensor that an operator made on its way, as a gradient needs it: the call behind it is recorded now. */
  #madeInside(tensor: Tensor, place: Place): DraftValue | undefined {
    const origin = this.#origins.of(tensor);
    if (origin === null) return undefined;
    const { op, args, output } = origin;
    const inputs = op.schema.arguments.map((argument, i) => this.#argument(args[i], argument, op, place));
    const results = [output].flat() as readonly Tensor[];
    const before = results.map((result) => this.#values.get(result));
    this.#bindResults(op, this.builder.bare(normalized(op.name), inputs, place), output, place);
    // What the outer operator gave as its own result stays that.
    for (const [i, value] of before.entries()) if (value !== undefined) this.bind(results[i], value);
    return this.#values.get(tensor);
  }

  #constantTensor(tensor: Tensor, place: Place): DraftValue {
    if (tensor.requiresGrad) {
      throw new RuntimeError(
        `Cannot insert a Tensor that requires grad as a constant. Consider making it a parameter or input, or detaching the gradient\nTensor:\n${tensor.toString()}`,
      );
    }
    const value = this.builder.constant(tensor, typeOfTensor(tensor), place);
    // A number's tensor is shared by all equal numbers, so each use is a constant of its own.
    if (!tensor.wrapped) this.bind(tensor, value);
    return value;
  }
}

/** The nodes that take a number out of a tensor, by what the argument may be. */
const numberKinds: Readonly<Record<Category | "Scalar", readonly [string, Type]>> = {
  integral: ["aten::Int", intType],
  floating: ["aten::Float", floatType],
  bool: ["aten::Bool", boolType],
  Scalar: ["aten::ScalarImplicit", scalarType],
};

/** A number that the graph computes. */
class TracedNumber {
  readonly value: DraftValue;

  constructor(value: DraftValue) {
    this.value = value;
  }
}

const unplaced = (place: Place): Place => ({ scope: place.scope, source: null });

/** What users call an operator. */
const calleeOf = (op: Op): string => camelCase(op.name.slice(op.name.indexOf("::") + 2));

const takesTensor = (op: Op): boolean =>
  op.schema.arguments.some((argument) => argument.type.base === "Tensor");

const isFactory = (op: Op): boolean =>
  op.name !== "aten::to" && op.schema.arguments.some((argument) => argument.name === "pin_memory");

/** The arguments with traced sizes as plain numbers where the schema wants numbers, for the kernel. */
const concrete = (op: Op, args: readonly unknown[]): unknown[] =>
  args.map((value, i) => (op.schema.arguments[i].type.base === "Tensor" ? value : withNumbers(value)));

function withNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNumbers);
  return value instanceof Tensor ? firstValue(value) : value;
}
