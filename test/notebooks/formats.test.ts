/** The notebooks as files: valid for Jupyter, and with every figure where nothing can run, as nbconvert's HTML and GitHub show them. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { notebookFolder, readNotebook, venvProgram } from "../../scripts/execute-notebook.ts";

const paths = readdirSync(notebookFolder)
  .filter((name) => name.endsWith(".ipynb"))
  .map((name) => join(notebookFolder, name));

/** Validates notebooks, and counts the figures of their HTML: what nbconvert draws as a picture or as a table of ours. */
const program = `
import json, re, sys, nbformat
from nbconvert import HTMLExporter
figures = []
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    html, _ = HTMLExporter(embed_images=True).from_notebook_node(notebook)
    body = html[html.index("<body"):]
    figures.append(len(re.findall(r'class="jp-Rendered(?:SVG|Image|HTMLCommon jp-RenderedHTML) [^"]*jp-OutputArea-output', body)))
print(json.dumps(figures))
`;

test("every notebook is valid, and its HTML shows every figure", { timeout: 120_000 }, () => {
  const said = execFileSync(venvProgram("python"), ["-c", program, ...paths], { encoding: "utf8" });
  const figures = paths.map(
    (path) =>
      readNotebook(path).cells.flatMap(({ outputs = [] }) =>
        outputs.filter(({ data = {} }) => Object.keys(data).some((type) => type !== "text/plain")),
      ).length,
  );
  expect(JSON.parse(said)).toEqual(figures);
  expect(figures.reduce((sum, count) => sum + count)).toBeGreaterThan(10);
});
