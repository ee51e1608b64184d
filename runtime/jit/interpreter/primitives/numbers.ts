/**
 * Operators on numbers and booleans. Numbers of both kinds are JavaScript's; the types of the graph say which is meant.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, which follows Python's arithmetic.
 */
import { RuntimeError } from "../../../errors.ts";
import { primitive } from "./row.ts";

type Two = (a: number, b: number) => unknown;
type One = (a: number) => unknown;

/** Rows for all pairs of int, float and Scalar. `both` is the result of two ints, `mixed` of others. */
function pairs(name: string, run: Two, both: string, mixed: string): void {
  primitive(`aten::${name}.int(int a, int b) -> ${both}`, run);
  primitive(`aten::${name}.float(float a, float b) -> ${mixed}`, run);
  primitive(`aten::${name}.int_float(int a, float b) -> ${mixed}`, run);
  primitive(`aten::${name}.float_int(float a, int b) -> ${mixed}`, run);
  primitive(`aten::${name}(Scalar a, Scalar b) -> ${both === mixed ? both : "Scalar"}`, run);
}

function divisor(b: number): number {
  if (b === 0) throw new RuntimeError("division by zero");
  return b;
}

const remainder: Two = (a, b) => a - divisor(b) * Math.floor(a / b);
const equal = (a: unknown, b: unknown): boolean =>
  Array.isArray(a)
    ? a.length === (b as unknown[]).length && a.every((part, i) => equal(part, (b as unknown[])[i]))
    : a === b;

pairs("add", (a, b) => a + b, "int", "float");
pairs("sub", (a, b) => a - b, "int", "float");
pairs("mul", (a, b) => a * b, "int", "float");
pairs("div", (a, b) => a / divisor(b), "float", "float");
pairs("floordiv", (a, b) => Math.floor(a / divisor(b)), "int", "float");
pairs("remainder", remainder, "int", "float");
pairs("pow", (a, b) => a ** b, "float", "float");
primitive("aten::pow.int_to_int(int a, int b) -> int", ((a, b) => a ** b) as Two);

pairs("lt", (a, b) => a < b, "bool", "bool");
pairs("le", (a, b) => a <= b, "bool", "bool");
pairs("gt", (a, b) => a > b, "bool", "bool");
pairs("ge", (a, b) => a >= b, "bool", "bool");
pairs("eq", (a, b) => a === b, "bool", "bool");
pairs("ne", (a, b) => a !== b, "bool", "bool");
pairs("fmod", (a, b) => a % b, "float", "float");
pairs("atan2", Math.atan2, "float", "float");
pairs("copysign", (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)), "float", "float");

for (const type of ["bool", "str", "Device", "int[]", "float[]", "bool[]", "str[]"]) {
  const overload = type.replace("[]", "_list").toLowerCase();
  primitive(`aten::eq.${overload}(${type} a, ${type} b) -> bool`, equal);
  primitive(`aten::ne.${overload}(${type} a, ${type} b) -> bool`, (a: unknown, b: unknown) => !equal(a, b));
}

primitive("prim::min.int(int a, int b) -> int", Math.min);
primitive("prim::min.float(float a, float b) -> float", Math.min);
primitive("prim::min.int_float(int a, float b) -> float", Math.min);
primitive("prim::min.float_int(float a, int b) -> float", Math.min);
primitive("prim::max.int(int a, int b) -> int", Math.max);
primitive("prim::max.float(float a, float b) -> float", Math.max);
primitive("prim::max.int_float(int a, float b) -> float", Math.max);
primitive("prim::max.float_int(float a, int b) -> float", Math.max);
primitive("prim::abs.int(int a) -> int", Math.abs);
primitive("prim::abs.float(float a) -> float", Math.abs);

primitive("aten::__and__.int(int a, int b) -> int", ((a, b) => Number(BigInt(a) & BigInt(b))) as Two);
primitive("aten::__or__.int(int a, int b) -> int", ((a, b) => Number(BigInt(a) | BigInt(b))) as Two);
primitive("aten::__xor__.int(int a, int b) -> int", ((a, b) => Number(BigInt(a) ^ BigInt(b))) as Two);
primitive("aten::__lshift__.int(int a, int b) -> int", ((a, b) => a * 2 ** b) as Two);
primitive("aten::__rshift__.int(int a, int b) -> int", ((a, b) => Math.floor(a / 2 ** b)) as Two);
primitive("aten::__and__.bool(bool a, bool b) -> bool", (a: boolean, b: boolean) => a && b);
primitive("aten::__or__.bool(bool a, bool b) -> bool", (a: boolean, b: boolean) => a || b);
primitive("aten::__xor__.bool(bool a, bool b) -> bool", (a: boolean, b: boolean) => a !== b);
primitive("aten::__not__(bool self) -> bool", (value: boolean) => !value);
primitive("aten::neg.int(int a) -> int", ((a) => 0 - a) as One);
primitive("aten::neg.float(float a) -> float", ((a) => -a) as One);
primitive("aten::neg.Scalar(Scalar a) -> Scalar", ((a) => -a) as One);
primitive("aten::bitwise_not.int(int a) -> int", ((a) => -a - 1) as One);

primitive("aten::floor.int(int a) -> int", Math.floor);
primitive("aten::floor.float(float a) -> int", Math.floor);
primitive("aten::ceil.int(int a) -> int", Math.ceil);
primitive("aten::ceil.float(float a) -> int", Math.ceil);
primitive("aten::round.int(int a) -> float", roundHalfEven);
primitive("aten::round.float(float a) -> float", roundHalfEven);

/** Rounds halves to the even neighbour, as Python does. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

for (const [name, run] of Object.entries<One>({
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
})) {
  primitive(`aten::${name}.int(int a) -> float`, run);
  primitive(`aten::${name}.float(float a) -> float`, run);
}
for (const [name, run] of Object.entries<One>({
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
})) {
  primitive(`aten::${name}.int(int a) -> float`, run);
  primitive(`aten::${name}.float(float a) -> float`, run);
}
for (const [name, run] of Object.entries<One>({
  isnan: Number.isNaN,
  isinf: (value) => Math.abs(value) === Infinity,
  isfinite: Number.isFinite,
})) {
  primitive(`aten::${name}.float(float a) -> bool`, run);
}

primitive("aten::gcd.int(int a, int b) -> int", ((a, b) => {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}) as Two);
primitive("aten::factorial.int(int a) -> int", ((a) => {
  if (a < 0) throw new RuntimeError("factorial() not defined for negative values");
  if (a > 18) throw new RuntimeError(`factorial(${a}) is not exact in a JavaScript number`);
  let product = 1;
  for (let i = 2; i <= a; i++) product *= i;
  return product;
}) as One);

primitive("aten::Int.bool(bool a) -> int", Number);
primitive("aten::Int.float(float a) -> int", Math.trunc);
primitive("aten::Int.int(int a) -> int", Number);
primitive("aten::Int.Scalar(Scalar a) -> int", Math.trunc);
primitive("aten::Float.bool(bool a) -> float", Number);
primitive("aten::Float.int(int a) -> float", Number);
primitive("aten::Float.float(float a) -> float", Number);
primitive("aten::Float.Scalar(Scalar a) -> float", Number);
primitive("aten::Bool.int(int a) -> bool", Boolean);
primitive("aten::Bool.float(float a) -> bool", Boolean);
primitive("aten::Bool.bool(bool a) -> bool", Boolean);

primitive(
  "aten::__range_length(int lo, int hi, int step) -> int",
  (low: number, high: number, step: number) => {
    if (step === 0) throw new RuntimeError("range() arg 3 must not be zero");
    return Math.max(0, Math.ceil((high - low) / step));
  },
);
primitive(
  "aten::__derive_index(int index, int start, int step) -> int",
  (index: number, start: number, step: number) => start + index * step,
);
primitive("aten::__is__(t1 self, t2 obj) -> bool", (a: unknown, b: unknown) => (a ?? null) === (b ?? null));
primitive(
  "aten::__isnot__(t1 self, t2 obj) -> bool",
  (a: unknown, b: unknown) => (a ?? null) !== (b ?? null),
);
