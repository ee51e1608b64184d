/** `npm run notebooks [FILE…]`: runs the course's notebooks (or these) and keeps their new outputs in the files. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { executeNotebook, notebookFolder } from "./execute-notebook.ts";

const chosen = process.argv.slice(2);
const all = readdirSync(notebookFolder).filter((name) => name.endsWith(".ipynb"));

for (const path of chosen.length > 0 ? chosen : all.sort().map((name) => join(notebookFolder, name))) {
  const start = performance.now();
  await executeNotebook(path, path);
  console.log(`${path}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
