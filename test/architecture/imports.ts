/** What a TypeScript file imports, statically, dynamically by a literal, or by re-export. */
import { posix } from "node:path";
import { parseSync } from "oxc-parser";
import type { ProjectFile } from "./project-files.ts";

/** One import; `target` is a path from the project's root if the specifier is relative, else the specifier. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly target: string;
}

export function importsOf(file: ProjectFile): readonly Import[] {
  const { module } = parseSync(file.path, file.text);
  const specifiers = [
    ...module.staticImports.map((statement) => statement.moduleRequest.value),
    ...module.staticExports.flatMap((statement) =>
      statement.entries.map((entry) => entry.moduleRequest?.value),
    ),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => literal(file.text.slice(start, end))),
  ].filter((specifier) => specifier !== undefined);
  return [...new Set(specifiers)].map((specifier) => ({
    from: file.path,
    specifier,
    target: specifier.startsWith(".") ? posix.join(posix.dirname(file.path), specifier) : specifier,
  }));
}

/** The package a specifier belongs to: `@scope/name` of `@scope/name/inner`, `name` of `name/inner`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}

function literal(source: string): string | undefined {
  return /^(["'`])([^"'`$]*)\1$/.exec(source)?.[2];
}
