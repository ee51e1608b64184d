/**
 * Cells with TypeScript that means something at run time (enum, namespace, parameter properties, decorators, `using`) become
 * JavaScript here, by esbuild, with a source map that leads positions back to the cell.
 */
import { SourceMap } from "node:module";

export interface Transformed {
  readonly code: string;
  /** Position in the cell of a position in `code`; both one-based. */
  readonly original: (
    line: number,
    column: number,
  ) => { readonly line: number; readonly column: number } | null;
}

/** Which of TypeScript's two kinds of decorators; standard ones unless the project's tsconfig says otherwise. */
export interface TransformOptions {
  readonly experimentalDecorators?: boolean;
}

export async function transformCell(
  source: string,
  name: string,
  options: TransformOptions = {},
): Promise<Transformed> {
  // Loaded at the first cell that needs it: most sessions never do.
  const { transform } = await import("esbuild");
  const { code, map } = await transform(source, {
    loader: "ts",
    target: "es2022",
    sourcefile: name,
    sourcemap: "external",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, ...options } },
  });
  const sourceMap = new SourceMap(JSON.parse(map));
  return {
    code,
    original(line, column) {
      const entry = sourceMap.findEntry(line - 1, column - 1);
      return "originalLine" in entry
        ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 }
        : null;
    },
  };
}
