/**
 * The JSON form goldens give tensors: reading it, and comparing computed elements with it.
 */

import { type DType, type DTypeName, dtypes } from "../../runtime/tensor/dtype.ts";

/** A tensor in a golden file: flat and row-major; non-finite floats and large integers are strings. */
export interface GoldenTensor {
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  /** Of results that are views: how they lie in memory. */
  readonly strides?: readonly number[];
}

/** A tensor that does not lie row by row, or not alone, in its storage, whose elements are `memory`. */
export interface LyingTensor {
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly memory: readonly (number | string)[];
  readonly strides: readonly number[];
  readonly offset: number;
}

export function isGoldenTensor(value: unknown): value is GoldenTensor {
  return (
    typeof value === "object" && value !== null && "dtype" in value && "shape" in value && "data" in value
  );
}

export const isLyingTensor = (value: unknown): value is LyingTensor =>
  typeof value === "object" && value !== null && "dtype" in value && "memory" in value;

export function dtypeNamed(name: string): DType {
  const dtype = (dtypes as Readonly<Record<string, DType | undefined>>)[name];
  if (dtype === undefined) throw new Error(`the golden asks for dtype ${name}, which does not exist here`);
  return dtype;
}

/** The elements as numbers (float32 rounded to it), for int64 as bigints. */
export function goldenElements({ dtype, data }: Pick<GoldenTensor, "dtype" | "data">): number[] | bigint[] {
  if (dtype === "int64") return data.map((value) => BigInt(value));
  const numbers = data.map(Number);
  return dtype === "float32" ? numbers.map(Math.fround) : numbers;
}

/** How far a float may be from the expected one: |actual - expected| <= atol + rtol * |expected|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Throws an Error that says how elements or shape differ; NaN equals NaN, integers compare exactly. */
export function compareElements(
  actual: {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly data: ArrayLike<number | bigint>;
  },
  expected: GoldenTensor,
  tolerance: Tolerance,
): void {
  if (actual.dtype !== expected.dtype)
    throw new Error(`dtype: expected ${expected.dtype}, got ${actual.dtype}`);
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`shape: expected [${expected.shape}], got [${actual.shape}]`);
  }
  const wanted = goldenElements(expected);
  const wrong: string[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (!isClose(actual.data[i], wanted[i], tolerance))
      wrong.push(`[${i}] expected ${wanted[i]}, got ${actual.data[i]}`);
  }
  if (wrong.length > 0) {
    throw new Error(`${wrong.length} of ${wanted.length} elements differ: ${wrong.slice(0, 4).join("; ")}`);
  }
}

function isClose(actual: number | bigint, expected: number | bigint, { rtol, atol }: Tolerance): boolean {
  if (typeof expected === "bigint") return BigInt(actual) === expected;
  const number = Number(actual);
  if (Object.is(number, expected) || number === expected) return true;
  return Math.abs(number - expected) <= atol + rtol * Math.abs(expected) && Number.isFinite(number);
}
