/**
 * The bits of integers and the logic of bools: and, or, exclusive or, shifts. Python's operator names are rows, too.
 * Source: aten/src/ATen/native/cpu/BinaryOpsKernel.cpp.
 */
import { aten, inplaceOf, type OpFacts, op } from "../dispatch/op.ts";
import { inCommon, onlyIntegers, onlyWhole } from "../dispatch/refusal.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import type { Binary } from "../kernels/loops.ts";
import { binary } from "../kernels/pointwise.ts";
import { resultType } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";
import type { PairOrScalar } from "./pairs.ts";

const isSmall = (x: number): boolean => x >= -2147483648 && x <= 2147483647;

/** A function of 32 bits, and of 64 where the numbers need them. */
const bits =
  (narrow: Binary, wide: (x: bigint, y: bigint) => bigint): Binary =>
  (x, y) =>
    isSmall(x) && isSmall(y) ? narrow(x, y) : Number(BigInt.asIntN(64, wide(BigInt(x), BigInt(y))));

function bitRows(
  name: string,
  operator: string,
  narrow: Binary,
  wide: (x: bigint, y: bigint) => bigint,
  logic: "And" | "Or" | "Xor",
) {
  const kernel = binary(bits(narrow, wide));
  const refuses = inCommon(onlyIntegers(`${name}_cpu`));
  const facts = { refuses, onnxExport: numbers.bitwise(logic) };
  return [row(name, kernel, facts), row(operator, kernel, facts)] as const;
}

type Kernel = (self: Tensor, other: Tensor) => Tensor;

function row(name: string, kernel: Kernel, facts: OpFacts, scalarName = "Scalar"): PairOrScalar {
  return aten(
    op(
      `aten::${name}.Tensor(Tensor self, Tensor other) -> Tensor` as "aten::f(Tensor self, Tensor other) -> Tensor",
      kernel,
      facts,
    ),
    op(
      `aten::${name}.${scalarName}(Tensor self, Scalar other) -> Tensor` as "aten::f(Tensor self, Scalar other) -> Tensor",
      (self, other: Scalar) => kernel(self, wrapScalar(other)),
      facts,
    ),
  );
}

const andRows = bitRows(
  "bitwise_and",
  "__and__",
  (x, y) => x & y,
  (x, y) => x & y,
  "And",
);
/**
 * The bits that both have; of bools, both. Whole numbers and bools only.
 * @example torch.bitwiseAnd(torch.tensor([6n]), 3) // [2]
 */
export const bitwiseAnd = andRows[0];
/** Python's operator for `bitwiseAnd`. */
export const __and__ = andRows[1];

const orRows = bitRows(
  "bitwise_or",
  "__or__",
  (x, y) => x | y,
  (x, y) => x | y,
  "Or",
);
/** The bits that one of the two has; of bools, one or both. */
export const bitwiseOr = orRows[0];
/** Python's operator for `bitwiseOr`. */
export const __or__ = orRows[1];

const xorRows = bitRows(
  "bitwise_xor",
  "__xor__",
  (x, y) => x ^ y,
  (x, y) => x ^ y,
  "Xor",
);
/** The bits that just one of the two has; of bools, one but not both. */
export const bitwiseXor = xorRows[0];
/** Python's operator for `bitwiseXor`. */
export const __xor__ = xorRows[1];

/** `bitwiseAnd`, written to `self`. */
export const bitwiseAnd_ = inplaceOf(bitwiseAnd);
/** `bitwiseOr`, written to `self`. */
export const bitwiseOr_ = inplaceOf(bitwiseOr);
/** `bitwiseXor`, written to `self`. */
export const bitwiseXor_ = inplaceOf(bitwiseXor);

function shiftRows(name: string, operator: string, shift: (x: number, y: number, width: number) => number) {
  const byWidth = new Map([1, 2, 4, 8].map((bytes) => [bytes, binary((x, y) => shift(x, y, 8 * bytes))]));
  const kernel: Kernel = (self, other) =>
    (byWidth.get(resultType([self, other]).itemSize) as Kernel)(self, other);
  const refuses = inCommon(onlyWhole(operator === "__lshift__" ? "lshift_cpu" : "rshift_cpu"));
  return [row(name, kernel, { refuses }, "Tensor_Scalar"), row(operator, kernel, { refuses })] as const;
}

const leftRows = shiftRows("bitwise_left_shift", "__lshift__", (x, y, width) => {
  if (y < 0 || y >= width) return 0;
  const product = x * 2 ** y;
  return Number.isSafeInteger(product) ? product : Number(BigInt.asIntN(64, BigInt(x) << BigInt(y)));
});
/** `self * 2 ** other` for integers; 0 where that shifts everything out. */
export const bitwiseLeftShift = leftRows[0];
/** Python's operator for `bitwiseLeftShift`. */
export const __lshift__ = leftRows[1];

const rightRows = shiftRows("bitwise_right_shift", "__rshift__", (x, y, width) =>
  y < 0 || y >= width ? (x < 0 ? -1 : 0) : Math.floor(x / 2 ** y),
);
/** `self` divided by `2 ** other`, rounded down. */
export const bitwiseRightShift = rightRows[0];
/** Python's operator for `bitwiseRightShift`. */
export const __rshift__ = rightRows[1];
