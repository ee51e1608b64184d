/** The parts know of one another only what the architecture allows (docs/architecture.md). */
import { expect, test } from "vitest";
import { type Import, importsOf } from "./imports.ts";
import { projectFile, projectFiles } from "./project-files.ts";

const imports = (folder: string): readonly Import[] =>
  projectFiles(new RegExp(`^${folder}/.*\\.ts$`)).flatMap(importsOf);

const isBelow = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

/** Says "a.ts imports b.ts" for each import that breaks a rule, which is what a failing test then shows. */
const broken = (folder: string, allowed: (target: string) => boolean): readonly string[] =>
  imports(folder)
    .filter(({ specifier, target }) => specifier.startsWith(".") && !allowed(target))
    .map(({ from, target }) => `${from} imports ${target}`);

test("runtime/ knows neither Jupyter nor drawing: it imports nothing outside itself", () => {
  expect(broken("runtime", isBelow("runtime"))).toEqual([]);
});

test("renderers/ sees of runtime/ only its public index", () => {
  expect(
    broken("renderers", (target) => isBelow("renderers")(target) || target === "runtime/index.ts"),
  ).toEqual([]);
});

test("kernel/ sees of runtime/ and renderers/ only their public indexes", () => {
  const allowed = new Set(["runtime/index.ts", "renderers/index.ts"]);
  expect(broken("kernel", (target) => isBelow("kernel")(target) || allowed.has(target))).toEqual([]);
});

test("import paths are written with their .ts ending, so that Node runs the sources as they stand", () => {
  const wrong = ["runtime", "renderers", "kernel", "test", "bench", "scripts"]
    .flatMap(imports)
    .filter(({ specifier }) => specifier.startsWith(".") && !/\.(ts|json)$/.test(specifier));
  expect(wrong).toEqual([]);
});

test("docs/architecture.md says of each folder of the sources what it is for", () => {
  const folders = projectFiles(/^(runtime|kernel|renderers)\/.*\.ts$/).map(({ path }) =>
    path.replace(/\/[^/]*$/, ""),
  );
  const { text } = projectFile("docs/architecture.md");
  const untold = [...new Set(folders)].filter((folder) => !text.includes(`${folder.replace(/^.*\//, "")}/`));
  expect(untold).toEqual([]);
});
