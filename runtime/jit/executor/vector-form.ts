/** The operators of a fused loop as passes of a loop of vectors, where each of them has a formula. Which loop serves is fused-loop.ts's. */
import { constant, element, type Formula, type Instruction } from "../../kernels/formula.ts";
import { type FormulaOf, formulaOf } from "../../kernels/scalar-formulas.ts";
import { type Pass, type Precision, VectorLoop } from "../../kernels/vector-loop.ts";

/** An operator on float32: its function of numbers, and what it is given. */
export interface LoopOperator {
  readonly f: (...numbers: number[]) => number;
  readonly values: readonly LoopValue[];
}

/** What an operator is given: an element of an input, the result of an operator before it, or a number. */
export type LoopValue =
  | { readonly kind: "input" | "operator"; readonly index: number }
  | { readonly kind: "number"; readonly value: number };

/** So many operators make up one pass at most: with more, the processor would not overlap the work on one vector and the next. */
const mostInPass = 6;
/** Each pass has an array of its own for its result. */
const mostPasses = 64;

/** A result: an array's element, or the formula that the one operator which uses it takes in. */
interface Result {
  readonly formula: Formula;
  /** The operators in it that are no array's yet. */
  readonly operators: number;
}

/**
 * The loop from so many inputs to the result of the last operator; null if an operator has no formula, or there are too many. What one
 * instruction computes is exact enough in float32; other formulas are computed in float64 and rounded, in a pass of their own, as the
 * loop of JavaScript does.
 */
export function vectorLoopOf(inputs: number, operators: readonly LoopOperator[]): VectorLoop | null {
  const precisions = operators.map(precisionOf);
  const users = usersOf(operators);
  const results: Result[] = [];
  const passes: Pass[] = [];
  for (const [i, { f, values }] of operators.entries()) {
    const precision = precisions[i];
    if (precision === null || passes.length === mostPasses) return null;
    const given = values.map((value) => (value.kind === "operator" ? results[value.index] : leafOf(value)));
    const formula = (formulaOf(f) as FormulaOf)(...given.map((result) => result.formula));
    const count = given.reduce((sum, result) => sum + result.operators, 1);
    const [user, ...others] = users[i];
    const isTakenIn =
      user !== undefined && others.length === 0 && precision === "single" && precisions[user] === "single";
    if (isTakenIn && count < mostInPass) results.push({ formula, operators: count });
    else {
      const isLast = i === operators.length - 1;
      const array = isLast ? inputs : inputs + 1 + passes.length;
      passes.push({ assignments: [{ array, value: formula }], precision });
      results.push({ formula: element(array), operators: 0 });
    }
  }
  const read = Array.from({ length: inputs }, (_, i) => i);
  return new VectorLoop(inputs + 1 + passes.length, 0, passes, { read, written: [inputs] });
}

const leafOf = (value: LoopValue): Result => ({
  formula: value.kind === "number" ? constant(value.value) : element(value.index),
  operators: 0,
});

/** The operators that use each one's result, as often as they do. */
function usersOf(operators: readonly LoopOperator[]): readonly (readonly number[])[] {
  const users = operators.map((): number[] => []);
  for (const [user, { values }] of operators.entries())
    for (const value of values) if (value.kind === "operator") users[value.index].push(user);
  return users;
}

/** What an operator computes in; null for one without a formula. */
function precisionOf({ f, values }: LoopOperator): Precision | null {
  const formula = formulaOf(f)?.(...values.map((value) => leafOf(value).formula));
  if (formula === undefined) return null;
  return isOneInstruction(formula) ? "single" : "double";
}

/** Of its operands one may be a comparison, which rounds nothing. */
const isOneInstruction = (formula: Formula): boolean =>
  formula.kind === "call" &&
  formula.inputs.every(
    (input) => input.kind !== "call" || (comparisons.has(input.name) && isOneInstruction(input)),
  );

const comparisons: ReadonlySet<Instruction> = new Set(["isLess", "isAtMost"]);
