/** Numbers on their way into a tensor of given dtype. Source: c10/util/TypeCast.h (overflows), c10::Scalar::to. */
import { RuntimeError } from "../errors.ts";
import { cppName, type DType } from "./dtype.ts";
import { finfo, iinfo } from "./dtype-limits.ts";
import { type Scalar, scalarCategory, scalarValue } from "./scalar.ts";

/** Throws torch's RuntimeError for a number that the dtype has no room for; fractions are cut, which is no overflow. */
export function checkConversion(value: Scalar, dtype: DType): void {
  if (overflows(value, dtype)) {
    throw new RuntimeError(
      `value cannot be converted to type ${typeNames[dtype.name] ?? cppName(dtype)} without overflow`,
    );
  }
}

const typeNames: Readonly<Record<string, string>> = {
  uint8: "uint8_t",
  int8: "int8_t",
  int16: "int16_t",
  int64: "int64_t",
};

function overflows(value: Scalar, dtype: DType): boolean {
  const number = scalarValue(value);
  if (dtype.category === "bool" || typeof value === "boolean") return false;
  if (dtype.category === "floating") return Number.isFinite(number) && Math.abs(number) > finfo(dtype).max;
  const { min, max } = iinfo(dtype);
  // A negative whole number wraps around in an unsigned dtype.
  const least = Number(min) === 0 && scalarCategory(value) === "integral" ? -Number(max) : Number(min);
  return Number.isNaN(number) || number < least || number > Number(max);
}
