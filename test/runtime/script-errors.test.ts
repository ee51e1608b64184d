/**
 * What `jitCompile` says of faulty programs, held to what PyTorch says of them (`fixtures/script-errors.py` recorded it): the first line is
 * the same but for those listed, which are refused, or taken, otherwise.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jitCompile } from "../../runtime/index.ts";

interface Faulty {
  readonly program: string;
  /** Null for what PyTorch takes. */
  readonly error: string | null;
}

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
const programs = JSON.parse(fixture("script-errors.json")) as readonly Faulty[];

/** The first line, without what PyTorch puts before the source's lines, and its note of what was not annotated. */
const mainLine = (message: string): string =>
  message.trim().split("\n")[0].replace(/:$/, "").replaceAll(" (inferred)", "");

function complaintOf(program: string): string {
  try {
    for (const compiled of Object.values(jitCompile(program))) void compiled.graph;
  } catch (error) {
    return mainLine((error as Error).message);
  }
  return "taken";
}

test("faulty programs are refused in PyTorch's words, but for those listed", () => {
  const found = programs.flatMap(({ program, error }) => {
    const [theirs, ours] = [error === null ? "taken" : mainLine(error), complaintOf(program)];
    return ours === theirs ? [] : [`${program.trim()}\n  PyTorch: ${theirs}\n  here: ${ours}`];
  });
  expect(found).toEqual(fixture("script-errors-known.txt").trimEnd().split("\n\n"));
  expect(programs.length - found.length).toBeGreaterThan(75);
});
