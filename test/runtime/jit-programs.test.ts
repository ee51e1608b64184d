/** Hundreds of small programs and layers give the graph and code that PyTorch traces of them (fixtures/traced-programs.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { jitTrace, type nn, type ScriptModule, type Tensor } from "../../runtime/index.ts";
import { comparable, comparableCode } from "../golden/twins/run-twin.ts";
import { evaluated } from "./program-text.ts";

interface Case {
  readonly group: string;
  /** Calls of the functions of program-text.ts, the same in both languages. */
  readonly inputs: string;
  /** An expression, or statements that end with `P = ` one. */
  readonly program: string;
  readonly graph: string;
  readonly code: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("fixtures/traced-programs.json", import.meta.url), "utf8"),
);

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
