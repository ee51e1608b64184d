/**
 * The functions of Python's `math` module, which scripted code calls on numbers.
 * Source of behaviour: torch/csrc/jit/runtime/register_prim_ops.cpp, register_special_ops.cpp.
 */
import { RuntimeError } from "../../../errors.ts";
import { erfOf, roundHalfEven } from "../../../kernels/special.ts";
import { erfcOf, logGamma } from "../../../kernels/special-functions.ts";
import { primitive } from "./row.ts";

type One = (a: number) => unknown;
type Two = (a: number, b: number) => unknown;

/** A function of one number of any kind. */
function unary(name: string, run: One): void {
  primitive(`aten::${name}.int(int a) -> float`, run);
  primitive(`aten::${name}.float(float a) -> float`, run);
  primitive(`aten::${name}.Scalar(Scalar a) -> Scalar`, run);
}

/** A function of two numbers of any kinds. */
function binary(name: string, run: Two): void {
  primitive(`aten::${name}.int(int a, int b) -> float`, run);
  primitive(`aten::${name}.float(float a, float b) -> float`, run);
  primitive(`aten::${name}.int_float(int a, float b) -> float`, run);
  primitive(`aten::${name}.float_int(float a, int b) -> float`, run);
  primitive(`aten::${name}.Scalar_Scalar(Scalar a, Scalar b) -> float`, run);
}

for (const name of "acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 sin sinh sqrt tan tanh".split(
  " ",
) as readonly (keyof Math)[])
  unary(String(name), Math[name] as One);

unary("fabs", Math.abs);
unary("erf", erfOf);
unary("erfc", erfcOf);
unary("lgamma", logGamma);
unary("gamma", gammaOf);
unary("degrees", (a) => (a * 180) / Math.PI);
unary("radians", (a) => (a * Math.PI) / 180);

/** The gamma function: a product where the argument is a small whole number, else by its logarithm. */
function gammaOf(x: number): number {
  if (Number.isInteger(x) && x > 0 && x < 20) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gammaOf(1 - x));
  return Math.exp(logGamma(x));
}

binary("fmod", (a, b) => a % b);
binary("atan2", Math.atan2);
binary("copysign", (a, b) => (b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a)));
binary("mathremainder", (a, b) => a - b * roundHalfEven(a / b));
binary("log", (a, b) => Math.log(a) / Math.log(b));

for (const [name, run] of Object.entries<One>({
  isnan: Number.isNaN,
  isinf: (value) => Math.abs(value) === Infinity,
  isfinite: Number.isFinite,
}))
  primitive(`aten::${name}.float(float a) -> bool`, run);

for (const [name, run] of Object.entries<One>({ floor: Math.floor, ceil: Math.ceil })) {
  primitive(`aten::${name}.int(int a) -> int`, run);
  primitive(`aten::${name}.float(float a) -> int`, run);
  primitive(`aten::${name}.Scalar(Scalar a) -> Scalar`, run);
}
primitive("aten::round.int(int a) -> float", roundHalfEven);
primitive("aten::round.float(float a) -> float", roundHalfEven);
primitive("aten::round.Scalar(Scalar a) -> Scalar", roundHalfEven);

primitive("aten::ldexp(float x, int i) -> float", ((x, i) => x * 2 ** i) as Two);
primitive("aten::modf(float a) -> (float, float)", ((a) => [
  Number.isFinite(a) ? a - Math.trunc(a) : 0,
  Math.trunc(a),
]) as One);
primitive("aten::frexp(float a) -> (float, int)", ((a) => {
  if (a === 0 || !Number.isFinite(a)) return [a, 0];
  let exponent = Math.max(-1073, Math.floor(Math.log2(Math.abs(a))) + 1);
  while (Math.abs(a) * 2 ** -exponent < 0.5) exponent--;
  while (Math.abs(a) * 2 ** -exponent >= 1) exponent++;
  return [a * 2 ** -exponent, exponent];
}) as One);

primitive("aten::gcd.int(int a, int b) -> int", ((a, b) => {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}) as Two);
primitive("aten::factorial.int(int a) -> int", ((a) => {
  if (a < 0) throw new RuntimeError("factorial() not defined for negative values");
  if (a > 18) throw new RuntimeError(`factorial(${a}) is not exact in a JavaScript number`);
  return gammaOf(a + 1);
}) as One);
