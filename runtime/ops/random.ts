/**
 * Random tensors: uniform, normal and integer ones, permutations, drawn from torch's streams.
 * Filling given tensors is random-inplace.ts's, coin flips and samples sampling.ts's, dropout dropout.ts's, the numbers themselves runtime/random's.
 * Source: native_functions.yaml, aten/src/ATen/native/TensorFactories.cpp, Distributions.cpp.
 */
import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, op } from "../dispatch/op.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { inMemoryOrder } from "../kernels/memory-order.ts";
import { fillBoundedIntegers } from "../random/bounded-integers.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import type { Generator } from "../random/generator.ts";
import { fillPermutation, type IntegerSink } from "../random/integers.ts";
import { fillNormal } from "../random/normal.ts";
import { fillUniform } from "../random/uniform.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, type DType, dtypeOfCode, int64 } from "../tensor/dtype.ts";
import { broadcastSizes, numelOf } from "../tensor/geometry.ts";
import { canCast, getDefaultDtype } from "../tensor/promotion.ts";
import { scalar } from "../tensor/scalar.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import type { Factory, FactoryLike, TensorOptions } from "./creation.ts";

/** The options of a random tensor: where its numbers come from, besides dtype and the like. */
export interface RandomOptions extends TensorOptions {
  readonly generator?: Generator;
}

/** Makes a random tensor of a shape: `rand([2, 3])` or `rand(2, 3)`. */
export interface RandomFactory extends Factory {
  (size: readonly number[], options?: RandomOptions): Tensor;
}

const tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";
const integerTail = "ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None";

type Fill = (out: NumberArray, dtype: DType, generator: Generator) => void;

/** A new tensor of numbers that `fill` draws. Throws torch's errors for negative sizes and dtypes without a kernel. */
function drawn(
  sizes: readonly number[],
  dtype: DType,
  generator: Generator | null,
  kernel: string,
  fill: Fill,
): Tensor {
  checkSizes(sizes);
  // torch has drawn no normals before it looks at their dtype.
  const isDone = kernel === normalKernel && numelOf(sizes) === 0;
  if (dtype.category !== "floating" && !isDone) {
    throw new NotImplementedError(`"${kernel}" not implemented for '${dtype.scalarName}'`);
  }
  const out = allocateNumbers(dtype, numelOf(sizes));
  fill(out, dtype, generator ?? defaultGenerator);
  return fromValues(out, [...sizes], dtype);
}

function checkSizes(sizes: readonly number[]): void {
  const negative = sizes.find((size) => size < 0);
  if (negative !== undefined) {
    throw new RuntimeError(
      `Trying to create tensor with negative dimension ${negative}: [${sizes.join(", ")}]`,
    );
  }
}

/** The rows of a factory: by shape, and by shape with a generator. */
function factory(name: string, kernel: string, fill: Fill): RandomFactory {
  return aten(
    op(
      `aten::${name}(SymInt[] size, *, ${tail}) -> Tensor` as "aten::f(SymInt[] size, *, ScalarType? dtype=None) -> Tensor",
      (size, dtype) => drawn(size, dtype ?? getDefaultDtype(), null, kernel, fill),
    ),
    op(
      `aten::${name}.generator(SymInt[] size, *, Generator? generator, ${tail}) -> Tensor` as "aten::f(SymInt[] size, *, Generator? generator, ScalarType? dtype=None) -> Tensor",
      (size, generator, dtype) => drawn(size, dtype ?? getDefaultDtype(), generator, kernel, fill),
    ),
  );
}

function factoryLike(name: string, kernel: string, fill: Fill): FactoryLike {
  return aten(
    op(
      `aten::${name}(Tensor self, *, ${tail}, MemoryFormat? memory_format=None) -> Tensor` as "aten::f(Tensor self, *, ScalarType? dtype=None) -> Tensor",
      (self, dtype) =>
        inMemoryOrder([self], ({ sizes }) => drawn(sizes, dtype ?? self.dtype, null, kernel, fill)),
      { grad: nonDifferentiable },
    ),
  );
}

const fillRand: Fill = (out, dtype, generator) => fillUniform(out, dtype, 0, 1, generator);
const fillRandn: Fill = (out, dtype, generator) => fillNormal(out, dtype, 0, 1, generator);
const uniformKernel = "check_uniform_bounds";
const normalKernel = "normal_kernel_cpu";

/**
 * Uniform numbers in [0, 1).
 * @example torch.rand([2, 3]).shape // [2, 3]
 */
export const rand = factory("rand", uniformKernel, fillRand);
/**
 * Standard normal numbers.
 * @example torch.randn([2, 3]).shape // [2, 3]
 */
export const randn = factory("randn", normalKernel, fillRandn);
/**
 * Uniform numbers in [0, 1) in the shape and dtype of `self`.
 * @example torch.randLike(x).shape // [2, 2]
 */
export const randLike = factoryLike("rand_like", uniformKernel, fillRand);
/** Normal numbers in the shape and dtype of `self`. */
export const randnLike = factoryLike("randn_like", normalKernel, fillRandn);

/** Whole numbers from `low` (default 0) to `high`, not included; int64 unless a dtype is named. */
export interface RandInt {
  (high: number, size: readonly number[], options?: RandomOptions): Tensor;
  (low: number, high: number, size: readonly number[], options?: RandomOptions): Tensor;
}

function integers(
  low: number,
  high: number,
  sizes: readonly number[],
  dtype: DType | null,
  generator: Generator | null = null,
): Tensor {
  checkSizes(sizes);
  return filledWith(sizes, namedDtype(dtype), (out, type) =>
    fillBoundedIntegers(out, BigInt(low), BigInt(high), type, generator ?? defaultGenerator),
  );
}

/** A schema's `dtype=4` arrives as that number where no dtype was given. */
const namedDtype = (dtype: DType | number | null): DType =>
  typeof dtype === "number" ? dtypeOfCode(dtype) : (dtype ?? int64);

/** A new tensor whose elements `fill` sets, int64 as bigints so that all 64 bits fit. */
function filledWith(
  sizes: readonly number[],
  dtype: DType,
  fill: (out: IntegerSink, dtype: DType) => void,
): Tensor {
  if (dtype === int64) {
    const out = new BigInt64Array(numelOf(sizes));
    fill(out, dtype);
    return tensorFromArray(out, dtype, [...sizes]);
  }
  const out = allocateNumbers(dtype, numelOf(sizes));
  fill(out, dtype);
  return fromValues(out, [...sizes], dtype);
}

/**
 * Whole numbers from `low` (0) to before `high`, as int64.
 * @example torch.randint(0, 10, [3]).shape // [3]
 */
export const randint: RandInt = aten(
  op(
    `aten::randint(SymInt high, SymInt[] size, *, ${integerTail}) -> Tensor` as "aten::f(SymInt high, SymInt[] size, *, ScalarType? dtype=4) -> Tensor",
    (high, size, dtype) => integers(0, high, size, dtype),
  ),
  op(
    `aten::randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ${integerTail}) -> Tensor` as "aten::f(SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4) -> Tensor",
    (high, size, generator, dtype) => integers(0, high, size, dtype, generator),
  ),
  op(
    `aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, ${integerTail}) -> Tensor` as "aten::f(SymInt low, SymInt high, SymInt[] size, *, ScalarType? dtype=4) -> Tensor",
    (low, high, size, dtype) => integers(low, high, size, dtype),
  ),
  op(
    `aten::randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ${integerTail}) -> Tensor` as "aten::f(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ScalarType? dtype=4) -> Tensor",
    (low, high, size, generator, dtype) => integers(low, high, size, dtype, generator),
  ),
);

/** Whole numbers in the shape and dtype of another tensor. */
export interface RandIntLike {
  (self: Tensor, high: number, options?: TensorOptions): Tensor;
  (self: Tensor, low: number, high: number, options?: TensorOptions): Tensor;
}

/** Whole numbers from `low` (0) to before `high` in the shape and dtype of `self`. */
export const randintLike: RandIntLike = aten(
  op(
    `aten::randint_like(Tensor self, SymInt high, *, ${tail}, MemoryFormat? memory_format=None) -> Tensor` as "aten::f(Tensor self, SymInt high, *, ScalarType? dtype=None) -> Tensor",
    (self, high, dtype) => integers(0, high, self.sizes, dtype ?? self.dtype),
    { grad: {} },
  ),
  op(
    `aten::randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ${tail}, MemoryFormat? memory_format=None) -> Tensor` as "aten::f(Tensor self, SymInt low, SymInt high, *, ScalarType? dtype=None) -> Tensor",
    (self, low, high, dtype) => integers(low, high, self.sizes, dtype ?? self.dtype),
    { grad: {} },
  ),
);

function permutation(n: number, dtype: DType | null, generator: Generator | null = null): Tensor {
  checkSizes([n]);
  if (dtype === bool) throw new NotImplementedError(`"randperm" not implemented for 'Bool'`);
  return filledWith([n], namedDtype(dtype), (out) => fillPermutation(out, generator ?? defaultGenerator));
}

/**
 * The numbers from 0 to n - 1 in random order, as int64 unless a dtype is named.
 * @example torch.randperm(5).sort()[0] // [0, 1, 2, 3, 4]
 */
export const randperm: (n: number, options?: RandomOptions) => Tensor = aten(
  op(
    `aten::randperm(SymInt n, *, ${integerTail}) -> Tensor` as "aten::f(SymInt n, *, ScalarType? dtype=4) -> Tensor",
    (n, dtype) => permutation(n, dtype),
  ),
  op(
    `aten::randperm.generator(SymInt n, *, Generator? generator, ${integerTail}) -> Tensor` as "aten::f(SymInt n, *, Generator? generator, ScalarType? dtype=4) -> Tensor",
    (n, generator, dtype) => permutation(n, dtype, generator),
  ),
);

/** Normal numbers of given mean and deviation, as numbers or tensors that are broadcast. */
export interface Normal {
  (mean: number, std: number, size: readonly number[], options?: RandomOptions): Tensor;
  (mean: Tensor, std?: number, options?: { generator?: Generator }): Tensor;
  (mean: number, std: Tensor, options?: { generator?: Generator }): Tensor;
  (mean: Tensor, std: Tensor, options?: { generator?: Generator }): Tensor;
}

/** Standard normals of the deviations' shape (or the broadcast one), scaled; the mean is added by the caller. */
function scaledNormals(
  sizes: readonly number[],
  std: Tensor,
  dtype: DType,
  generator: Generator | null,
): Tensor {
  if (valuesOf(std).some((value) => !(value >= 0)))
    throw new RuntimeError("normal expects all elements of std >= 0.0");
  return drawn(sizes, dtype, generator, normalKernel, fillRandn).mul(std).to(dtype);
}

/**
 * Normal numbers with a mean and a standard deviation for all, or one for each element.
 * @example torch.normal(0, 1, [2, 3]).shape // [2, 3]
 */
export const normal: Normal = aten(
  op(
    "aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor",
    (mean, std, generator) => {
      const sizes = broadcastSizes(mean.sizes, std.sizes);
      // Where numbers are drawn, the kernel says first that it has none of such a dtype.
      if (numelOf(sizes) === 0 && !canCast(std.dtype, mean.dtype))
        throw new RuntimeError(
          `result type ${std.dtype.scalarName} can't be cast to the desired output type ${mean.dtype.scalarName}`,
        );
      return scaledNormals(sizes, std, mean.dtype, generator).add(mean).to(mean.dtype);
    },
    { grad: { mean: ({ grad }) => grad.zerosLike(), std: ({ std }) => std.zerosLike() } },
  ),
  op(
    "aten::normal.Tensor_float(Tensor mean, float std=1, *, Generator? generator=None) -> Tensor",
    (mean, std, generator) =>
      drawn(mean.sizes, mean.dtype, generator, normalKernel, (out, dtype, from) =>
        fillNormal(out, dtype, 0, std, from),
      ).add(mean),
    { grad: { mean: ({ grad }) => grad.zerosLike() } },
  ),
  op(
    "aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor",
    (mean, std, generator) => {
      const drawn = scaledNormals(std.sizes, std, std.dtype, generator);
      checkConversion(scalar(mean, "float"), std.dtype);
      return drawn.add(mean).to(std.dtype);
    },
    { grad: { std: ({ std }) => std.zerosLike() } },
  ),
  op(
    "aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (mean, std, size, generator, dtype) =>
      drawn(size, dtype ?? getDefaultDtype(), generator, normalKernel, (out, type, from) =>
        fillNormal(out, type, mean, std, from),
      ),
  ),
);
