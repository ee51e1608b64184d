/** install.py in a stand-in for a fresh clone: what it registers, fetches and builds, and that it changes nothing when something is missing. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFile, makeProject, type Project } from "./project.ts";

let project: Project;
beforeEach(() => {
  project = makeProject();
});
afterEach(() => project.dispose());

const kernelFolder = (): string => join(project.prefix, "share/jupyter/kernels/tracebook");
const registered = (): string => readFileSync(join(kernelFolder(), "kernel.json"), "utf8");

test("a fresh clone is fetched, built and registered, from another folder and with spaces in its path", () => {
  const run = project.install("--prefix", project.prefix);

  expect(run.output).toContain(`TypeScript (Tracebook) is registered in ${kernelFolder()}`);
  expect(run.status).toBe(0);
  expect(project.npmCalls()).toEqual([expect.stringMatching(/^ci /), "run build"]);
  expect(JSON.parse(registered())).toEqual({
    argv: [
      "/the/real/node",
      "--no-force-async-hooks-checks",
      "--no-concurrent-sweeping",
      join(project.folder, "dist/kernel.js"),
      "{connection_file}",
    ],
    display_name: "TypeScript (Tracebook)",
    language: "typescript",
    interrupt_mode: "message",
    env: { MALLOC_MMAP_THRESHOLD_: "33554432", MALLOC_TRIM_THRESHOLD_: "268435456" },
    metadata: { debugger: true, supported_encryption: ["curve"] },
  });
  for (const logo of ["logo-svg.svg", "logo-32x32.png", "logo-64x64.png"]) {
    expect(readFileSync(join(kernelFolder(), logo))).toEqual(
      readFileSync(join(project.folder, "kernelspec", logo)),
    );
  }
});

test("without a place named, the kernel goes to the user's Jupyter folder", () => {
  expect(project.install().output).toMatch(/registered in .*\/user\/.*upyter\/kernels\/tracebook\n$/);
});

test("a second run changes nothing and needs no npm", () => {
  project.install("--prefix", project.prefix);
  project.npmCalls();
  project.withoutProgram("npm");
  const before = project.snapshot();

  const run = project.install("--prefix", project.prefix);

  expect(run.output).toBe(`TypeScript (Tracebook) is already registered in ${kernelFolder()}\n`);
  expect(project.snapshot()).toEqual(before);
});

test("a changed lock file brings node_modules up to date and builds again", () => {
  project.install("--prefix", project.prefix);
  project.npmCalls();
  project.write("package-lock.json", lockFile("2.0.0"));

  project.install("--prefix", project.prefix);

  expect(project.npmCalls()).toEqual([expect.stringMatching(/^install /), "run build"]);
});

test("a changed source builds again and fetches nothing", () => {
  project.install("--prefix", project.prefix);
  project.npmCalls();
  project.write("kernel/main.ts", "export const changed = true;");

  project.install("--prefix", project.prefix);

  expect(project.npmCalls()).toEqual(["run build"]);
});

test("a build that failed is tried again, whatever it left behind", () => {
  project.program("npm", `/bin/mkdir -p node_modules dist && echo half > dist/kernel.js; [ "$1" != run ]`);
  project.write("node_modules/.package-lock.json", lockFile("1.0.0"));

  expect(project.install("--prefix", project.prefix).status).toBe(1);
  expect(project.install("--prefix", project.prefix).output).toContain(
    "Building the kernel (npm run build) failed",
  );
});

test.each([
  ["there is no node", () => project.withoutProgram("node"), "there is no `node` on PATH"],
  [
    "node is too old",
    () => project.program("node", `echo '["/old/node", "20.18.3"]'`),
    "Node.js 20.19 or newer is needed (https://nodejs.org), but /old/node is version 20.18.3",
  ],
  ["there is no npm", () => project.withoutProgram("npm"), "`npm` is needed to fetch the packages"],
  [
    "the network is closed",
    () => project.program("npm", "echo npm error code ENOTFOUND; exit 1"),
    "Fetching the npm packages (npm ci) needs the network, which does not answer (ENOTFOUND)",
  ],
  [
    "the build fails",
    () => project.program("npm", `if [ "$1" = run ]; then echo a syntax error; exit 3; fi`),
    "Building the kernel (npm run build) failed with exit code 3. What it said:\na syntax error",
  ],
])("when %s it says so and registers nothing", (_, breakIt, message) => {
  breakIt();
  const before = project.snapshot();

  const run = project.install("--prefix", project.prefix);

  expect(run.output).toContain(`install.py: `);
  expect(run.output).toContain(message);
  expect(run.status).toBe(1);
  expect(project.snapshot()).toEqual(before);
});

test("--uninstall takes away what was registered, and says when there was nothing", () => {
  project.install("--prefix", project.prefix);

  expect(project.install("--prefix", project.prefix, "--uninstall").output).toContain("is removed from");
  expect(existsSync(kernelFolder())).toBe(false);
  expect(project.install("--prefix", project.prefix, "--uninstall")).toEqual({
    status: 0,
    output: `TypeScript (Tracebook) is not registered in ${kernelFolder()}; nothing to remove\n`,
  });
});

test("--lab starts the JupyterLab it finds on notebooks/ and passes further arguments on", () => {
  project.write("notebooks/01.ipynb", "{}");
  project.program("jupyter-lab", `if [ "$1" = --version ]; then echo 4.4.0; else echo "in $PWD: $@"; fi`);

  const run = project.install("--prefix", project.prefix, "--lab", "--no-browser", "--port=8899");

  const notebooks = join(project.folder, "notebooks");
  expect(run.output).toContain(`in ${notebooks}: --ServerApp.root_dir=${notebooks} `);
  expect(run.output).toMatch(/ --no-browser --port=8899\n$/);
  expect(run.status).toBe(0);
});

test("an argument that nobody knows is refused", () => {
  const run = project.install("--prefixx", project.prefix);

  expect(run.output).toContain("unknown argument: --prefixx");
  expect(run.status).toBe(2);
});
