/**
 * The Tensor: a view of a storage (dtype, offset, sizes, strides) with its place in autograd. Its methods are the
 * operators of ops/methods.ts, added to the prototype in ops/install.ts; this file holds what is not an operator.
 */

import { addHook, needsGradient } from "../autograd/edges.ts";
import { type BackwardOptions, backward } from "../autograd/engine.ts";
import type { AutogradMeta, GradHook, GradNode } from "../autograd/node.ts";
import { hostReads } from "../dispatch/interpreter.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import type * as methodOps from "../ops/methods.ts";
import { firstValue, rawValuesOf, valuesOf } from "./access.ts";
import { type DType, dtypes } from "./dtype.ts";
import { contiguousStrides, isContiguous, numelOf, wrapDim } from "./geometry.ts";
import { late } from "./late.ts";
import { liesIn } from "./memory-format.ts";
import { inferenceMode, Storage, type StorageArray } from "./storage.ts";

/**
 * An operator's signature as a method: without its first parameter. Up to four overloads keep their own; where there are fewer,
 * TypeScript infers the first of them several times.
 */
type Method<F> = F extends {
  (self: Tensor, ...rest: infer A1): infer R1;
  (self: Tensor, ...rest: infer A2): infer R2;
  (self: Tensor, ...rest: infer A3): infer R3;
  (self: Tensor, ...rest: infer A4): infer R4;
}
  ? Same<[A1, R1], [A2, R2]> extends false
    ? { (...rest: A1): R1; (...rest: A2): R2; (...rest: A3): R3; (...rest: A4): R4 }
    : Same<[A2, R2], [A3, R3]> extends false
      ? { (...rest: A2): R2; (...rest: A3): R3; (...rest: A4): R4 }
      : Same<[A3, R3], [A4, R4]> extends false
        ? { (...rest: A3): R3; (...rest: A4): R4 }
        : (...rest: A4) => R4
  : F extends (self: Tensor, ...rest: infer A) => infer R
    ? (...rest: A) => R
    : never;

type Same<A, B> = [A, B] extends [B, A] ? true : false;

type Methods<M> = { [K in keyof M]: Method<M[K]> };

/** Nested arrays of the elements' values, as `tolist()` gives them. */
export type NestedList = number | boolean | bigint | readonly NestedList[];

/** What builds a tensor without copying: memory and how to walk it. */
export interface TensorParts {
  readonly storage: Storage;
  readonly dtype: DType;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

export interface Tensor extends Methods<typeof methodOps> {
  /**
   * The number of a one-element tensor: `loss.item().toFixed(3)`. A bool tensor gives `true` or `false`, which TypeScript
   * knows where it is said: `x.gt(0).all().item<boolean>()`.
   */
  item<T extends number | boolean = number>(): T;
}

/**
 * A torch-style tensor: an n-dimensional array of one dtype. Views share their memory; in-place methods, whose names
 * end with `_`, write to it.
 * @example torch.tensor([[1, 2], [3, 4]]).sum(0) // [4, 6]
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface is filled from the operator table at load
export class Tensor {
  readonly storage: Storage;
  readonly dtype: DType;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  /** Where in the storage the first element lies, counted in elements. */
  readonly offset: number;
  /** True for a number that an operator made a 0-d tensor of: it does not take part in promotion as a tensor does. */
  readonly wrapped: boolean;
  /** Gradient bookkeeping; null for a tensor that never required a gradient. */
  autograd: AutogradMeta | null = null;
  /** For a view: the tensor whose memory it was first made from. */
  viewBase: Tensor | null = null;

  constructor(
    storage: Storage,
    dtype: DType,
    sizes: readonly number[],
    strides: readonly number[],
    offset: number,
    wrapped = false,
  ) {
    this.storage = storage;
    this.dtype = dtype;
    this.sizes = sizes;
    this.strides = strides;
    this.offset = offset;
    this.wrapped = wrapped;
  }

  /** The sizes of all dimensions. While a trace is recorded they are recorded too. */
  get shape(): readonly number[] {
    return hostReads.current === null ? this.sizes : hostReads.current.shape(this);
  }

  /** The same memory without history, as `detach()` gives it; assigning another tensor makes this one show its memory. */
  get data(): Tensor {
    return this.detach();
  }

  set data(value: Tensor) {
    const { storage, dtype, sizes, strides, offset } = value;
    Object.assign(this as { -readonly [K in keyof TensorParts]: TensorParts[K] }, {
      storage,
      dtype,
      sizes,
      strides,
      offset,
    });
    // The node that adds to `grad` knows the old shape.
    if (this.autograd !== null) this.autograd.accumulator = null;
  }

  /** The number of dimensions. */
  get ndim(): number {
    return this.sizes.length;
  }

  /** Same as `ndim`. */
  dim(): number {
    return this.sizes.length;
  }

  /** All sizes, or the size of one dimension. */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    if (dim === undefined) return this.shape;
    const wrapped = wrapDim(dim, this.sizes.length);
    return hostReads.current === null ? this.sizes[wrapped] : hostReads.current.size(this, dim);
  }

  /** The distance in elements between neighbours along each dimension, or along one. */
  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): number | readonly number[] {
    return dim === undefined ? this.strides : this.strides[wrapDim(dim, this.sizes.length)];
  }

  /** Same as `offset`. */
  storageOffset(): number {
    return this.offset;
  }

  /** The number of elements, known without looking at data; `numel()` is the recorded operator. */
  get elements(): number {
    return numelOf(this.sizes);
  }

  /** Bytes per element. */
  elementSize(): number {
    return this.dtype.itemSize;
  }

  /** Whether the elements lie in row-major order without gaps, or in another memory format. */
  isContiguous(options?: { readonly memoryFormat?: number }): boolean {
    return options?.memoryFormat === undefined
      ? isContiguous(this.sizes, this.strides)
      : liesIn(this.sizes, this.strides, options.memoryFormat);
  }

  isFloatingPoint(): boolean {
    return this.dtype.category === "floating";
  }

  get device(): string {
    return "cpu";
  }

  /** True if operations on this tensor are recorded for `backward()`. May be set on leaves of floating dtype. */
  get requiresGrad(): boolean {
    return needsGradient(this);
  }

  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /** Sets `requiresGrad` and returns this tensor. */
  requiresGrad_(value = true): this {
    if (value && this.dtype.category !== "floating") {
      throw new RuntimeError("only Tensors of floating point dtype can require gradients");
    }
    if (value && this.storage.inference && !inferenceMode.enabled) {
      throw new RuntimeError(
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
      );
    }
    if (!value && this.gradFn !== null) {
      throw new RuntimeError(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a " +
          "subgraph that doesn't require differentiation use var_no_grad = var.detach().",
      );
    }
    if (value || this.autograd !== null) this.autogradMeta().requiresGrad = value;
    return this;
  }

  /** The accumulated gradient of a leaf after `backward()`, else null. */
  get grad(): Tensor | null {
    return this.autograd?.grad ?? null;
  }

  set grad(value: Tensor | null) {
    this.autogradMeta().grad = value;
  }

  /** The node of the gradient graph that made this tensor; null for leaves. */
  get gradFn(): GradNode | null {
    return this.autograd?.gradNode() ?? null;
  }

  /** True for tensors made inside `torch.inferenceMode`. */
  isInference(): boolean {
    return this.storage.inference;
  }

  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /**
   * Adds the gradients of this tensor to the `grad` of all leaves it comes from.
   * @param gradient what arrives from above; may be left out for one-element tensors.
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void {
    backward([this], [gradient ?? null], options);
  }

  /** Keeps `grad` on this tensor too although it is no leaf. */
  retainGrad(): void {
    if (this.isLeaf) return;
    const meta = this.autogradMeta();
    if (meta.retainsGrad) return;
    meta.retainsGrad = true;
    addHook(this, (grad) => {
      meta.grad = meta.grad === null ? grad.clone() : meta.grad.add(grad);
      return null;
    });
  }

  /** Calls `hook` with the gradient of this tensor in each backward pass; what it returns replaces the gradient. */
  registerHook(hook: GradHook): { remove(): void } {
    if (!this.requiresGrad)
      throw new RuntimeError("cannot register a hook on a tensor that doesn't require gradient");
    return addHook(this, hook);
  }

  /** Same as `to(torch.float32)`, and so on by name. */
  float(): Tensor {
    return this.to(dtypes.float32);
  }
  double(): Tensor {
    return this.to(dtypes.float64);
  }
  half(): Tensor {
    return this.to(dtypes.float16);
  }
  bfloat16(): Tensor {
    return this.to(dtypes.bfloat16);
  }
  long(): Tensor {
    return this.to(dtypes.int64);
  }
  int(): Tensor {
    return this.to(dtypes.int32);
  }
  short(): Tensor {
    return this.to(dtypes.int16);
  }
  char(): Tensor {
    return this.to(dtypes.int8);
  }
  byte(): Tensor {
    return this.to(dtypes.uint8);
  }
  bool(): Tensor {
    return this.to(dtypes.bool);
  }

  /**
   * The elements as nested arrays, row by row; a 0-d tensor gives its number. Bools become booleans, int64 values beyond 2^53
   * bigints. How deep the arrays are TypeScript cannot know, so it checks nothing unless told: `x.tolist<number[][]>()`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the depth and the elements' type are the tensor's, not the type system's
  tolist<T = any>(): T {
    hostReads.current?.note(this, "tolist");
    // Halves are held as their bits.
    const raw = this.dtype.name.endsWith("float16") ? valuesOf(this) : rawValuesOf(this);
    const convert = (value: number | bigint): NestedList => {
      if (this.dtype === dtypes.bool) return value !== 0;
      if (typeof value !== "bigint") return value;
      return value >= -9007199254740992n && value <= 9007199254740992n ? Number(value) : value;
    };
    const nest = (dim: number, start: number, count: number): NestedList => {
      if (dim === this.sizes.length) return convert(raw[start]);
      const each = this.sizes[dim] === 0 ? 0 : count / this.sizes[dim];
      return Array.from({ length: this.sizes[dim] }, (_, i) => nest(dim + 1, start + i * each, each));
    };
    return nest(0, 0, raw.length) as T;
  }

  /** The elements in row-major order; of a contiguous tensor a window on its own memory, without a copy. */
  typedArray(): StorageArray {
    hostReads.current?.note(this, "data");
    return rawValuesOf(this);
  }

  /** The bookkeeping record, made on first use. */
  autogradMeta(): AutogradMeta {
    this.autograd ??= late.makeAutogradMeta(this);
    return this.autograd;
  }

  /** Iterates over the first dimension. Throws a TypeError for 0-d tensors. */
  *[Symbol.iterator](): Generator<Tensor> {
    if (this.sizes.length === 0) throw new TypeError("iteration over a 0-d tensor");
    hostReads.current?.note(this, "iterate");
    yield* this.unbind(0);
  }

  /** The number of rows (size of dimension 0). Throws a TypeError for 0-d tensors. */
  get length(): number {
    if (this.sizes.length === 0) throw new TypeError("len() of a 0-d tensor");
    hostReads.current?.note(this, "length");
    return this.sizes[0];
  }

  /** Lets `t > 0` and `t + 1` work on the number of a one-element tensor, and `${t}` print. */
  [Symbol.toPrimitive](hint: "string" | "number" | "default"): string | number | boolean {
    if (hint === "string") return this.toString();
    if (this.elements !== 1) {
      throw new ValueError(
        "only one element tensors can be converted to a JavaScript number; " +
          "use methods such as x.add(1) and x.gt(0) to compute with every element",
      );
    }
    hostReads.current?.note(this, "primitive");
    const value = firstValue(this);
    return this.dtype === dtypes.bool ? value !== 0 : value;
  }

  /** The tensor as torch prints it; `torch.setPrintOptions` chooses R's or Python's form. */
  toString(): string {
    return late.print(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString().trimEnd();
  }
}

/** A contiguous tensor over an array of the dtype's memory layout. */
export function tensorFromArray(data: StorageArray, dtype: DType, sizes: readonly number[]): Tensor {
  return new Tensor(new Storage(data), dtype, sizes, contiguousStrides(sizes), 0);
}

/** Another view of the same memory. */
export function viewOf(
  tensor: Tensor,
  sizes: readonly number[],
  strides: readonly number[],
  offset: number = tensor.offset,
): Tensor {
  return new Tensor(tensor.storage, tensor.dtype, sizes, strides, offset);
}
