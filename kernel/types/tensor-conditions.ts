/**
 * Conditions that are tensors, and so always true: `if (t)`, which no trace can see. They are found by types: a copy of the cell, in
 * which each condition is the argument of a function that takes no tensor, is checked, and its errors are the answer. A value that
 * may be undefined as well is a question a program may ask.
 */
import { positionOf } from "../cell/cell-error.ts";
import { askedValues } from "../cell/conditions.ts";
import { editsOf } from "../cell/edits.ts";
import type { CellTypeScript } from "../cell/rewrite.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";
import type { TensorCondition } from "../channel.ts";

/** The copy of a cell to be checked, and what each line and column of an error stands for. */
export interface ConditionProbe {
  readonly text: string;
  readonly conditions: ReadonlyMap<string, TensorCondition>;
}

const ask = "$$condition";
/** Takes one argument, and never the second that it wants where the first is a tensor and nothing else. */
const declaration = `;declare function ${ask}<T>(value: T, ...tensor: 0 extends 1 & T ? [] : [T] extends [never] ? [] : [T] extends [import("tracebook").Tensor] ? [never] : []): T;`;
/** "Expected 2 arguments, but got 1." */
export const tensorGiven = 2554;

/** The probe of a cell's TypeScript; null if it asks for the truth of nothing that might be a tensor. */
export function conditionProbe({ text, original }: CellTypeScript): ConditionProbe | null {
  const asked = askedValues(parse(text).body);
  if (asked.length === 0) return null;
  /** Where it was typed. */
  const typed = (offset: number): Position => {
    const at = positionOf(text, offset);
    return original?.(at.line, at.column) ?? at;
  };
  const edits = editsOf(text);
  for (const { value } of asked) {
    edits.replace(value.start, value.start, `${ask}(`);
    edits.replace(value.end, value.end, ")");
  }
  const probe = edits.apply();
  const starts = [...probe.matchAll(/\$\$condition\(/g)].map(({ index }) => index);
  const conditions = asked.map(
    ({ value, within }, i) => [place(probe, starts[i]), condition(text, value, within, typed)] as const,
  );
  return { text: `${probe}\n${declaration}`, conditions: new Map(conditions) };
}

/** How an error's one-based place is written in {@link ConditionProbe.conditions}. */
export const placeKey = (line: number, column: number): string => `${line}:${column}`;

function place(text: string, offset: number): string {
  const { line, column } = positionOf(text, offset);
  return placeKey(line, column);
}

type Position = TensorCondition["from"];

function condition(
  text: string,
  value: Node,
  within: Node,
  typed: (offset: number) => Position,
): TensorCondition {
  const { line, column } = typed(value.start);
  const shown = text.slice(value.start, value.end);
  return { line, column, text: shown, from: typed(within.start), to: typed(within.end) };
}
