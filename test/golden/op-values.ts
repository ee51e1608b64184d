/**
 * The argument and result values of op goldens: decoding them into this library's values, comparing results with them,
 * and naming them in reports.
 */

import { rawValuesOf, valuesOf, writeRawValues } from "../../runtime/tensor/access.ts";
import { scalar } from "../../runtime/tensor/scalar.ts";
import { encode, Storage, type StorageArray, storageArrays } from "../../runtime/tensor/storage.ts";
import { Tensor, tensorFromArray } from "../../runtime/tensor/tensor.ts";
import {
  compareElements,
  dtypeNamed,
  type GoldenTensor,
  goldenElements,
  isGoldenTensor,
  isLyingTensor,
  type LyingTensor,
  type Tolerance,
} from "./values.ts";

/** A value in a golden: a tensor, a tagged scalar, dtype or device, a list of values, or a plain JSON value. */
export type GoldenValue = unknown;

interface Tagged {
  readonly float?: number | string;
  readonly int?: string;
  readonly scalar_type?: string;
  readonly device?: string;
  readonly layout?: string;
  readonly memory_format?: string;
}

/** How tensors lie in memory: row by row, or column by column with gaps, some way into their storage. */
export type MemoryLayout = "contiguous" | "strided";

/** The value to call an operator with. */
export function decodeValue(value: GoldenValue, layout: MemoryLayout = "contiguous"): unknown {
  if (Array.isArray(value)) return value.map((item) => decodeValue(item, layout));
  if (typeof value !== "object" || value === null) return value;
  if (isLyingTensor(value)) return decodeLyingTensor(value);
  if (isGoldenTensor(value)) return layout === "strided" ? strided(decodeTensor(value)) : decodeTensor(value);
  const tagged: Tagged = value;
  if (tagged.float !== undefined) return decodeFloat(Number(tagged.float));
  if (tagged.int !== undefined) return BigInt(tagged.int);
  if (tagged.scalar_type !== undefined) return dtypeNamed(tagged.scalar_type);
  const name = tagged.device ?? tagged.layout ?? tagged.memory_format;
  if (name === undefined) throw new Error(`cannot read the golden value ${JSON.stringify(value)}`);
  return name;
}

/** A whole number must be marked, or it would count as an int. */
const decodeFloat = (value: number): unknown => (Number.isInteger(value) ? scalar(value, "float") : value);

export function decodeTensor(golden: GoldenTensor): Tensor {
  return tensorFromArray(memoryOf(golden), dtypeNamed(golden.dtype), golden.shape);
}

function decodeLyingTensor(golden: LyingTensor): Tensor {
  const storage = new Storage(memoryOf({ dtype: golden.dtype, data: golden.memory }));
  return new Tensor(storage, dtypeNamed(golden.dtype), golden.shape, golden.strides, golden.offset);
}

function memoryOf(golden: Pick<GoldenTensor, "dtype" | "data">): StorageArray {
  const { dtype } = golden;
  const elements = goldenElements(golden);
  if (dtype === "float16" || dtype === "bfloat16") {
    return encode(Float32Array.from(elements as number[]), dtypeNamed(dtype));
  }
  const array = new storageArrays[dtype](elements.length);
  array.set(elements as number[] & bigint[]);
  return array;
}

/** The same elements, column by column and two apart, after a gap; what lies in the gaps is no element's value. */
function strided(tensor: Tensor): Tensor {
  const strides: number[] = [];
  let stride = 2;
  for (const size of tensor.sizes) {
    strides.push(stride);
    stride *= Math.max(size, 1);
  }
  const memory = new storageArrays[tensor.dtype.name](stride + 1);
  if (tensor.isFloatingPoint()) (memory as Float32Array).fill(Number.NaN);
  const view = new Tensor(new Storage(memory), tensor.dtype, tensor.sizes, strides, 1);
  writeRawValues(view, rawValuesOf(tensor));
  return view;
}

/** All tensors in a value, depth first. */
export function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

const tolerances: Readonly<Record<string, Tolerance>> = {
  float32: { rtol: 1e-4, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-8 },
  float16: { rtol: 2e-3, atol: 1e-4 },
  bfloat16: { rtol: 1.6e-2, atol: 1e-3 },
};
/** Gradients of halves are rounded at each step of a formula here, in PyTorch's kernels once. */
const gradientTolerances: Readonly<Record<string, Tolerance>> = {
  ...tolerances,
  float16: { rtol: 1e-2, atol: 2e-3 },
  bfloat16: { rtol: 8e-2, atol: 2e-2 },
};
const exact: Tolerance = { rtol: 0, atol: 0 };

/** Throws an Error that says how a tensor differs from a golden one. */
export function compareTensor(actual: Tensor, expected: GoldenTensor, tolerance: Tolerance): void {
  const { dtype, sizes } = actual;
  const half = dtype.name === "float16" || dtype.name === "bfloat16";
  const data = half ? valuesOf(actual) : rawValuesOf(actual);
  compareElements({ dtype: dtype.name, shape: sizes, data }, expected, tolerance);
}

/** Where a view lies in its storage; torch gives dimensions that are never stepped along any stride. */
function compareStrides({ sizes, strides }: Tensor, expected: GoldenTensor): void {
  if (expected.strides === undefined || sizes.includes(0)) return;
  const stepped = (all: readonly number[]) => all.filter((_, dim) => sizes[dim] > 1).join();
  if (stepped(strides) !== stepped(expected.strides))
    throw new Error(`strides: expected [${expected.strides}], got [${strides}]`);
}

/** Throws an Error that says where a result differs; `shapesOnly` for random and uninitialised results. */
export function compareValue(
  actual: unknown,
  expected: GoldenValue,
  shapesOnly = false,
  allowed = tolerances,
): void {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual))
      throw new Error(`expected ${expected.length} results, got ${describe(actual)}`);
    if (actual.length !== expected.length)
      throw new Error(`expected ${expected.length} results, got ${actual.length}`);
    expected.forEach((item, i) => {
      prefixed(`result ${i}: `, () => compareValue(actual[i], item, shapesOnly, allowed));
    });
  } else if (isGoldenTensor(expected)) {
    if (!(actual instanceof Tensor)) throw new Error(`expected a tensor, got ${describe(actual)}`);
    if (shapesOnly) {
      if (describe(actual) !== describe(expected))
        throw new Error(`expected ${describe(expected)}, got ${describe(actual)}`);
      return;
    }
    compareTensor(actual, expected, allowed[expected.dtype] ?? exact);
    compareStrides(actual, expected);
  } else {
    const tagged = expected as Tagged | null;
    const wanted =
      typeof tagged === "object" && tagged?.float !== undefined ? Number(tagged.float) : expected;
    const close =
      typeof wanted === "number" && typeof actual === "number"
        ? Object.is(wanted, actual) || Math.abs(wanted - actual) <= 1e-6 + 1e-5 * Math.abs(wanted)
        : wanted === actual;
    if (!close) throw new Error(`expected ${JSON.stringify(expected)}, got ${describe(actual)}`);
  }
}

/** Throws an Error that says where a gradient differs. */
export const compareGradient = (actual: Tensor | null, expected: GoldenValue): void =>
  compareValue(actual, expected, false, gradientTolerances);

/** Runs a comparison and says in its error where it was made. */
export function prefixed(prefix: string, compare: () => void): void {
  try {
    compare();
  } catch (error) {
    if (error instanceof Error) error.message = prefix + error.message;
    throw error;
  }
}

/** A short name of a golden value, or of a result: `float32[2,3]`, `1.5`, `[1, 2]`. */
export function describe(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype.name}[${value.sizes}]`;
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (isLyingTensor(value)) return `${value.dtype}[${value.shape}; ${value.strides}]`;
  if (isGoldenTensor(value)) return `${value.dtype}[${value.shape}]`;
  if (typeof value === "object" && value !== null) return Object.values(value).map(String).join();
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
