/**
 * Random calls of all operators: nothing breaks, and nothing is answered otherwise than by PyTorch without an error.
 * The recorded calls were made by `npm run fuzz -- FOLDER --calls 2400 --seed 7`; with TRACEBOOK_FUZZ=50000 as many new
 * ones are made, by a Python that has torch.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generateCalls } from "../differential/generate.ts";
import { ruleFor } from "../differential/rules.ts";
import { openGoldens, openPackedSet } from "../golden/files.ts";
import { knownCalls } from "../golden/known-differences.ts";
import { runOps } from "../golden/ops.ts";
import type { CaseResult } from "../golden/result.ts";

const known = new Set<string>(knownCalls);
const shortName = ({ name }: CaseResult): string => name.split(" ").slice(0, 2).join(" ");

const report = (results: readonly CaseResult[]): string =>
  results.map(({ name, detail }) => `${name}\n  ${detail}`).join("\n\n");

/** The failed calls that no rule explains, by how they differ. */
function unexplained(results: readonly CaseResult[]) {
  const failed = results.filter((result) => result.status === "failed" && ruleFor(result) === undefined);
  return {
    broken: failed.filter(({ divergence }) => divergence === "broken"),
    silent: failed.filter(({ divergence }) => divergence === "result" || divergence === "accepted"),
    loud: failed.filter(({ divergence }) => divergence === "refused" || divergence === "error"),
  };
}

test("random calls give PyTorch's results and errors", async () => {
  const results = await runOps(openPackedSet("calls"), {});
  const { broken, silent, loud } = unexplained(results);
  expect(results.length).toBeGreaterThan(2300);
  expect(report(broken)).toBe("");
  expect(report(silent.filter((result) => !known.has(shortName(result))))).toBe("");
  // An error of another class, or where torch computes: mostly another of several faults.
  expect(loud.length / results.length).toBeLessThan(0.05);
}, 60_000);

test.runIf(process.env["TRACEBOOK_FUZZ"])(
  "new random calls do, too",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracebook-calls-"));
    try {
      generateCalls(folder, { calls: Number(process.env["TRACEBOOK_FUZZ"]), seed: 1 });
      const results = await runOps(openGoldens(folder), {});
      const { broken, silent } = unexplained(results);
      expect(report(broken)).toBe("");
      expect(report(silent)).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  3_600_000,
);
