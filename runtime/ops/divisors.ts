/** Greatest common divisors and least common multiples of integers. Source: aten/src/ATen/native/cpu/BinaryOpsKernel.cpp. */
import { aten, op } from "../dispatch/op.ts";
import { NotImplementedError } from "../errors.ts";
import type { Binary } from "../kernels/loops.ts";
import { binary } from "../kernels/pointwise.ts";
import { type DType, int8, int16, int32, int64, uint8 } from "../tensor/dtype.ts";
import { iinfo } from "../tensor/dtype-limits.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Pair } from "./pairs.ts";

/** An operator on integers alone; `narrow` are the functions for those of up to 32 bits. */
function integerPair(name: string, f: Binary, narrow: (dtype: DType) => Binary): Pair {
  const kernels = new Map(
    [uint8, int8, int16, int32, int64].map((dtype) => [dtype, binary(f, "same", { narrow: narrow(dtype) })]),
  );
  return aten(
    op(
      `aten::${name}(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      (self, other) => {
        const dtype = resultType([self, other]);
        const kernel = kernels.get(dtype);
        if (kernel === undefined) {
          throw new NotImplementedError(`"${name}_cpu" not implemented for '${dtype.scalarName}'`);
        }
        return kernel(self, other);
      },
    ),
  );
}

function gcdOf(x: number, y: number): number {
  let [a, b] = [Math.abs(x), Math.abs(y)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The least integer of a dtype has no absolute value: it stays negative, and so may what is left of it. */
const gcdWithin =
  (least: number): Binary =>
  (x, y) => {
    let [a, b] = [x === least ? x : Math.abs(x), y === least ? y : Math.abs(y)];
    while (a !== 0) [a, b] = [b % a, a];
    return b;
  };

/** The greatest common divisor. */
export const gcd = integerPair("gcd", gcdOf, (dtype) => gcdWithin(Number(iinfo(dtype).min)));
/** The least common multiple. */
export const lcm = integerPair(
  "lcm",
  (x, y) => {
    const divisor = gcdOf(x, y);
    return divisor === 0 ? 0 : Math.abs((x / divisor) * y);
  },
  // A product beyond 32 bits wraps around before its sign is taken away.
  () => (x, y) => {
    const divisor = gcdOf(x, y);
    return divisor === 0 ? 0 : Math.abs(Math.imul(x / divisor, y));
  },
);
