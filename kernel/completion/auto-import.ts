/**
 * Completions that bring their import along: a name that a package or one of Node's modules exports, where nothing of that name
 * is there yet.
 */
import process from "node:process";
import { parse } from "../cell/syntax-tree.ts";

/** A name that an import would bring. */
export interface Importable {
  readonly name: string;
  readonly module: string;
}

/** Node's modules whose exports are worth offering, the one to prefer first. */
const nodeModules = [
  "fs",
  "fs/promises",
  "path",
  "os",
  "url",
  "util",
  "child_process",
  "crypto",
  "events",
  "stream",
  "stream/promises",
  "timers/promises",
  "perf_hooks",
  "readline",
  "readline/promises",
  "worker_threads",
  "zlib",
  "http",
  "https",
  "net",
  "dns",
  "dns/promises",
  "assert",
  "buffer",
  "v8",
  "vm",
];

let builtins: readonly Importable[] | null = null;

/** The exports of Node's modules that begin so; globals are there without an import. */
export function nodeExports(prefix: string): readonly Importable[] {
  builtins ??= nodeModules.flatMap((name) =>
    Object.keys(process.getBuiltinModule(name) ?? {})
      .filter((exported) => exported !== "default" && !(exported in globalThis))
      .map((exported) => ({ name: exported, module: `node:${name}` })),
  );
  return builtins.filter(({ name }) => name.startsWith(prefix));
}

/**
 * The text that stands for the name from `start` on and imports it: a declaration above it where a statement may begin, else an
 * import in its place; null where neither can stand.
 */
export function importingText(
  { name, module }: Importable,
  code: string,
  start: number,
  cursor: number,
): string | null {
  const lineStart = code.lastIndexOf("\n", start - 1) + 1;
  const isStatement =
    code.slice(lineStart, start) === "" && parse(code.slice(0, start)).problems.length === 0;
  if (isStatement) return `import { ${name} } from ${JSON.stringify(module)};\n${name}`;
  const inPlace = `(await import(${JSON.stringify(module)})).${name}`;
  const { problems } = parse(`${code.slice(0, start)}${inPlace}${code.slice(cursor)}`);
  return problems.some(({ message }) => message.includes("await")) ? null : inPlace;
}
