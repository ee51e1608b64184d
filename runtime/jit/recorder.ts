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
import type { Op } from "../dispatch/op.ts";
import type { SchemaArgument } from "../dispatch/schema.ts";
import { RuntimeError } from "../errors.ts";
import { firstValue } from "../tensor/access.ts";
import { type DType, int64 } from "../tensor/dtype.ts";
import { makeFull } from "../tensor/filled.ts";
import { isScalar, type Scalar, scalarCategory, scalarValue } from "../tensor/scalar.ts";
import { Tensor, viewOf } from "../tensor/tensor.ts";
import { GraphBuilder, type Place } from "./builder.ts";
import type { Attribute, Type, Value } from "./ir.ts";
import type { ModuleScopes } from "./module-scopes.ts";
import { userLocation } from "./source.ts";
import {
  anyTensor,
  boolType,
  deviceType,
  floatType,
  intType,
  listOf,
  noneType,
  strType,
  typeOfTensor,
} from "./types.ts";
import { hostReadWarning, type TracerWarning } from "./warnings.ts";

export class Recorder implements HostReads {
  readonly builder = new GraphBuilder();
  readonly warnings: TracerWarning[] = [];
  readonly #values = new WeakMap<Tensor, Value>();
  readonly #scopes: ModuleScopes | null;

  constructor(scopes: ModuleScopes | null) {
    this.#scopes = scopes;
  }

  /** Records what `fn` dispatches. Whatever happens, recording ends with it. */
  record<T>(fn: () => T): T {
    const saved = interpreter.current;
    const savedReads = hostReads.current;
    interpreter.current = (op, args) => this.#call(op, args);
    hostReads.current = this;
    try {
      return fn();
    } finally {
      interpreter.current = saved;
      hostReads.current = savedReads;
    }
  }

  /** Where a node recorded now stands. */
  place(): Place {
    return { scope: this.#scopes?.current ?? "", source: userLocation() };
  }

  /** A tensor of the same memory that stands for a graph input: the caller's own object is left out of the trace. */
  bindInput(tensor: Tensor, value: Value): Tensor {
    const traced = viewOf(tensor, tensor.sizes, tensor.strides);
    if (tensor.autograd !== null) traced.autograd = tensor.autograd;
    traced.viewBase = tensor.viewBase;
    this.#values.set(traced, value);
    return traced;
  }

  /** The graph value of a result. Throws torch's RuntimeError for tensors the trace has not seen. */
  outputOf(tensor: Tensor): Value {
    const value = this.#values.get(tensor) ?? this.#scopes?.valueOf(tensor, this.builder, this.place());
    if (value !== undefined && value !== null) return value;
    return this.#constantTensor(tensor, this.place());
  }

  // --- host reads -------------------------------------------------------------------------------------------------

  note(tensor: Tensor, kind: HostReadKind): void {
    if (this.#values.has(tensor)) this.warnings.push(hostReadWarning(kind, userLocation()));
  }

  /** Sizes come back as 0-d tensors that know where they came from; TypeScript sees them as numbers, as torch's ints. */
  shape(tensor: Tensor): readonly number[] {
    return tensor.sizes.map((_, dim) => this.size(tensor, dim));
  }

  size(tensor: Tensor, dim: number): number {
    const value = this.#values.get(tensor);
    const size = tensor.sizes[dim < 0 ? dim + tensor.sizes.length : dim];
    if (value === undefined) return size;
    const place = this.place();
    const index = this.builder.constant(dim, intType, place);
    const [number] = this.builder.node("aten::size", [value, index], [intType], place);
    const traced = makeFull([], size, int64);
    const type: Type = Object.freeze({
      kind: "Tensor",
      dtype: int64,
      sizes: Object.freeze([]),
      strides: Object.freeze([]),
    });
    this.#values.set(
      traced,
      this.builder.node("prim::NumToTensor", [number], [type], { ...place, source: null })[0],
    );
    return traced as unknown as number;
  }

  // --- calls ------------------------------------------------------------------------------------------------------

  #call(op: Op, args: readonly unknown[]): unknown {
    if (op.name === "aten::item") {
      this.note(args[0] as Tensor, "item");
      return withoutInterpreter(() => execute(op, args));
    }
    if (op.facts.untraced) return execute(op, concrete(op, args));
    if (!op.schema.returns.some((result) => result.type.base === "Tensor")) {
      return withoutInterpreter(() => execute(op, concrete(op, args)));
    }
    const place = this.place();
    const dtypeBefore = op.schema.arguments.findIndex((argument) => argument.name === "dtype");
    const output = withoutInterpreter(() => execute(op, concrete(op, args)));
    const inputs = op.schema.arguments.map((argument, i) => {
      const given =
        i === dtypeBefore && args[i] === null && isFactory(op) ? (output as Tensor).dtype : args[i];
      return this.#argument(given, argument, op, place);
    });
    this.#bindResults(op, inputs, output, place);
    return output;
  }

  #bindResults(op: Op, inputs: readonly Value[], output: unknown, place: Place): void {
    if (output instanceof Tensor) {
      this.#values.set(output, this.builder.node(op.name, inputs, [typeOfTensor(output)], place)[0]);
      return;
    }
    const results = output as readonly Tensor[];
    if (op.schema.returns.length === 1) {
      const [list] = this.builder.node(op.name, inputs, [listOf(anyTensor)], place);
      const parts = this.builder.node("prim::ListUnpack", [list], results.map(typeOfTensor), {
        ...place,
        source: null,
      });
      for (const [i, result] of results.entries()) this.#values.set(result, parts[i]);
      return;
    }
    const parts = this.builder.node(op.name, inputs, results.map(typeOfTensor), place);
    for (const [i, result] of results.entries()) this.#values.set(result, parts[i]);
  }

  /** The graph value of one argument; constants and lists are made on the spot. */
  #argument(value: unknown, argument: SchemaArgument, op: Op, place: Place): Value {
    const { type } = argument;
    if (value === null || value === undefined) {
      if (isFactory(op) && argument.name === "device") return this.builder.constant("cpu", deviceType, place);
      if (isFactory(op) && argument.name === "pin_memory")
        return this.builder.constant(false, boolType, place);
      return this.builder.constant(null, noneType, { ...place, source: null });
    }
    if (Array.isArray(value)) {
      const element = type.base === "Tensor" ? anyTensor : type.base === "float" ? floatType : intType;
      const parts = value.map((part) => this.#single(part, argument, place));
      const elementType: Type = type.optionalElements
        ? Object.freeze({ kind: "Optional", element })
        : element;
      return this.builder.node("prim::ListConstruct", parts, [listOf(elementType)], {
        ...place,
        source: null,
      })[0];
    }
    return this.#single(value, argument, place);
  }

  #single(value: unknown, argument: SchemaArgument, place: Place): Value {
    if (value === null) return this.builder.constant(null, noneType, { ...place, source: null });
    if (value instanceof Tensor) {
      const known = this.tensorValue(value, place);
      if (argument.type.base === "Tensor") return known;
      // A traced size: back to a number right behind the tensor that holds it.
      return this.builder.nodeBehind(
        value.dtype === int64 ? "aten::Int" : "aten::Float",
        [known],
        value.dtype === int64 ? intType : floatType,
        {
          ...place,
          source: null,
        },
      );
    }
    const [attribute, type] = constantOf(value, argument);
    return this.builder.constant(attribute, type, place);
  }

  /** The value of a tensor: recorded, a parameter or buffer of a traced module, or a constant. */
  tensorValue(tensor: Tensor, place: Place): Value {
    const known = this.#values.get(tensor) ?? this.#scopes?.valueOf(tensor, this.builder, place) ?? null;
    return known ?? this.#constantTensor(tensor, place);
  }

  #constantTensor(tensor: Tensor, place: Place): Value {
    if (tensor.requiresGrad) {
      throw new RuntimeError(
        `Cannot insert a Tensor that requires grad as a constant. Consider making it a parameter or input, or detaching the gradient\nTensor:\n${tensor.toString()}`,
      );
    }
    const value = this.builder.constant(tensor, typeOfTensor(tensor), place);
    // A number's tensor is shared by all equal numbers, so each use is a constant of its own.
    if (!tensor.wrapped) this.#values.set(tensor, value);
    return value;
  }
}

const isFactory = (op: Op): boolean =>
  !op.schema.arguments.some((argument) => argument.type.base === "Tensor") &&
  op.schema.arguments.some((argument) => argument.name === "pin_memory");

/** The arguments with traced sizes as plain numbers where the schema wants numbers, for the kernel. */
const concrete = (op: Op, args: readonly unknown[]): unknown[] =>
  args.map((value, i) => (op.schema.arguments[i].type.base === "Tensor" ? value : withNumbers(value)));

function withNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNumbers);
  return value instanceof Tensor ? firstValue(value) : value;
}

/** The attribute and type of a constant argument. */
function constantOf(value: unknown, argument: SchemaArgument): readonly [Attribute, Type] {
  const { base } = argument.type;
  if (typeof value === "string") return [value, base === "Device" ? deviceType : strType];
  if (typeof value === "boolean") return [value, boolType];
  if ((value as DType).kind === "dtype") return [(value as DType).code, intType];
  if (isScalar(value)) {
    const number = typeof value === "bigint" ? value : scalarValue(value as Scalar);
    const isFloat = base === "float" || (base === "Scalar" && scalarCategory(value as Scalar) === "floating");
    return isFloat ? [{ float: Number(number) }, floatType] : [number, intType];
  }
  throw new RuntimeError(
    `Tracing an argument of arbitrary type is currently not supported! (argument '${argument.name}')`,
  );
}
