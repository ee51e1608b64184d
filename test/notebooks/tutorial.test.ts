/**
 * The tutorial: its pages run and print what they say, and each loss of each step is PyTorch's, run beside it where it is
 * installed, else as recorded by tutorial_losses.py.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { notebookFolder } from "../../scripts/execute-notebook.ts";
import { projectFiles } from "../architecture/project-files.ts";
import { KernelClient, tracebookArgv } from "../kernel/client.ts";
import { findPython } from "../python.ts";
import { examplesOf, runExamples } from "./examples.ts";

const pages = projectFiles(/^docs\/tutorial\/[a-z-]+\.md$/).map(({ path, text }) => ({
  path,
  text,
  script: path.replaceAll("-", "_").replace(/^.*\/(.*)\.md$/, "$1.py"),
}));
const recorded: Runs = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/tutorial-losses.json"), "utf8"),
);

/** What each script of the tutorial prints, and its loss at every step. */
type Runs = Readonly<Record<string, { readonly printed: string; readonly losses: readonly number[] }>>;

/** Of a page from the record and of PyTorch from the record, so that they are within 1e-4 of one another. */
const tolerance = 5e-5;

test("each page has its script for PyTorch and shows what that prints", () => {
  const scripts = projectFiles(/^docs\/tutorial\/.*\.py$/).map(({ path }) => path.replace(/^.*\//, ""));
  expect(scripts).toEqual(pages.map(({ script }) => script).sort());
  expect(Object.keys(recorded).sort()).toEqual(scripts);
  for (const { text, script } of pages)
    expect(text.split("\n")).toEqual(expect.arrayContaining(recorded[script].printed.trimEnd().split("\n")));
});

test.each(pages)(
  "$path runs, prints what it says and has PyTorch's loss at every step",
  { timeout: 180_000 },
  async ({ text, script }) => {
    const kernel = await KernelClient.start({ argv: tracebookArgv, cwd: notebookFolder });
    try {
      const examples = examplesOf(text);
      expect(await runExamples(kernel, examples)).toEqual(examples);
      const losses: readonly number[] = JSON.parse(
        (await kernel.execute("console.log(JSON.stringify(losses))")).stdout,
      );
      expect(farthest(losses, recorded[script].losses)).toBeLessThan(tolerance);
    } finally {
      await kernel.stop();
    }
  },
);

test("PyTorch still prints and loses what is on record", { timeout: 180_000 }, ({ skip }) => {
  const python = findPython("torch");
  if (python === null) return skip();
  const answer = execFileSync(python, [join(import.meta.dirname, "tutorial_losses.py")], {
    // With more threads sums are added up in another order, and small networks wait for them.
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  const now: Runs = JSON.parse(answer.toString());
  for (const [script, { printed, losses }] of Object.entries(recorded)) {
    expect(now[script].printed).toBe(printed);
    expect(farthest(losses, now[script].losses)).toBeLessThan(tolerance);
  }
});

/** The largest difference of two lists; infinite if one is longer. */
function farthest(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length
    ? Math.max(...a.map((value, i) => Math.abs(value - b[i])))
    : Number.POSITIVE_INFINITY;
}
