/**
 * What a golden runner reports: one result a case. scripts/golden.ts lists them for people, the tests compare them.
 */

import type { GoldenFiles } from "./files.ts";

/**
 * In which way an operator's call went another way than torch's: it gave another result, computed where torch refuses,
 * refused where torch computes, refused with an error of another class or meaning, or broke (an error of JavaScript's own).
 */
export type Divergence = "result" | "accepted" | "refused" | "error" | "broken";

export interface CaseResult {
  /** File and case, such as `print/cube-12 r`. */
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** What was expected and what came, or why the case was skipped. */
  readonly detail?: string;
  /** Ops only: how a failed case went. */
  readonly divergence?: Divergence;
  /** Where an error was expected: whether its text was torch's to the letter. */
  readonly message?: "same" | "other";
}

export interface RunOptions {
  /** Run only cases whose name contains this. */
  readonly only?: string;
  /** Skip, instead of fail, what asks for an operator that does not exist yet. */
  readonly existing?: boolean;
  /** Ops only: give the operators tensors that do not lie row by row in memory. */
  readonly strided?: boolean;
}

/** Runs the cases of one set of goldens. */
export type GoldenRunner = (files: GoldenFiles, options: RunOptions) => Promise<readonly CaseResult[]>;

/** The result of comparing two texts. */
export function compareText(name: string, actual: string, expected: string): CaseResult {
  if (actual === expected) return { name, status: "passed" };
  return { name, status: "failed", detail: `expected:\n${expected}\ngot:\n${actual}` };
}

/** The result of a check that throws when the case fails. */
export function check(name: string, body: () => void): CaseResult {
  try {
    body();
    return { name, status: "passed" };
  } catch (error) {
    return {
      name,
      status: "failed",
      detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    };
  }
}

/** How many expected errors came with torch's very text; null if none was expected. */
export function messageLine(results: readonly CaseResult[]): string | null {
  const raising = results.filter((result) => result.message !== undefined);
  const same = raising.filter((result) => result.message === "same");
  return raising.length === 0
    ? null
    : `${same.length} of ${raising.length} expected errors have torch's very text`;
}

/** The last line of a run: `5 passed, 0 failed`. */
export function summaryLine(results: readonly CaseResult[]): string {
  const count = (status: CaseResult["status"]) => results.filter((result) => result.status === status).length;
  const skipped = count("skipped");
  return `${count("passed")} passed, ${count("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
