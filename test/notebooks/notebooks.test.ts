/**
 * Every notebook of the course runs from top to bottom through the real kernel and shows what is committed in it.
 * Cells tagged `varies` (timings, random ids) are run, but their text is not compared.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Cell,
  executeNotebook,
  joined,
  notebookFolder,
  readNotebook,
} from "../../scripts/execute-notebook.ts";

const names = readdirSync(notebookFolder)
  .filter((name) => name.endsWith(".ipynb"))
  .sort();

const folder = mkdtempSync(join(tmpdir(), "tracebook-notebooks-"));
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

  test("runs, and shows what is committed", { timeout: 180_000 }, async () => {
    const ran = await executeNotebook(join(notebookFolder, name), join(folder, name));
    const compared = (cells: readonly Cell[]) =>
      cells
        .filter((cell) => cell.cell_type === "code" && !varies(cell))
        .map((cell) => ({ source: joined(cell.source), shown: shown(cell) }));
    expect(compared(ran.cells), "where the new outputs are right, `npm run notebooks` keeps them").toEqual(
      compared(committed.cells),
    );
  });

  test("each solution of an exercise passes its check", () => {
    const solutions = committed.cells.filter((cell) => cell.metadata.tags?.includes("solution"));
    expect(solutions.length).toBeGreaterThan(0);
    for (const solution of solutions) expect(shown(solution).join("\n")).toContain("✓");
  });
});
