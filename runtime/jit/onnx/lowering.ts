/**
 * Lowering: how a node of our graph becomes nodes of an ONNX graph. A row's `onnx` fact is the name of an ONNX operator that
 * does the same, or a function over this context. Walking a whole graph is exporter.ts's.
 */
import { NotImplementedError } from "../../errors.ts";
import { elementTypes } from "../../onnx/element-types.ts";
import type { OnnxAttribute } from "../../onnx/proto.ts";
import { firstValue } from "../../tensor/access.ts";
import { type DType, type DTypeName, int64 } from "../../tensor/dtype.ts";
import { promoteTypes, resultType } from "../../tensor/promotion.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Node, TensorType } from "../ir.ts";

/** What stands for one of our values: a tensor of the ONNX graph, something known now, or a list of such. */
export type Operand =
  | {
      readonly kind: "tensor";
      readonly name: string;
      readonly dtype: DType;
      readonly rank: number;
      readonly wrapped: boolean;
      /** The sizes it had in the trace, where they are known. */
      readonly sizes?: readonly number[];
    }
  /** `path` is where a weight stands in its module. */
  | { readonly kind: "known"; readonly value: unknown; readonly path?: string }
  /** A size that is only known when the model runs: a 0-d int64 tensor. */
  | { readonly kind: "size"; readonly name: string }
  | { readonly kind: "list"; readonly items: readonly Operand[] };

/** Where the nodes of a lowering go. */
export interface OnnxSink {
  /** True if all sizes are those of the graph's types. */
  readonly exact: boolean;
  /** The operator set that is written. */
  readonly opset: number;
  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    outputs?: number,
  ): string[];
  constant(dtype: DTypeName, sizes: readonly number[], values: readonly number[]): string;
  /** The name of a tensor that is a constant or a weight. */
  tensor(tensor: Tensor): string;
}

/** Behind the last element of any dimension, as `Slice` takes it. */
export const farEnd = Number.MAX_SAFE_INTEGER;

/** What a lowering gets. */
export class LoweringContext {
  readonly node: Node;
  readonly inputs: readonly Operand[];
  readonly sink: OnnxSink;

  /** For a node that gives a list: how many parts it was unpacked into; null if it was not. */
  readonly parts: number | null;

  constructor(node: Node, inputs: readonly Operand[], sink: OnnxSink, parts: number | null = null) {
    this.parts = parts;
    this.node = node;
    this.inputs = inputs;
    this.sink = sink;
  }

  /** What the trace knows of a result. */
  result(index = 0): Required<Pick<TensorType, "dtype" | "sizes">> {
    const type = this.node.outputs[index].type as TensorType;
    if (type.kind !== "Tensor" || type.dtype === undefined || type.sizes === undefined) {
      throw this.unsupported("the graph does not say the dtype and rank of its result");
    }
    return { dtype: type.dtype, sizes: type.sizes };
  }

  unsupported(why: string): NotImplementedError {
    return new NotImplementedError(
      `${this.node.kind} cannot be written as ONNX here: ${why}${standing(this.node)}`,
    );
  }

  emit(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string {
    return this.sink.emit(opType, inputs, attributes)[0];
  }

  /** A node without attributes. */
  op(opType: string, ...inputs: readonly string[]): string {
    return this.emit(opType, inputs);
  }

  /** A reduction of a tensor over dimensions; none named means all of them. */
  reduce(opType: string, x: string, dims: readonly number[], keepdim = false): string {
    const keepdims = { int: keepdim ? 1 : 0 };
    if (dims.length === 0) return this.emit(opType, [x], { keepdims });
    // The axes of sums are an input since set 13, those of the others an attribute until set 18 (opsets.ts).
    return opType === "ReduceSum"
      ? this.emit(opType, [x, this.vector(dims)], { keepdims })
      : this.emit(opType, [x], { keepdims, axes: { ints: dims } });
  }

  /** The whole shape of a tensor argument when the model runs, or its dimensions from `start` up to `end`. */
  shape(index: number, start = 0, end = this.rank(index)): string {
    const shape = this.op("Shape", this.tensor(index));
    if (start === 0 && end === this.rank(index)) return shape;
    return this.part(shape, 0, start, end);
  }

  /** Vectors of sizes one behind the other: known ones as lists, others by name. */
  joined(...parts: readonly (string | readonly number[])[]): string {
    const names = parts
      .filter((part) => part.length > 0)
      .map((part) => (typeof part === "string" ? part : this.vector(part)));
    return names.length === 1 ? names[0] : this.emit("Concat", names, { axis: { int: 0 } });
  }

  /** 0, 1, 2, ... as int64, as many as a 0-d int64 tensor says. */
  range(count: string): string {
    return this.op("Range", this.number(0, int64), count, this.number(1, int64));
  }

  /** Part of a dimension; what is counted from its end is negative. */
  part(x: string, dim: number, start: number, end = farEnd): string {
    return this.op("Slice", x, this.vector([start]), this.vector([end]), this.vector([dim]));
  }

  /** A dimension argument counted from the front. */
  dim(index: number, of = 0): number {
    const dim = this.int(index);
    return dim < 0 ? dim + this.rank(of) : dim;
  }

  /** True if an argument is null or not given. */
  isNone(index: number): boolean {
    const operand = this.inputs[index];
    return operand === undefined || (operand.kind === "known" && operand.value === null);
  }

  /** The dtype of a tensor argument. */
  dtype(index: number): DType {
    const operand = this.inputs[index];
    if (operand.kind === "tensor") return operand.dtype;
    if (operand.kind === "size") return int64;
    if (operand.kind === "known" && operand.value instanceof Tensor) return operand.value.dtype;
    throw this.unsupported(`argument ${index} is no tensor`);
  }

  rank(index: number): number {
    const operand = this.inputs[index];
    if (operand.kind === "tensor") return operand.rank;
    return operand.kind === "known" && operand.value instanceof Tensor ? operand.value.sizes.length : 0;
  }

  /** The sizes of a tensor argument in a graph for exact sizes. */
  exactSizes(index: number): readonly number[] {
    const { type } = this.node.inputs[index];
    if (!this.sink.exact || type.kind !== "Tensor" || type.sizes === undefined)
      throw this.unsupported("its sizes may vary");
    return type.sizes;
  }

  /** The sizes that a tensor argument had in the trace, as those of weights are. */
  knownSizes(index: number): readonly number[] {
    const operand = this.inputs[index];
    const sizes =
      operand.kind === "known" && operand.value instanceof Tensor
        ? operand.value.sizes
        : operand.kind === "tensor"
          ? operand.sizes
          : undefined;
    if (sizes === undefined) throw this.unsupported(`the sizes of argument ${index} are not known`);
    return sizes;
  }

  /** The size of a dimension of a tensor argument when the model runs: a 0-d int64 tensor. */
  size(index: number, dim: number): string {
    const at = this.number(dim < 0 ? dim + this.rank(index) : dim, int64);
    return this.emit("Gather", [this.emit("Shape", [this.tensor(index)]), at]);
  }

  /** The name of a tensor argument, cast to `dtype` if it is given; numbers become 0-d tensors of it. */
  tensor(index: number, dtype?: DType): string {
    const operand = this.inputs[index];
    if (operand.kind === "tensor")
      return dtype === undefined ? operand.name : this.cast(operand.name, operand.dtype, dtype);
    if (operand.kind === "size")
      return dtype === undefined ? operand.name : this.cast(operand.name, int64, dtype);
    if (operand.kind === "list") throw this.unsupported(`argument ${index} is a list`);
    const { value } = operand;
    if (value instanceof Tensor) {
      if (value.sizes.length === 0) return this.number(firstValue(value), dtype ?? value.dtype);
      const name = this.sink.tensor(value);
      return dtype === undefined ? name : this.cast(name, value.dtype, dtype);
    }
    return this.number(this.float(index), dtype ?? this.result().dtype);
  }

  /** A 0-d constant. */
  number(value: number, dtype: DType): string {
    return this.sink.constant(dtype.name, [], [value]);
  }

  /** A vector of int64. */
  vector(values: readonly number[]): string {
    return this.sink.constant("int64", [values.length], values);
  }

  cast(name: string, from: DType, to: DType): string {
    return from === to ? name : this.emit("Cast", [name], { to: { int: elementTypeOf(to) } });
  }

  /** The dtype two tensor arguments are computed in. */
  promoted(a: number, b: number): DType {
    const operand = (index: number) => ({
      dtype: this.dtypeOrNumber(index),
      sizes: new Array<number>(this.rank(index)).fill(1),
      wrapped: this.isWrapped(index),
    });
    return this.isWrapped(a) || this.isWrapped(b)
      ? resultType([operand(a), operand(b)])
      : promoteTypes(this.dtype(a), this.dtype(b));
  }

  private isWrapped(index: number): boolean {
    const operand = this.inputs[index];
    if (operand.kind === "tensor") return operand.wrapped;
    return (
      operand.kind === "size" ||
      (operand.kind === "known" && (!(operand.value instanceof Tensor) || operand.value.wrapped))
    );
  }

  private dtypeOrNumber(index: number): DType {
    const operand = this.inputs[index];
    if (operand.kind === "known" && !(operand.value instanceof Tensor)) {
      return resultType([operand.value as number]);
    }
    return this.dtype(index);
  }

  /** An argument that must be known now. */
  known(index: number): unknown {
    const operand = this.inputs[index];
    if (operand === undefined) return null;
    if (operand.kind === "known") return operand.value;
    throw this.unsupported(`argument ${index} depends on the input`);
  }

  /** A number that must be known now; `otherwise` where there is none. */
  float(index: number, otherwise?: number): number {
    if (otherwise !== undefined && this.isNone(index)) return otherwise;
    const value = this.known(index);
    if (value instanceof Tensor) return firstValue(value);
    return typeof value === "object" && value !== null && "value" in value
      ? Number(value.value)
      : Number(value);
  }

  int(index: number, otherwise?: number): number {
    return this.float(index, otherwise);
  }

  /** A list of numbers that must be known now. */
  floats(index: number): number[] {
    const operand = this.inputs[index];
    if (operand?.kind !== "list") return this.ints(index);
    return operand.items.map((_, i) => new LoweringContext(this.node, operand.items, this.sink).float(i));
  }

  /** A list of ints that must be known now; `otherwise` where there is none. */
  ints(index: number, otherwise?: number[]): number[] {
    if (otherwise !== undefined && this.isNone(index)) return otherwise;
    const operand = this.inputs[index];
    if (operand?.kind === "list") {
      return operand.items.map((item) => {
        if (item.kind !== "known") throw this.unsupported(`argument ${index} depends on the input`);
        return Number(item.value);
      });
    }
    const value = this.known(index);
    return Array.isArray(value) ? value.map(Number) : [Number(value)];
  }

  /** A list of sizes as an int64 vector, whether they are known now or not. */
  sizes(index: number): string {
    const operand = this.inputs[index];
    if (operand?.kind !== "list" || operand.items.every((item) => item.kind === "known"))
      return this.vector(this.ints(index));
    const parts = operand.items.map((item) =>
      item.kind === "size"
        ? this.emit("Unsqueeze", [item.name, this.vector([0])])
        : this.vector([Number((item as { value: unknown }).value)]),
    );
    return this.emit("Concat", parts, { axis: { int: 0 } });
  }

  /** A size or index as a one-element int64 vector. */
  sizeVector(index: number): string {
    const operand = this.inputs[index];
    return operand.kind === "size"
      ? this.emit("Unsqueeze", [operand.name, this.vector([0])])
      : this.vector([this.int(index)]);
  }

  /** The tensors of a list argument. */
  tensors(index: number, dtype?: DType): string[] {
    const operand = this.inputs[index];
    if (operand.kind !== "list") throw this.unsupported(`argument ${index} is no list`);
    return operand.items.map((_, i) =>
      new LoweringContext(this.node, operand.items, this.sink).tensor(i, dtype),
    );
  }
}

/** Where a node stands in the program: the module and the line it was recorded in. */
export function standing({ scope, source }: Node): string {
  const path = (scope.split("/").at(-1) as string).replace(/^__module\.?/, "");
  const places = [
    ...(path === "" ? [] : [`in the module ${path}`]),
    ...(source === null ? [] : [`at ${source.file}:${source.line}:${source.column}`]),
  ];
  return places.length === 0 ? "" : ` (${places.join(", ")})`;
}

/** From a context to the names of the results, in order. */
export type LoweringFunction = (context: LoweringContext) => string | readonly string[];

/** A row's `onnx` fact. */
export type Lowering = string | LoweringFunction;

/** ONNX's number of a dtype. */
export const elementTypeOf = (dtype: DType): number => elementTypes[dtype.name];
