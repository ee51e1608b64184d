/**
 * Node's loader hooks for local TypeScript modules: finds `./a` and `./a.js` as `a.ts`, and turns it into JavaScript with a source map.
 * Runs in Node's loader thread (node:module, "Customization Hooks").
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";

let tracebook = "";

export const initialize: InitializeHook<{ tracebook: string }> = (data) => {
  tracebook = data.tracebook;
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  // A local module gets the very instance of the runtime that cells have.
  if (specifier === "tracebook") return { url: tracebook, shortCircuit: true };
  const url = /^(\.{0,2}\/|file:)/.test(specifier) ? new URL(specifier, context.parentURL) : null;
  if (url?.protocol === "file:") {
    const found = candidates(url.pathname).find((pathname) => {
      url.pathname = pathname;
      return existsSync(fileURLToPath(url));
    });
    if (found !== undefined) return nextResolve(url.href, context);
  }
  return nextResolve(specifier, context);
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const { pathname, protocol } = new URL(url);
  if (protocol !== "file:" || !/\.[mc]?tsx?$/.test(pathname)) return nextLoad(url, context);
  const { transform } = await import("esbuild");
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, "utf8"), {
    loader: pathname.endsWith("x") ? "tsx" : "ts",
    target: `node${process.versions.node}`,
    sourcefile: path,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
};

/** The files a specifier may mean: itself, the source of the JavaScript it names, or with the ending left out. */
function candidates(pathname: string): readonly string[] {
  if (/\.[mc]?tsx?$/.test(pathname)) return [pathname];
  const source = pathname.replace(/\.([mc]?)js(x?)$/, ".$1ts$2");
  const asWritten = source === pathname ? [] : [pathname, source];
  return [...asWritten, `${pathname}.ts`, `${pathname}.tsx`, `${pathname}/index.ts`].filter(
    (path) => !path.endsWith("/.ts"),
  );
}
