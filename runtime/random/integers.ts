/**
 * Random whole numbers: ranges, a dtype's full range, permutations. Source: pytorch
 * aten/src/ATen/core/TransformationHelper.h (uniform_int) and aten/src/ATen/native/TensorFactories.cpp (randperm).
 */

import type { DTypeName } from "../tensor/dtype.ts";
import { checkBounds } from "./bounds.ts";
import type { Generator } from "./generator.ts";
import type { NumberSink } from "./uniform.ts";

/** int64 results are exact only as bigints; any other dtype's are numbers. */
export type IntegerSink = NumberSink | BigInt64Array;

/** From this many values on torch draws two words an element. */
const wideRange = 2n ** 28n;

/**
 * Fills `out` with whole numbers in [from, to), as `randint` and `random_(from, to)` do.
 * Throws a RuntimeError if the range is empty.
 */
export function fillIntegers(out: IntegerSink, from: bigint, to: bigint, generator: Generator): void {
  checkBounds(
    from < to,
    () => `random_ expects 'from' to be less than 'to', but got from=${from} >= to=${to}`,
  );
  fillRange(out, from, to - from, generator);
}

/** Fills `out` with whole numbers in [from, from + range); a range of 2^64 takes every int64. */
function fillRange(out: IntegerSink, from: bigint, range: bigint, generator: Generator): void {
  if (range === 2n ** 64n) {
    fillWith(out, () => BigInt.asIntN(64, generator.random64()));
    return;
  }
  if (range >= wideRange) {
    fillWith(out, () => BigInt.asIntN(64, (generator.random64() % range) + from));
    return;
  }
  const narrow = Number(range);
  if (isBig(out)) {
    for (let i = 0; i < out.length; i++) out[i] = BigInt(generator.random32() % narrow) + from;
    return;
  }
  const start = Number(from);
  for (let i = 0; i < out.length; i++) out[i] = (generator.random32() % narrow) + start;
}

/** The greatest whole number `random_` gives each dtype; float types stop where integers get lost. */
const greatest: Readonly<Record<DTypeName, bigint>> = {
  float64: 2n ** 53n,
  float32: 2n ** 24n,
  float16: 2n ** 11n,
  bfloat16: 2n ** 8n,
  int64: 2n ** 63n - 1n,
  int32: 2n ** 31n - 1n,
  int16: 2n ** 15n - 1n,
  int8: 2n ** 7n - 1n,
  uint8: 2n ** 8n - 1n,
  bool: 1n,
};

/** Fills `out` with whole numbers from `from` to the dtype's greatest, as `random_(from, null)` does. */
export function fillFrom(out: IntegerSink, from: bigint, dtype: DTypeName, generator: Generator): void {
  fillRange(out, from, greatest[dtype] - from + 1n, generator);
}

/** Fills `out` with whole numbers from 0 to the dtype's greatest, as `random_()` does. */
export function fillFullRange(out: IntegerSink, dtype: DTypeName, generator: Generator): void {
  const range = greatest[dtype] + 1n;
  // Unlike in fillRange the dtype decides how many words are drawn, not the range.
  if (dtype === "int64" || dtype === "float64") fillWith(out, () => generator.random64() % range);
  else fillWith(out, () => BigInt(generator.random32()) % range);
}

/** Fills `out` with a permutation of 0 to length - 1, drawing one word for every place but the last. */
export function fillPermutation(out: IntegerSink, generator: Generator): void {
  const length = out.length;
  const order = Float64Array.from({ length }, (_, i) => i);
  for (let i = 0; i < length - 1; i++) {
    const other = i + (generator.random32() % (length - i));
    const kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  if (isBig(out)) for (let i = 0; i < length; i++) out[i] = BigInt(order[i]);
  else for (let i = 0; i < length; i++) out[i] = order[i];
}

const isBig = (out: IntegerSink): out is BigInt64Array => out instanceof BigInt64Array;

function fillWith(out: IntegerSink, draw: () => bigint): void {
  if (isBig(out)) for (let i = 0; i < out.length; i++) out[i] = draw();
  else for (let i = 0; i < out.length; i++) out[i] = Number(draw());
}
