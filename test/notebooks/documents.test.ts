/**
 * The examples in README.md and docs/ are true: the `ts` blocks of a document run as the cells of one notebook, and a block
 * without a language that follows one shows what that cell prints.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Cell, executeNotebook, joined } from "../../scripts/execute-notebook.ts";
import { projectFiles } from "../architecture/project-files.ts";

interface Example {
  readonly source: string;
  /** What the document says the cell prints, if it says so. */
  readonly printed: string | null;
}

function examplesOf(markdown: string): readonly Example[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
    language,
    text: text.trimEnd(),
  }));
  return blocks.flatMap(({ language, text }, i) => {
    const next = blocks[i + 1];
    return language === "ts" ? [{ source: text, printed: next?.language === "" ? next.text : null }] : [];
  });
}

/** Its printed lines and then its value as text. */
function printedBy(cell: Cell): string {
  const parts = (cell.outputs ?? []).map((output) =>
    joined(output.text ?? output.data?.["text/plain"]).trimEnd(),
  );
  return parts.join("\n");
}

// architecture.md shows fragments of the sources, which are not cells.
const documents = projectFiles(/^(README|docs\/(?!architecture)[\w-]+)\.md$/).filter(
  ({ text }) => examplesOf(text).length > 0,
);
const folder = mkdtempSync(join(tmpdir(), "tracebook-documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(documents)(
  "the examples of $path run and print what it says",
  { timeout: 120_000 },
  async ({ path, text }) => {
    const examples = examplesOf(text);
    const notebook = join(folder, path.replaceAll("/", "-").replace(/\.md$/, ".ipynb"));
    writeFileSync(notebook, JSON.stringify(notebookOf(examples)));

    const { cells } = await executeNotebook(notebook, notebook);

    const compared = examples.map(({ source, printed }, i) => ({
      source,
      printed: printed && printedBy(cells[i]),
    }));
    expect(compared).toEqual(examples);
  },
);

function notebookOf(examples: readonly Example[]): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { name: "tracebook", display_name: "TypeScript (Tracebook)", language: "typescript" },
    },
    cells: examples.map(({ source }, i) => ({
      cell_type: "code",
      id: `example-${i}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
  };
}
