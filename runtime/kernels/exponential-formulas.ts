/** The exponentials of exponential.ts as formulas for vector loops: the same steps in double precision, so that results are the same. */
import {
  expOf,
  firstAndLast,
  lastOfTanh,
  log2AndLn2,
  roundingShift,
  sigmoidOf,
  siluOf,
  tanhOf,
} from "./exponential.ts";
import { add, constant, div, type Formula, mul, pmax, pmin, powerOfTwo, sub } from "./formula.ts";
import { withFormula } from "./scalar-formulas.ts";

const one = constant(1);

/** `exp(x)` as `2^k exp(r)`: `k` and the powers of `r` that polynomials are made of. */
function reduced(x: Formula) {
  const [log2e, ln2] = log2AndLn2;
  const shift = constant(roundingShift);
  const k = sub(add(mul(x, constant(log2e)), shift), shift);
  const r = sub(x, mul(k, constant(ln2)));
  const r2 = mul(r, r);
  const timesR = (factor: number): Formula => mul(r, constant(factor));
  return { k, r, r2, r4: mul(r2, r2), timesR };
}

/** `exp(x)`; what is beyond the ends gives 0 or infinity once it is rounded to float32. */
export function expFormula(x: Formula): Formula {
  const [least, most] = firstAndLast;
  // At the end the power of two is infinite already.
  const { k, r, r2, r4, timesR } = reduced(pmin(pmax(x, constant(least)), constant(most + 1)));
  const low = add(add(one, r), mul(r2, add(constant(0.5), timesR(1 / 6))));
  const middle = add(
    add(constant(1 / 24), timesR(1 / 120)),
    mul(r2, add(constant(1 / 720), timesR(1 / 5040))),
  );
  const high = add(constant(1 / 40320), timesR(1 / 362880));
  return mul(add(low, mul(r4, add(middle, mul(r4, high)))), powerOfTwo(k));
}

/** `tanh(x)`; at the ends what is left to 1 is rounded away. */
export function tanhFormula(x: Formula): Formula {
  const within = pmin(pmax(x, constant(-lastOfTanh)), constant(lastOfTanh));
  const { k, r, r2, r4, timesR } = reduced(mul(constant(2), within));
  const low = add(add(one, timesR(0.5)), mul(r2, add(constant(1 / 6), timesR(1 / 24))));
  const middle = add(
    add(constant(1 / 120), timesR(1 / 720)),
    mul(r2, add(constant(1 / 5040), timesR(1 / 40320))),
  );
  const rest = mul(r, add(low, mul(r4, add(middle, mul(r4, constant(1 / 362880))))));
  const power = powerOfTwo(k);
  const y = sub(mul(power, rest), sub(one, power));
  return div(y, add(y, constant(2)));
}

const onePlusExpOfMinus = (x: Formula): Formula => add(one, expFormula(sub(constant(0), x)));

/** `1 / (1 + exp(-x))` */
export const sigmoidFormula = (x: Formula): Formula => div(one, onePlusExpOfMinus(x));

/** `x / (1 + exp(-x))` */
export const siluFormula = (x: Formula): Formula => div(x, onePlusExpOfMinus(x));

withFormula(expOf, expFormula);
withFormula(tanhOf, tanhFormula);
withFormula(sigmoidOf, sigmoidFormula);
withFormula(siluOf, siluFormula);
