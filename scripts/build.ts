/**
 * Builds dist/: the kernel, its protocol worker, the runtime and the renderers, bundled by esbuild with shared chunks, so that
 * cells and the package export have one instance of the runtime; and the declarations of all of it in dist/types.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const outdir = join(root, "dist");
const versionOf = (path: string): string =>
  JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")).version;

rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    kernel: "kernel/main.ts",
    protocol: "kernel/protocol/worker.ts",
    typescriptLoader: "kernel/session/typescriptLoader.ts",
    runtime: "runtime/index.ts",
    renderers: "renderers/index.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  sourcemap: true,
  chunkNames: "chunk-[hash]",
  // Users see names of classes in printouts and errors.
  keepNames: true,
  define: {
    TRACEBOOK_VERSION: JSON.stringify(versionOf(".")),
    TYPESCRIPT_VERSION: JSON.stringify(versionOf("node_modules/typescript")),
  },
  logLevel: "warning",
});

const declarations = spawnSync(
  process.execPath,
  [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "scripts/tsconfig.types.json")],
  { stdio: "inherit", cwd: root },
);
process.exitCode = declarations.status ?? 1;
