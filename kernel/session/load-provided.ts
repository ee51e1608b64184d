/** Loads a module the kernel gives to cells; the bundle has one instance of each. */

const loaders: Readonly<Record<string, () => Promise<object>>> = {
  tracebook: () => import("../../runtime/index.ts"),
  "tracebook/renderers": () => import("../../renderers/index.ts"),
};

/** The module, or null if the kernel gives none of that name. */
export async function loadProvided(specifier: string): Promise<object | null> {
  return Object.hasOwn(loaders, specifier) ? loaders[specifier]() : null;
}
