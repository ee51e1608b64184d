/** Which functions of numbers have a formula as well, so that a chain of them can become one loop of vectors. */
import type { Formula } from "./formula.ts";

/** The formula of a function's result from those of its arguments. */
export type FormulaOf = (...values: readonly Formula[]) => Formula;

const formulas = new WeakMap<object, FormulaOf>();

/** The function itself, whose steps in double precision the formula repeats. */
export function withFormula<F extends (...numbers: never[]) => number>(f: F, formula: FormulaOf): F {
  formulas.set(f, formula);
  return f;
}

/** The formula of a function; undefined for one that has none. */
export const formulaOf = (f: object): FormulaOf | undefined => formulas.get(f);
