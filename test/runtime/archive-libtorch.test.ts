/**
 * LibTorch in C++ loads what is saved here, gives PyTorch's outputs, and what it saves again is the same here. Needs g++ and
 * a Python whose torch has LibTorch's headers and libraries; without them the test is skipped and says why.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jitLoad, jitSave, jitUnserialize, torch } from "../../runtime/index.ts";
import type { Saveable } from "../../runtime/serialization/save.ts";
import { type GoldenFiles, openPackedSet } from "../golden/files.ts";
import { asArgument, type TraceCase } from "../golden/trace.ts";
import { findPython } from "../python.ts";

interface LibTorch {
  readonly folder: string;
  readonly version: string;
}

function findLibTorch(): LibTorch | string {
  if (spawnSync("g++", ["--version"]).status !== 0) return "there is no g++";
  const python = findPython("torch");
  if (python === null) return "there is no Python with torch";
  const asked = spawnSync(
    python,
    ["-c", "import torch; print(torch.__path__[0]); print(torch.__version__)"],
    {
      encoding: "utf8",
    },
  );
  const [folder, version] = asked.stdout.trim().split("\n");
  return existsSync(join(folder, "include/torch/script.h")) ? { folder, version } : "torch has no headers";
}

const found = findLibTorch();
const libTorch = typeof found === "string" ? null : found;
const source = join(import.meta.dirname, "fixtures", "round-trip.cpp");

/** The program, compiled once for each state of its source and each LibTorch, whose folder is written into it. */
function program({ folder, version }: LibTorch): string {
  const key = createHash("sha256")
    .update(readFileSync(source))
    .update(`${version} ${folder}`)
    .digest("hex")
    .slice(0, 16);
  const path = join(tmpdir(), `tracebook-round-trip-${key}`);
  if (existsSync(path)) return path;
  const made = mkdtempSync(`${path}-`);
  const libraries = join(folder, "lib");
  const options = ["-std=c++20", "-O0", "-w", `-I${join(folder, "include")}`];
  const links = [`-L${libraries}`, `-Wl,-rpath,${libraries}`, "-ltorch", "-ltorch_cpu", "-lc10"];
  const compiler = spawnSync("g++", [...options, source, "-o", join(made, "program"), ...links], {
    encoding: "utf8",
  });
  expect(compiler.stderr).toBe("");
  renameSync(join(made, "program"), path);
  return path;
}

/** Its inputs are of type Any, and what is recorded does not tell tuples from lists. */
const ofOpenTypes = "isinst";

/** The cases whose archives have a `forward` with recorded results. */
const casesOf = (files: GoldenFiles): readonly TraceCase[] =>
  files.names
    .filter((name) => name.endsWith("/case.json"))
    .map((name) => ({ ...(files.json(name) as TraceCase), name: name.replace("/case.json", "") }))
    .filter(({ name, refused }) => refused === undefined && name !== ofOpenTypes);

test.skipIf(libTorch === null).each(["trace", "script"])(
  `the archives of the set %s, saved here, run in LibTorch and come back unchanged${libTorch === null ? ` (skipped: ${found})` : ""}`,
  (set) => {
    const files = openPackedSet(set);
    const folder = mkdtempSync(join(tmpdir(), "tracebook-libtorch-"));
    const cases = casesOf(files);
    for (const { name, runs, seed = 0 } of cases) {
      jitSave(jitUnserialize(files.bytes(`${name}/model.pt`)), join(folder, `${name}.pt`));
      const recorded = runs.flatMap(({ inputs, outputs }) =>
        outputs === undefined ? [] : [[seed, inputs.tuple.map(asArgument), asArgument(outputs)]],
      );
      torch.save(recorded as Saveable, join(folder, `${name}.data`));
    }
    const names = cases.map(({ name }) => name);
    const run = spawnSync(program(libTorch as LibTorch), [folder, ...names], { encoding: "utf8" });
    // One of the programs prints a line itself.
    const said = run.stdout.replace(/^shape 3 .*\n/m, "");
    expect(said).toBe(names.map((name) => `${name} ok\n`).join(""));
    for (const name of names) {
      const ours = jitUnserialize(files.bytes(`${name}/model.pt`));
      const again = jitLoad(join(folder, `${name}.again.pt`));
      expect(`${name}\n${again.code}`).toBe(`${name}\n${ours.code}`);
    }
    rmSync(folder, { recursive: true });
  },
  300_000,
);
