/** Which documents hold the cells of a long session: few, and no name changes its meaning by sharing one. */
import { beforeEach, expect, test } from "vitest";
import { CellModules } from "../../kernel/types/cell-modules.ts";

let modules: CellModules;
let documents: Map<string, string>;
let count = 0;

beforeEach(() => {
  modules = new CellModules(new Map([["torch", "tracebook"]]));
  documents = new Map();
  count = 0;
});

/** Runs a cell, and gives its name. */
function run(source: string, ranToEnd = true): string {
  count += 1;
  const cell = `cell-${count}.ts`;
  const module = modules.module(source);
  documents.set(cell, modules.textOf(module));
  for (const { document, text } of modules.keep(cell, module, ranToEnd)) {
    if (text === null) documents.delete(document);
    else documents.set(document, text);
  }
  return cell;
}

/** The document from which a cell that mentions `name` gets it. */
function home(name: string): string {
  return /"\.\/(.*)"/.exec(modules.textOf(modules.module(name)))?.[1] ?? "";
}

test("cells that declare nothing, and cells all of whose names are declared again, have no document", () => {
  for (let i = 0; i < 1000; i += 1) run("1 + 1");
  expect(documents.size).toBe(0);
  for (let i = 0; i < 1000; i += 1) run("const again = torch.ones([2])");
  expect(documents.size).toBe(1);
});

test("a cell stays while another refers to it", () => {
  const first = run("const base = 1");
  run("const more = base + 1");
  run("const base = 'text'");
  expect(documents.has(first)).toBe(true);
  run("const more = 'text'");
  expect(documents.has(first)).toBe(false);
});

test("a thousand cells share few documents, in which each finds what it refers to", () => {
  for (let i = 0; i < 1000; i += 1) {
    run(
      `const value${i} = ${i};\nfunction compute${i}() { return value${i}${i > 0 ? ` + compute${i - 1}()` : ""} }`,
    );
  }
  expect(documents.size).toBeLessThan(50);
  for (const [name, text] of documents) {
    for (const [, imported, from] of text.matchAll(/import \{ (.*?) \} from "\.\/(.*?)"/g)) {
      for (const one of imported.split(", ")) {
        expect(documents.get(from), `${one}, imported by ${name}`).toMatch(
          new RegExp(`export \\{.* ${one}[ ,]`),
        );
      }
    }
  }
  const document = home("compute0");
  const line = (documents.get(document) ?? "")
    .split("\n")
    .findIndex((text) => text.includes("function compute0("));
  expect(modules.cellAt(document, line)).toEqual({ cell: "cell-1.ts", line: 1 });
});

test("cells share no document where a name would change its meaning", () => {
  run("const label: string | null = null");
  run("const readsLabel = label");
  run("const item = 1");
  run("const usesItem = item");
  run("const item = 'text'");
  run("const usesNewItem = item");
  run("throw new Error()\nconst behindError = 1", false);
  run("export const exported = 1");
  for (let i = 0; i < 60; i += 1) run(`const filler${i} = ${i}`);
  expect(home("label")).not.toBe(home("readsLabel"));
  expect(home("usesItem")).not.toBe(home("usesNewItem"));
  expect(home("behindError")).toBe("cell-7.ts");
  expect(home("exported")).toBe("cell-8.ts");
  expect(home("filler0")).toBe(home("filler1"));
});
