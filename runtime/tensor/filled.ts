/** Tensors of a shape filled with one value. Source of messages: aten/src/ATen/EmptyTensor.cpp. */

import { spendBytes } from "../budget.ts";
import { RuntimeError } from "../errors.ts";
import { fromValues } from "./access.ts";
import { checkConversion } from "./checked-conversion.ts";
import { bool, type DType, int64 } from "./dtype.ts";
import { contiguousStrides, numelOf } from "./geometry.ts";
import { late } from "./late.ts";
import { type Scalar, scalarValue } from "./scalar.ts";
import { allocateNumbers, Storage, storageArrays } from "./storage.ts";
import { Tensor } from "./tensor.ts";

/** Throws torch's RuntimeError for a negative size. */
export function checkSizes(sizes: readonly number[]): void {
  for (const size of sizes) {
    if (size < 0) {
      throw new RuntimeError(
        `Trying to create tensor with negative dimension ${size}: [${sizes.join(", ")}]`,
      );
    }
  }
}

/** A tensor of `sizes` filled with zeros. */
export function makeZeros(sizes: readonly number[], dtype: DType): Tensor {
  checkSizes(sizes);
  spendBytes(4 * numelOf(sizes));
  return new Tensor(
    new Storage(new storageArrays[dtype.name](numelOf(sizes))),
    dtype,
    [...sizes],
    contiguousStrides(sizes),
    0,
  );
}

late.zeros = makeZeros;

/** A tensor of `sizes` filled with one value. */
export function makeFull(sizes: readonly number[], value: Scalar, dtype: DType): Tensor {
  checkSizes(sizes);
  if (typeof value === "bigint" && dtype === int64) {
    spendBytes(8 * numelOf(sizes));
    const data = new BigInt64Array(numelOf(sizes)).fill(value);
    return new Tensor(new Storage(data), dtype, [...sizes], contiguousStrides(sizes), 0);
  }
  checkConversion(value, dtype);
  const number = scalarValue(value);
  const fill =
    dtype === bool ? Number(number !== 0) : dtype.category === "integral" ? Math.trunc(number) : number;
  return fromValues(allocateNumbers(dtype, numelOf(sizes)).fill(fill), [...sizes], dtype);
}
