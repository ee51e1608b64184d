/**
 * Every notebook of the course runs from top to bottom through the real kernel and shows what is committed in it.
 * Cells tagged `varies` (timings, random ids) are run, but their text is not compared.
 */
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Cell,
  executeNotebook,
  joined,
  type Notebook,
  notebookFolder,
  readNotebook,
} from "../../scripts/execute-notebook.ts";
import { type Attempt, attempts } from "./attempts.ts";

const names = readdirSync(notebookFolder)
  .filter((name) => name.endsWith(".ipynb"))
  .sort();

const folder = mkdtempSync(join(tmpdir(), "tracebook-notebooks-"));
// What the notebooks read from their own folder, and the packages they import from the project's.
symlinkSync(join(notebookFolder, "data"), join(folder, "data"), "junction");
symlinkSync(join(notebookFolder, "../node_modules"), join(folder, "node_modules"), "junction");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a reader sees of a cell: printed text, results as text, or of a picture its kinds (what it shows is the renderers' test). */
function shown(cell: Cell): readonly string[] {
  return (cell.outputs ?? []).map((output) => {
    if (output.output_type === "stream") return joined(output.text);
    if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
    const { "text/plain": text, ...pictures } = output.data ?? {};
    const kinds = Object.keys(pictures).sort();
    return kinds.length > 0 ? kinds.join(" and ") : joined(text);
  });
}

/** The notebook with its exercise done once more for each attempt; an error ends only its cell. */
function withAttempts(notebook: Notebook, tried: readonly Attempt[]): Notebook {
  const exercise = notebook.cells
    .map((cell) => joined(cell.source))
    .find((text) => text.includes(yourAnswer));
  const check = exercise?.split(yourAnswer)[1] ?? "";
  const cells = tried.map(({ answer }, i) => ({
    ...{ cell_type: "code" as const, id: `attempt-${i}`, metadata: { tags: ["raises-exception"] } },
    ...{ source: `${answer}${check}`, outputs: [], execution_count: null },
  }));
  return { ...notebook, cells: [...notebook.cells, ...cells] };
}
const yourAnswer = " // your answer";

const varies = (cell: Cell): boolean => cell.metadata.tags?.includes("varies") ?? false;

describe.each(names)("%s", (name) => {
  const committed = readNotebook(join(notebookFolder, name));

  test("says what it is for and in which kernel it runs", () => {
    const { metadata } = committed as unknown as { metadata: { kernelspec: unknown } };
    expect(metadata.kernelspec).toEqual({
      name: "tracebook",
      display_name: "TypeScript (Tracebook)",
      language: "typescript",
    });
    expect(joined(committed.cells[0].source)).toMatch(/^# .+\n[\s\S]*\?/);
  });

  test("runs, shows what is committed, and tells learners how their answers are", {
    timeout: 180_000,
  }, async () => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(withAttempts(committed, attempts[name])));
    const ran = await executeNotebook(path, path);
    const compared = (cells: readonly Cell[]) =>
      cells
        .filter((cell) => cell.cell_type === "code" && !varies(cell))
        .map((cell) => ({ source: joined(cell.source), shown: shown(cell) }));
    expect(
      compared(ran.cells.slice(0, committed.cells.length)),
      "where the new outputs are right, `npm run notebooks` keeps them",
    ).toEqual(compared(committed.cells));
    const read = ran.cells.slice(committed.cells.length).map((cell) => shown(cell).at(-1)?.split("\n")[0]);
    expect(attempts[name].map(({ answer }, i) => ({ answer, read: read[i] }))).toEqual(attempts[name]);
  });

  test("each solution of an exercise passes its check", () => {
    const solutions = committed.cells.filter((cell) => cell.metadata.tags?.includes("solution"));
    expect(solutions.length).toBeGreaterThan(0);
    for (const solution of solutions) expect(shown(solution).join("\n")).toContain("✓");
  });
});
