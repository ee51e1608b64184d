/** `%load`, `%run` and `%%writefile`: cells from files, files run as cells, and cells as files. */
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { declaredBy } from "../cell/declarations.ts";
import { parse } from "../cell/syntax-tree.ts";
import { type Magic, textOf, ts, usageError } from "./magic.ts";

export const load: Magic = {
  name: "load",
  forms: ["line"],
  usage: "%load FILE",
  summary: "puts a file's text into the cell below",
  help: "Reads a text file and puts it into a new cell below, ready to be edited and run.",
  completes: "file",
  rewrite(call) {
    const file = textOf(call, call.args);
    if (file === "") throw usageError(call, load, "expected a file", call.args.start);
    return ts`await __magic.load(${JSON.stringify(file)});`;
  },
  types: "load(file: string): Promise<void>;",
  run: {
    async load({ setNextInput }, file: string) {
      setNextInput(await readFile(file, "utf8"));
    },
  },
};

export const run: Magic = {
  name: "run",
  forms: ["line"],
  usage: "%run FILE",
  summary: "runs a TypeScript or JavaScript module and binds its exports",
  help: "Runs a module file afresh each time and declares its exports in the session under their names.",
  completes: "file",
  rewrite(call) {
    const file = textOf(call, call.args);
    if (file === "") throw usageError(call, run, "expected a file", call.args.start);
    const names = exportsOf(file);
    const bound = names.length === 0 ? "void" : `let { ${names.join(", ")} } =`;
    return ts`${bound} await __magic.run(${JSON.stringify(file)});`;
  },
  types: "run(file: string): Promise<any>;",
  run: {
    run(_host, file: string) {
      runs += 1;
      const url = pathToFileURL(resolve(file));
      url.searchParams.set("run", String(runs));
      return (globalThis as unknown as { __import: (url: string) => Promise<unknown> }).__import(url.href);
    },
  },
};

let runs = 0;

/** The names a file exports; none if it cannot be read: running it says why. */
function exportsOf(file: string): readonly string[] {
  try {
    const { body } = parse(readFileSync(file, "utf8"));
    return body
      .filter((statement) => statement.type === "ExportNamedDeclaration")
      .flatMap((statement) => [
        ...(statement.declaration ? declaredBy(statement).map(([name]) => name) : []),
        ...statement.specifiers.map((one: { exported: { name: string } }) => one.exported.name),
      ]);
  } catch {
    return [];
  }
}

export const writefile: Magic = {
  name: "writefile",
  forms: ["cell"],
  usage: "%%writefile FILE",
  summary: "writes the cell to a file",
  help: "Writes the lines below it to a file in the notebook's folder, in place of what the file held.",
  completes: "file",
  rewrite(call) {
    const file = textOf(call, call.args);
    if (file === "" || call.body === null)
      throw usageError(call, writefile, "expected a file", call.args.start);
    return ts`await __magic.writefile(${JSON.stringify(file)}, ${JSON.stringify(textOf(call, call.body))});`;
  },
  types: "writefile(file: string, text: string): Promise<void>;",
  run: {
    async writefile({ print }, file: string, text: string) {
      await writeFile(file, text.endsWith("\n") ? text : `${text}\n`);
      print(`wrote ${file}\n`);
    },
  },
};
