/** package.json, the imports and docs/dependencies.md tell of the same dependencies. */
import { builtinModules } from "node:module";
import { expect, test } from "vitest";
import { importsOf, packageOf } from "./imports.ts";
import { projectFile, projectFiles } from "./project-files.ts";

const manifest = JSON.parse(projectFile("package.json").text);
const shipped: readonly string[] = Object.keys({
  ...manifest.dependencies,
  ...manifest.optionalDependencies,
});
const all: readonly string[] = [...shipped, ...Object.keys(manifest.devDependencies)];

/** The packages that a folder's sources import, `tracebook` itself and Node's own modules left out. */
const importedBy = (folders: string): readonly string[] => {
  const specifiers = projectFiles(new RegExp(`^(${folders})/.*\\.ts$`))
    .flatMap(importsOf)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !/^(\.|node:)/.test(specifier) && !builtinModules.includes(specifier));
  return [...new Set(specifiers.map(packageOf))].filter((name) => name !== "tracebook").sort();
};

test("docs/dependencies.md has one entry of one sentence for each dependency and no other", () => {
  const entries = [
    ...projectFile("docs/dependencies.md").text.matchAll(/^- \*\*(?<name>[^*]+)\*\*: (?<reason>.+)$/gm),
  ];
  expect(entries.map((entry) => entry.groups?.name).sort()).toEqual([...all].sort());
  for (const entry of entries) expect(entry.groups?.reason).toMatch(/^(?!.*\. [A-Z]).{20,}\.$/);
});

test("what ships imports only what users get installed", () => {
  expect(importedBy("runtime|kernel|renderers").filter((name) => !shipped.includes(name))).toEqual([]);
});

test("tests, scripts and benchmarks import only declared packages", () => {
  expect(importedBy("test|scripts|bench").filter((name) => !all.includes(name))).toEqual([]);
});

/**
 * An npm that cannot reach a platform's package leaves it out of the lock file, and then nobody on that platform gets it:
 * such entries have to be there with their version, `os` and `cpu`, even if they are never installed here.
 */
test("the lock file names the package of every platform", () => {
  const packages: Record<string, { optionalDependencies?: object }> = JSON.parse(
    projectFile("package-lock.json").text,
  ).packages;
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});
