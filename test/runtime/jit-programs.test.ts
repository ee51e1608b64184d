/** Hundreds of small programs and layers give the graph and code that PyTorch traces of them (fixtures/traced-programs.py). */
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  jitList,
  jitTrace,
  jitTuple,
  nn,
  type ScriptModule,
  type Tensor,
  torch,
} from "../../runtime/index.ts";
import { comparable, comparableCode } from "../golden/twins/run-twin.ts";

interface Case {
  readonly group: string;
  /** Calls of the functions below, the same in both languages. */
  readonly inputs: string;
  /** An expression, or statements that end with `P = ` one. */
  readonly program: string;
  readonly graph: string;
  readonly code: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("fixtures/traced-programs.json", import.meta.url), "utf8"),
);

const filled = (sizes: readonly number[], element: (k: number) => number): Tensor =>
  torch
    .tensor(Array.from({ length: sizes.reduce((n, size) => n * size, 1) }, (_, k) => element(k)))
    .view(sizes);
const f = (...sizes: number[]): Tensor => filled(sizes, (k) => ((k * 7) % 11) / 4 - 1);
const scope = {
  torch,
  nn,
  F: nn.functional,
  jitTrace,
  jitTuple,
  jitList,
  f,
  d: (...sizes: number[]) => f(...sizes).double(),
  i: (...sizes: number[]) => filled(sizes, (k) => k % 4).long(),
  b: (...sizes: number[]) => filled(sizes, (k) => k % 3).eq(0),
  g: (...sizes: number[]) => f(...sizes).requiresGrad_(),
};

/** Evaluates text as a cell is, so that the names of its variables are found. */
function evaluated<T>(text: string): T {
  const made = runInThisContext(`({ ${Object.keys(scope).join(", ")} }) => { let P; ${text}; return P; }`, {
    filename: "cell-1.ts",
  });
  return (made as (names: typeof scope) => T)(scope);
}

const withoutNumbers = (text: string): string => text.replaceAll(/___torch_mangle_\d+\./g, "");

describe.each([...new Set(cases.map(({ group }) => group))])("%s", (group) => {
  test.each(cases.filter((one) => one.group === group))("$program of $inputs", (one) => {
    const inputs = evaluated<Tensor[]>(
      `P = [${one.inputs.replaceAll(/\(([^()]*(?:\([^()]*\)[^()]*)*),\)/g, "jitTuple([$1])")}]`,
    );
    const program = evaluated<nn.Linear>(/\bP = /.test(one.program) ? one.program : `P = ${one.program}`);
    const traced = jitTrace(program, ...(inputs as [Tensor])) as unknown as ScriptModule;
    expect(comparable(withoutNumbers(String(traced.inlinedGraph)))).toBe(comparable(one.graph));
    expect(comparableCode(withoutNumbers(traced.code))).toBe(comparableCode(one.code));
  });
});
