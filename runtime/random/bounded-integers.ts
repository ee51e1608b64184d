/** Random whole numbers of a dtype: a range is checked against what the dtype can hold. Drawing them is integers.ts's. */
import { RuntimeError } from "../errors.ts";
import type { DType, DTypeName } from "../tensor/dtype.ts";
import type { Generator } from "./generator.ts";
import { fillIntegers, type IntegerSink } from "./integers.ts";

/** C++'s names of the integer types, for messages; and the least and greatest value of each. */
const integerTypes: Partial<
  Readonly<Record<DTypeName, readonly [name: string, least: bigint, greatest: bigint]>>
> = {
  int64: ["long", -(2n ** 63n), 2n ** 63n - 1n],
  int32: ["int", -(2n ** 31n), 2n ** 31n - 1n],
  int16: ["short", -(2n ** 15n), 2n ** 15n - 1n],
  int8: ["signed char", -(2n ** 7n), 2n ** 7n - 1n],
  uint8: ["unsigned char", 0n, 255n],
  bool: ["bool", 0n, 1n],
};

/** Fills `out` with whole numbers in [from, to). Throws a RuntimeError if the range is empty or beyond the dtype's. */
export function fillBoundedIntegers(
  out: IntegerSink,
  from: bigint,
  to: bigint,
  dtype: DType,
  generator: Generator,
): void {
  const bounds = integerTypes[dtype.name];
  if (bounds !== undefined && from < to) {
    const [name, least, greatest] = bounds;
    if (from < least || from > greatest) throw new RuntimeError(`from is out of bounds for ${name}`);
    if (to - 1n < least || to - 1n > greatest) throw new RuntimeError(`to - 1 is out of bounds for ${name}`);
  }
  fillIntegers(out, from, to, generator);
}
