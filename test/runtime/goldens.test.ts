/** Operators and random numbers give what PyTorch gave for every recorded call, but for the known differences. */
import { expect, test } from "vitest";
import { openPackedSet } from "../golden/files.ts";
import { knownDifferences } from "../golden/known-differences.ts";
import { runOps } from "../golden/ops.ts";
import type { CaseResult } from "../golden/result.ts";
import { runRng } from "../golden/rng.ts";

const known = new Set(knownDifferences.flatMap(({ cases }) => cases));

/** `add #3 aten.add.Tensor(…)` is known as `add #3`. */
const isKnown = ({ name }: CaseResult): boolean => known.has(name.split(" ").slice(0, 2).join(" "));

function failuresIn(results: readonly CaseResult[]): string {
  const failed = results.filter((result) => result.status !== "passed" && !isKnown(result));
  return failed.map(({ name, detail }) => `${name}\n  ${detail}`).join("\n\n");
}

test("operators give PyTorch's results, gradients, changes and errors", async () => {
  const results = await runOps(openPackedSet("ops"), {});
  expect(results.length).toBeGreaterThan(7000);
  expect(failuresIn(results)).toBe("");
}, 180_000);

test("operators take tensors that do not lie row by row in memory", async () => {
  const results = await runOps(openPackedSet("ops"), { strided: true });
  // Some are about the memory itself, or views of it; bags note less of rows that lie together; errors may differ, too.
  const free = results.filter(
    ({ name, message }) =>
      !/^(as_strided|view_as|_?embedding_bag|_pdist_forward|kron|take_along_dim) /.test(name) &&
      message === undefined,
  );
  expect(free.length).toBeGreaterThan(6500);
  expect(failuresIn(free)).toBe("");
}, 180_000);

test("random numbers, initial weights and training runs are PyTorch's", async () => {
  const results = await runRng(openPackedSet("rng"), {});
  expect(results.length).toBeGreaterThan(600);
  expect(failuresIn(results)).toBe("");
}, 120_000);
