/**
 * Pointwise kernels: from a function of numbers to a function of tensors, with torch's promotion and broadcasting.
 * Source of the rules: aten/src/ATen/TensorIterator.cpp.
 */

import { fromValues, valuesAs } from "../tensor/access.ts";
import { bool, type Category, type DType } from "../tensor/dtype.ts";
import {
  broadcastSizes,
  contiguousStrides,
  expandedStrides,
  joinDims,
  numelOf,
  sameSizes,
} from "../tensor/geometry.ts";
import { resultType, toFloating } from "../tensor/promotion.ts";
import { allocateUnset, isDirect, type NumberArray } from "../tensor/storage.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";
import {
  type Binary,
  type BinaryLoop,
  Loops,
  type StridedLoop,
  type Ternary,
  type TernaryLoop,
  type Unary,
  type UnaryLoop,
} from "./loops.ts";
import { inMemoryOrder } from "./memory-order.ts";
import { broadcastInBackend, computedInVectors, type SimdOperation, type Strided } from "./simd.ts";

/**
 * How the result's dtype follows from the operands' common one: `same`; `float`: integers become the default float;
 * `bool`: computed in the common dtype, answered in bool.
 */
export type ResultRule = "same" | "float" | "bool";

/** What a kernel does to one element. */
export interface ScalarKernel {
  readonly f: (...numbers: number[]) => number;
  readonly rule: ResultRule;
  /** The same to the precision of float32, where that is faster. */
  readonly float32?: Unary;
}

const scalarKernels = new WeakMap<object, ScalarKernel>();

/** The function of numbers that a kernel was made of here; undefined for other kernels. */
export const scalarKernelOf = (kernel: object): ScalarKernel | undefined => scalarKernels.get(kernel);

function remembering<K extends object>(kernel: K, scalar: ScalarKernel): K {
  scalarKernels.set(kernel, scalar);
  return kernel;
}

/**
 * The kernel of a function of one number.
 * @param float32 the same function to the precision of float32, where that is faster
 * @param simd the same function as vector instructions, for long float32 arrays
 */
export function unary(
  f: Unary,
  rule: ResultRule = "same",
  float32?: Unary,
  simd?: SimdOperation,
): (self: Tensor) => Tensor {
  const loops = new Loops(f);
  const single = float32 === undefined ? loops : new Loops(float32, "heavy");
  const rowMajor = (self: Tensor): Tensor => {
    const compute = rule === "float" ? toFloating(self.dtype) : self.dtype;
    const result = rule === "bool" ? bool : compute;
    const x = valuesAs(self, compute);
    const out = allocateUnset(result, x.length);
    if (simd === undefined || !computedInVectors(simd, x, null, out))
      (compute.name === "float32" ? single : loops).get<UnaryLoop>("unary", compute, result)(x, out);
    return fromValues(out, self.sizes, result);
  };
  const kernel = (self: Tensor): Tensor => inMemoryOrder([self], rowMajor);
  return remembering(kernel, float32 === undefined ? { f, rule } : { f, rule, float32 });
}

/** In place where the memory is what kernels compute with. */
function operandOf(tensor: Tensor, dtype: DType, sizes: readonly number[]): Strided {
  if (tensor.dtype === dtype && isDirect(dtype)) {
    const strides = expandedStrides(tensor.sizes, tensor.strides, sizes);
    return { data: tensor.storage.data as NumberArray, strides, offset: tensor.offset };
  }
  const strides = expandedStrides(tensor.sizes, contiguousStrides(tensor.sizes), sizes);
  return { data: valuesAs(tensor, dtype), strides, offset: 0 };
}

/** The dtype two operands are computed in. */
function computeType(a: Tensor, b: Tensor, rule: ResultRule): DType {
  const common = a.dtype === b.dtype && !a.wrapped && !b.wrapped ? a.dtype : resultType([a, b]);
  return rule === "float" ? toFloating(common) : common;
}

/** Other functions for dtypes whose arithmetic differs: true + true is true, integers divide by rounding. */
export interface Variants {
  /** The same operation as a vector instruction, for long float32 arrays. */
  readonly simd?: SimdOperation;
  readonly bool?: Binary;
  /** A number behind halves counts as it is, not rounded to a half. */
  readonly exact?: boolean;
  readonly integral?: Binary;
  /** For integers of up to 32 bits, which wrap around where an int64 is an error. */
  readonly narrow?: Binary;
}

/** How a flat loop walks two operands that lie in memory as the result does, or repeat one number; null for others. */
function flatShape(self: Tensor, other: Tensor): "both" | "scalarRight" | "scalarLeft" | null {
  const left = self.isContiguous();
  const right = other.isContiguous();
  if (left && right) {
    if (sameSizes(self.sizes, other.sizes)) return "both";
    if (other.sizes.length === 0) return "scalarRight";
    if (self.sizes.length === 0) return "scalarLeft";
  }
  const hasAll = (tensor: Tensor): boolean =>
    sameSizes(tensor.sizes, broadcastSizes(self.sizes, other.sizes));
  if (left && repeatsOne(other) && hasAll(self)) return "scalarRight";
  return right && repeatsOne(self) && hasAll(other) ? "scalarLeft" : null;
}

const oneOf = (tensor: Tensor): Tensor => (tensor.sizes.length === 0 ? tensor : viewOf(tensor, [], []));

/** Whether all elements are one in memory, as those of a gradient that came through a sum. */
function repeatsOne({ sizes, strides }: Tensor): boolean {
  for (let dim = 0; dim < sizes.length; dim++) if (sizes[dim] !== 1 && strides[dim] !== 0) return false;
  return true;
}

const inDtype = (tensor: Tensor, dtype: DType): Tensor =>
  tensor.dtype === dtype ? tensor : tensor.to(dtype);

/** The kernel of a function of two numbers. */
export function binary(
  f: Binary,
  rule: ResultRule = "same",
  variants: Variants = {},
): (self: Tensor, other: Tensor) => Tensor {
  const general = new Loops(f);
  const byCategory: Readonly<Record<Category, Loops<Binary>>> = {
    floating: general,
    integral: variants.integral === undefined ? general : new Loops(variants.integral),
    bool: variants.bool === undefined ? general : new Loops(variants.bool),
  };
  const narrow = variants.narrow === undefined ? byCategory.integral : new Loops(variants.narrow);
  const rowMajor = (left: Tensor, right: Tensor): Tensor => {
    const compute = computeType(left, right, rule);
    // A number beside halves is rounded to one, but for the second of a few kernels.
    const isHalf = compute.category === "floating" && compute.itemSize === 2;
    const self = isHalf ? inDtype(left, compute) : left;
    const other = isHalf && variants.exact !== true ? inDtype(right, compute) : right;
    const result = rule === "bool" ? bool : compute;
    const isNarrow = compute.category === "integral" && compute.itemSize < 8;
    const loops = isNarrow ? narrow : byCategory[compute.category];
    const shape = flatShape(self, other);
    if (shape !== null) {
      const sizes = shape === "scalarLeft" ? other.sizes : self.sizes;
      const out = allocateUnset(result, numelOf(sizes));
      const x = valuesAs(shape === "scalarLeft" ? oneOf(self) : self, compute);
      const y = valuesAs(shape === "scalarRight" ? oneOf(other) : other, compute);
      const { simd } = variants;
      if (simd === undefined || !computedInVectors(simd, x, y, out))
        loops.get<BinaryLoop>(shape, compute, result)(x, y, out);
      return fromValues(out, sizes, result);
    }
    const sizes = broadcastSizes(self.sizes, other.sizes);
    const out = allocateUnset(result, numelOf(sizes));
    const x = operandOf(self, compute, sizes);
    const y = operandOf(other, compute, sizes);
    if (variants.simd !== undefined && broadcastInBackend(variants.simd, sizes, x, y, out))
      return fromValues(out, sizes, result);
    const loop = loops.get<StridedLoop>("strided", compute, result);
    forEachRow(sizes, [x, y], (count, [xStart, yStart], [xStep, yStep], start) =>
      loop(x.data, xStart, xStep, y.data, yStart, yStep, out, start, count),
    );
    return fromValues(out, sizes, result);
  };
  const kernel = (self: Tensor, other: Tensor): Tensor => inMemoryOrder([self, other], rowMajor);
  return remembering(kernel, { f, rule });
}

/** The kernel of a function of three numbers, each in its own dtype: the caller has promoted them. */
export function ternary(
  f: Ternary,
): (x: Tensor, y: Tensor, z: Tensor, dtypes: readonly [DType, DType, DType], result: DType) => Tensor {
  const loops = new Loops(f);
  const rowMajor = (
    a: Tensor,
    b: Tensor,
    c: Tensor,
    dtypes: readonly [DType, DType, DType],
    result: DType,
  ): Tensor => {
    const sizes = broadcastSizes(broadcastSizes(a.sizes, b.sizes), c.sizes);
    const out = allocateUnset(result, numelOf(sizes));
    const x = operandOf(a, dtypes[0], sizes);
    const y = operandOf(b, dtypes[1], sizes);
    const z = operandOf(c, dtypes[2], sizes);
    const loop = loops.get<TernaryLoop>("ternary", ...dtypes, result);
    forEachRow(sizes, [x, y, z], (count, [xStart, yStart, zStart], [xStep, yStep, zStep], start) =>
      loop(x.data, xStart, xStep, y.data, yStart, yStep, z.data, zStart, zStep, out, start, count),
    );
    return fromValues(out, sizes, result);
  };
  return (a, b, c, dtypes, result) =>
    inMemoryOrder([a, b, c], (x, y, z) => rowMajor(x, y, z, dtypes, result));
}

/** Visits the rows (runs along the last dimension) of operands broadcast to `sizes`, with dimensions joined that all can walk as one. */
function forEachRow(
  sizes: readonly number[],
  operands: readonly Strided[],
  visit: (count: number, starts: readonly number[], steps: readonly number[], outStart: number) => void,
): void {
  const joined = joinDims(
    sizes,
    operands.map(({ strides }) => strides),
  );
  const [outer, strides] = [joined.sizes, joined.strides];
  const count = outer.pop() ?? 1;
  const steps = strides.map((own) => own.pop() ?? 0);
  const rows = numelOf(outer);
  if (rows === 0 || count === 0) return;
  const starts = operands.map(({ offset }) => offset);
  const index = new Array<number>(outer.length).fill(0);
  for (let row = 0; row < rows; row++) {
    visit(count, starts, steps, row * count);
    for (let dim = outer.length - 1; dim >= 0; dim--) {
      const wraps = ++index[dim] === outer[dim];
      for (let k = 0; k < operands.length; k++) {
        starts[k] += strides[k][dim] * (wraps ? 1 - outer[dim] : 1);
      }
      if (!wraps) break;
      index[dim] = 0;
    }
  }
}
