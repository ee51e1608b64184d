/** `npm run docs`: writes docs/ops.md and docs/api/ from the operator table and the public declarations; a test says they are current. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { documents } from "./docs/documents.ts";

const root = resolve(import.meta.dirname, "..");

for (const { path, text } of documents()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(path);
}
