/**
 * The documents around the cells: a tsconfig for the notebook's folder, which builds on the one that lies there, and the
 * declarations of the kernel's globals. They exist in the language server's memory only.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import { magics } from "../magics/table.ts";
import { type ProvidedModule, providedModules } from "../session/provided-modules.ts";
import { globalsDocument } from "./cell-modules.ts";
import { globals } from "./globals.ts";

/**
 * Defaults for notebooks: strict, but a quick sketch need not annotate everything. A tsconfig.json beside the notebook has its say.
 * `noImplicitAny` is on for the types that it gives `const losses = []`, not for its errors: sketches.ts drops them.
 */
const defaults = {
  target: "esnext",
  lib: ["esnext"],
  strict: true,
  noImplicitAny: true,
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
      paths: Object.fromEntries(
        providedModules.map((module) => [module.specifier, [typesOf(module, install)]]),
      ),
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
    // Methods that one module adds to another's classes are there whether a cell imports it or not.
    {
      name: "cell-provided.ts",
      text: providedModules.map(({ specifier }) => `import ${JSON.stringify(specifier)};`).join("\n"),
      language: "typescript",
    },
  ];
}

/** The names cells have without an import, values and types, each with the module it comes from. */
export function providedNames(install: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const module of providedModules) {
    try {
      for (const name of exportedNames(typesOf(module, install))) {
        if (!names.has(name) && !module.hidden.includes(name)) names.set(name, module.specifier);
      }
    } catch {
      // Without the built declarations cells are checked as if the module had no types.
    }
  }
  return names;
}

function exportedNames(path: string): string[] {
  return parseSync(path, readFileSync(path, "utf8")).module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, moduleRequest }) => {
      if (exportName.kind === "Name" && exportName.name) return [exportName.name];
      // `export * from`: the names are in that file.
      return moduleRequest
        ? exportedNames(join(dirname(path), moduleRequest.value.replace(/\.ts$/, ".d.ts")))
        : [];
    }),
  );
}

const typesOf = (module: ProvidedModule, install: string): string => join(install, "types", module.types);

/** The text of the folder's own tsconfig.json. */
export function ownConfig(folder: string): string | null {
  return readdirSync(folder).includes("tsconfig.json")
    ? readFileSync(join(folder, "tsconfig.json"), "utf8")
    : null;
}
