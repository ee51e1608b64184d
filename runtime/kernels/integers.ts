/** Products, powers and quotients of integers, where they are other than those of floats. */
import { RuntimeError } from "../errors.ts";

/** Products beyond 2^53 keep the low 32 bits that integers of up to 32 bits wrap to; int64 has none such. */
export function multiplyNarrow(x: number, y: number): number {
  const product = x * y;
  return product <= 9007199254740992 && product >= -9007199254740992 ? product : Math.imul(x, y);
}

/** Cut to a whole number, a power less than 1 is 0; so is, in torch, nothing raised to less than nothing. */
export function integerPower(x: number, y: number): number {
  if (y >= 0) return x ** y;
  return x === 1 || x === -1 ? x ** (-y % 2) : 0;
}

/** The same for integers of up to 32 bits, whose powers wrap around. */
export function narrowPower(x: number, y: number): number {
  const power = integerPower(x, y);
  return Number.isSafeInteger(power) ? power : Number(BigInt.asIntN(32, BigInt(x) ** BigInt(y)));
}

export function floorQuotient(x: number, y: number): number {
  if (y === 0) throw new RuntimeError("ZeroDivisionError");
  return Math.floor(x / y);
}

export function truncQuotient(x: number, y: number): number {
  if (y === 0) throw new RuntimeError("ZeroDivisionError");
  return Math.trunc(x / y);
}
