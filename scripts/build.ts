/**
 * Builds dist/: the kernel, its protocol worker, the runtime and the renderers, bundled by esbuild with shared chunks, so that
 * cells and the package export have one instance of the runtime; and the declarations of all of it in dist/types.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { type BuildOptions, build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const outdir = join(root, "dist");
const manifestOf = (path: string) => JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
const versionOf = (path: string): string => manifestOf(path).version;

/** Bundled, too: as its hundred files Vega takes four times as long to load, and the first picture waits for it. */
const bundled = ["vega", "vega-lite"];
const { dependencies, devDependencies, optionalDependencies } = manifestOf(".");
/** Left to be loaded from node_modules; `canvas` is Vega's, which does without. */
const external = Object.keys({
  ...dependencies,
  ...devDependencies,
  ...optionalDependencies,
  canvas: "",
}).filter((name) => !bundled.includes(name));

const common = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  platform: "node",
  target: "node20.19",
  external,
  sourcemap: true,
  // Written when all of it is there: a build that fails leaves the last one standing.
  write: false,
  define: {
    TRACEBOOK_VERSION: JSON.stringify(versionOf(".")),
    TYPESCRIPT_VERSION: JSON.stringify(versionOf("node_modules/typescript")),
  },
  logLevel: "warning",
} satisfies BuildOptions;

const modules = await build({
  ...common,
  entryPoints: {
    kernel: "kernel/main.ts",
    "typescript-loader": "kernel/session/typescript-loader.ts",
    runtime: "runtime/index.ts",
    renderers: "renderers/index.ts",
  },
  splitting: true,
  format: "esm",
  chunkNames: "chunk-[hash]",
});
// The worker is one CommonJS file, which Node starts faster than modules; it loads nothing of the runtime.
const worker = await build({
  ...common,
  entryPoints: { protocol: "kernel/protocol/worker.ts" },
  format: "cjs",
  outExtension: { ".js": ".cjs" },
});

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir);
for (const { path, contents } of [...modules.outputFiles, ...worker.outputFiles])
  writeFileSync(path, contents);

const declarations = spawnSync(
  process.execPath,
  [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "scripts/tsconfig.types.json")],
  { stdio: "inherit", cwd: root },
);
process.exitCode = declarations.status ?? 1;
