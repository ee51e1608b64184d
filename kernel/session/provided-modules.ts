/**
 * The modules the kernel itself gives to cells: importable by name from any folder, and, but for what is for the kernel
 * alone, global in cells without an import. Loading them is load-provided.ts's, on the main thread only.
 */

export interface ProvidedModule {
  readonly specifier: string;
  /** Where its declarations lie in dist/types. */
  readonly types: string;
  /** Exports that are no globals of cells: the kernel's own way in. */
  readonly hidden: readonly string[];
}

export const providedModules: readonly ProvidedModule[] = [
  {
    specifier: "tracebook",
    types: "runtime/index.d.ts",
    hidden: [],
  },
  {
    specifier: "tracebook/renderers",
    types: "renderers/index.d.ts",
    hidden: ["mimeBundle", "bundleNow", "displayKey", "prepareDiagrams"],
  },
];
