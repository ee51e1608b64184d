/**
 * Loads the modules cells import: npm packages and local files as seen from the notebook's folder, and the kernel's own
 * runtime and renderers for "tracebook". Local TypeScript modules go through Node's loader hooks (typescript-loader.ts).
 */
import { createRequire, register } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { adapt } from "./adapted-modules.ts";
import { isError, setStack } from "./describe-error.ts";
import { loadProvided } from "./load-provided.ts";
import { isLocal } from "./local-files.ts";
import type { LoaderData } from "./typescript-loader.ts";

type Load = (specifier: string, options?: ImportCallOptions) => Promise<Record<string, unknown>>;

/** The loader of a folder: %cd changes the folder imports are looked for in. */
let loadFromNotebook: { readonly folder: string; readonly load: Load } | null = null;
let loaderRegistered = false;
/** Read by the loader's thread: 1 once edited modules are to be loaded again (autoreload.ts). */
export const reloading = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Imports a module as a file in the notebook's folder would. */
export async function loadModule(
  specifier: string,
  options?: ImportCallOptions,
): Promise<Record<string, unknown>> {
  const provided = await loadProvided(specifier);
  if (provided !== null) return provided as Record<string, unknown>;
  const load = notebookLoader();
  if (isLocal(specifier) || specifier.startsWith("#")) registerTypeScript();
  try {
    return adapt(specifier, await load(specifier, options));
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_UNKNOWN_FILE_EXTENSION" || loaderRegistered)
      throw withHint(error, specifier);
    registerTypeScript();
    return load(specifier, options);
  }
}

/** `import(…)` in a cell: an error that tells no place in a cell happened where the import stands. */
export function importFromCell(specifier: string, options?: ImportCallOptions): Promise<object> {
  const here = new Error();
  return loadModule(specifier, options).catch((error: unknown) => {
    if (isError(error) && !/\bcell-[\w.-]+\.ts:/.test(error.stack ?? "")) {
      const frames = (here.stack ?? "").split("\n").filter((line) => line.includes("cell-"));
      setStack(error, [error.stack ?? String(error), ...frames].join("\n"));
    }
    throw error;
  });
}

/** A module's exports for an import declaration; says which names the module does not have. */
export async function loadNeeded(
  specifier: string,
  needed: readonly string[],
  options?: ImportCallOptions,
): Promise<Record<string, unknown>> {
  const module = await loadModule(specifier, options);
  const missing = needed.find((name) => !(name in module));
  if (missing !== undefined) {
    const names = Object.keys(module).filter((name) => name !== "default");
    const edited = isLocal(specifier)
      ? "; if it was edited since it was loaded, %autoreload loads it again"
      : "";
    throw new SyntaxError(
      `the module "${specifier}" has no export named "${missing}"; it exports ${names.slice(0, 20).join(", ") || "nothing"}${names.length > 20 ? ", …" : ""}${edited}`,
    );
  }
  return module;
}

/** `require` and `import.meta` as a module in the notebook's folder would see them. */
export function notebookRequire(): NodeJS.Require {
  const folder = process.cwd();
  const known = requireByFolder.get(folder) ?? createRequire(join(folder, "notebook.js"));
  requireByFolder.set(folder, known);
  return known;
}

const requireByFolder = new Map<string, NodeJS.Require>();

export function notebookMeta() {
  const dirname = process.cwd();
  const filename = join(dirname, "notebook.ts");
  return {
    dirname,
    filename,
    url: pathToFileURL(filename).href,
    resolve: (specifier: string) => pathToFileURL(notebookRequire().resolve(specifier)).href,
  };
}

/** Node resolves an import against the file it stands in: this function stands in the notebook's folder. */
function notebookLoader(): Load {
  const folder = process.cwd();
  if (loadFromNotebook?.folder === folder) return loadFromNotebook.load;
  const load = new Script("(specifier, options) => import(specifier, options)", {
    filename: join(folder, "notebook.js"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as Load;
  // Node says once that this loader is experimental, where it is first used; a notebook's reader can do nothing about it.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  void load("node:process");
  process.emitWarning = emitWarning;
  loadFromNotebook = { folder, load };
  return load;
}

/** The hooks run in a thread of their own; it is started when a cell first imports a local file. */
function registerTypeScript(): void {
  if (loaderRegistered) return;
  loaderRegistered = true;
  const data: LoaderData = { tracebook: new URL("./runtime.js", import.meta.url).href, reloading };
  register("./typescript-loader.js", import.meta.url, { data });
  process.setSourceMapsEnabled(true);
}

function withHint(error: unknown, specifier: string): unknown {
  const { code } = error as { code?: string };
  if (code === "ERR_MODULE_NOT_FOUND" && /^[@\w]/.test(specifier) && error instanceof Error) {
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    const instead =
      name === "torch"
        ? "torch, nn, optim and data are there without an import"
        : `install it there with: npm install ${name}`;
    error.message = `cannot find the package "${name}" from ${process.cwd()}; ${instead}`;
    setStack(error, `${error.name}: ${error.message}`);
  }
  return error;
}
