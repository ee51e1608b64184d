/**
 * Operators on numbers and booleans. Numbers of both kinds are JavaScript's; the types of the graph say which is meant.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, which follows Python's arithmetic.
 */
import { RuntimeError } from "../../../errors.ts";
import { primitive } from "./row.ts";

type Two = (a: number, b: number) => unknown;
type One = (a: number) => unknown;

/** Rows for all pairs of int, float and Scalar. `both` is the result of two ints, which `ofInts` computes, `mixed` of others. */
function pairs(name: string, run: Two, both: string, mixed: string, ofInts: Two = run): void {
  primitive(`aten::${name}.int(int a, int b) -> ${both}`, ofInts);
  primitive(`aten::${name}.float(float a, float b) -> ${mixed}`, run);
  primitive(`aten::${name}.int_float(int a, float b) -> ${mixed}`, run);
  primitive(`aten::${name}.float_int(float a, int b) -> ${mixed}`, run);
  primitive(`aten::${name}(Scalar a, Scalar b) -> ${both === mixed ? both : "Scalar"}`, run);
}

/** Only whole numbers have no quotient by zero. */
const whole =
  (run: Two, message = "ZeroDivisionError: integer division or modulo by zero"): Two =>
  (a, b) => {
    if (b === 0) throw new RuntimeError(message);
    return run(a, b);
  };

const floorDivide = (a: number, b: number): number => Math.floor(a / b);
const remainder = (a: number, b: number): number => a - b * Math.floor(a / b);
const equal = (a: unknown, b: unknown): boolean =>
  Array.isArray(a)
    ? a.length === (b as unknown[]).length && a.every((part, i) => equal(part, (b as unknown[])[i]))
    : a === b;

pairs("add", (a, b) => a + b, "int", "float");
pairs("sub", (a, b) => a - b, "int", "float");
pairs("mul", (a, b) => a * b, "int", "float");
pairs("div", (a, b) => a / b, "float", "float");
pairs("floordiv", floorDivide, "int", "float", whole(floorDivide, "division by 0"));
pairs("remainder", remainder, "int", "float", whole(remainder));
pairs("pow", (a, b) => a ** b, "float", "float");
primitive("aten::pow.int_to_int(int a, int b) -> int", ((a, b) => a ** b) as Two);

for (const [type, run] of [
  ["int", whole((a, b) => [floorDivide(a, b), remainder(a, b)])],
  ["float", (a, b) => [floorDivide(a, b), remainder(a, b)]],
] as readonly [string, Two][])
  primitive(`aten::divmod.${type}(${type} x, ${type} y) -> (${type}, ${type})`, run);
for (const [x, y] of [
  ["int", "float"],
  ["float", "int"],
])
  primitive(`aten::divmod.${x}_${y}(${x} x, ${y} y) -> (float, float)`, ((a, b) => [
    floorDivide(a, b),
    remainder(a, b),
  ]) as Two);

pairs("lt", (a, b) => a < b, "bool", "bool");
pairs("le", (a, b) => a <= b, "bool", "bool");
pairs("gt", (a, b) => a > b, "bool", "bool");
pairs("ge", (a, b) => a >= b, "bool", "bool");
pairs("eq", (a, b) => a === b, "bool", "bool");
pairs("ne", (a, b) => a !== b, "bool", "bool");

primitive("aten::eq.enum(AnyEnumType a, AnyEnumType b) -> bool", equal);
primitive("aten::ne.enum(AnyEnumType a, AnyEnumType b) -> bool", (a: unknown, b: unknown) => a !== b);
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
primitive("prim::abs.Scalar(Scalar a) -> Scalar", Math.abs);
primitive("prim::min(Scalar a, Scalar b) -> Scalar", Math.min);
primitive("prim::max(Scalar a, Scalar b) -> Scalar", Math.max);

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

primitive(
  "aten::__round_to_zero_floordiv.int(int a, int b) -> int",
  whole((a, b) => Math.trunc(a / b)),
);

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
