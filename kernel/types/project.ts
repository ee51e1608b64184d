/**
 * The documents around the cells: a tsconfig for the notebook's folder, which builds on the one that lies there, and the
 * declarations of the kernel's globals. They exist in the language server's memory only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import { magics } from "../magics/table.ts";
import { globalsDocument } from "./cellModules.ts";
import { globals } from "./globals.ts";

/** Defaults for notebooks: strict, but a quick sketch need not annotate everything. A tsconfig.json beside the notebook has its say. */
const defaults = {
  target: "esnext",
  lib: ["esnext"],
  strict: true,
  noImplicitAny: false,
  noImplicitThis: false,
  useUnknownInCatchVariables: false,
  skipLibCheck: true,
  resolveJsonModule: true,
};

/** What cells need, whatever the project says. */
const required = {
  module: "preserve",
  moduleResolution: "bundler",
  moduleDetection: "force",
  noEmit: true,
  composite: false,
  incremental: false,
  declaration: false,
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: false,
  isolatedModules: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  erasableSyntaxOnly: false,
  allowUnusedLabels: true,
};

export interface Document {
  readonly name: string;
  readonly text: string;
  readonly language: string;
}

/** The documents of a notebook's folder; `install` is the kernel's dist folder. */
export function projectDocuments(folder: string, install: string): readonly Document[] {
  const own = ownConfig(folder);
  const nodeTypes = dirname(
    dirname(createRequire(join(install, "kernel.js")).resolve("@types/node/package.json")),
  );
  const config = {
    ...(own === null ? {} : { extends: "./tracebook-base.tsconfig.json" }),
    compilerOptions: {
      ...(own === null ? defaults : {}),
      ...required,
      types: ["node"],
      paths: { tracebook: [runtimeTypes(install)] },
      typeRoots: [join(folder, "node_modules", "@types"), nodeTypes],
    },
    include: ["cell-*.ts", globalsDocument],
    exclude: [],
    files: [globalsDocument],
    references: [],
  };
  return [
    ...(own === null ? [] : [{ name: "tracebook-base.tsconfig.json", text: own, language: "json" }]),
    { name: "tsconfig.json", text: JSON.stringify(config), language: "json" },
    { name: globalsDocument, text: globals(magics), language: "typescript" },
  ];
}

/** The names the runtime exports, values and types: cells have them without an import. */
export function runtimeNames(install: string): ReadonlySet<string> {
  const names = new Set<string>();
  const read = (path: string): void => {
    for (const { entries } of parseSync(path, readFileSync(path, "utf8")).module.staticExports) {
      for (const { exportName, moduleRequest } of entries) {
        if (exportName.kind === "Name" && exportName.name) names.add(exportName.name);
        // `export * from`: the names are in that file.
        else if (moduleRequest) read(join(dirname(path), moduleRequest.value.replace(/\.ts$/, ".d.ts")));
      }
    }
  };
  try {
    read(runtimeTypes(install));
  } catch {
    // Without the built declarations cells are checked as if the runtime had no types.
  }
  return names;
}

function runtimeTypes(install: string): string {
  return join(install, "types", "runtime", "index.d.ts");
}

function ownConfig(folder: string): string | null {
  return readdirSync(folder).includes("tsconfig.json")
    ? readFileSync(join(folder, "tsconfig.json"), "utf8")
    : null;
}
