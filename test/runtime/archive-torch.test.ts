/** PyTorch loads what is saved here, gives the same outputs, and what it saves again loads here. Needs a Python with torch. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jitLoad, jitSave, jitTrace, jitUnserialize, nn, type Tensor, torch } from "../../runtime/index.ts";
import { type GoldenFiles, openPackedSet } from "../golden/files.ts";
import { findPython } from "../python.ts";

interface TorchPython {
  readonly path: string;
  readonly version: string;
}

const versionOf = (path: string): string | null => {
  const asked = spawnSync(path, ["-W", "ignore", "-c", "import torch; print(torch.__version__)"], {
    encoding: "utf8",
  });
  return asked.status === 0 ? asked.stdout.trim() : null;
};

/** The Pythons with a PyTorch: the tests' own, and the system's, which on Debian 12 has 1.13, the oldest that is supported. */
function pythonsWithTorch(): TorchPython[] {
  const own = findPython("torch");
  const paths = [...(own === null ? [] : [own]), "/usr/bin/python3"];
  const found = paths.flatMap((path): TorchPython[] => {
    const version = versionOf(path);
    return version === null ? [] : [{ path, version }];
  });
  return found.filter(({ version }, i) => found.findIndex((other) => other.version === version) === i);
}

const pythons = pythonsWithTorch();
// The scripted modules call operators that PyTorch 1 has not.
const sets = pythons.flatMap((python) =>
  (python.version.startsWith("1.") ? ["trace"] : ["trace", "script"]).map((set) => ({
    python,
    set,
    version: python.version,
  })),
);

/** Loads each archive, runs it on the inputs of its golden case, saves it again, and tells its code and largest error. */
const script = `
import json, sys, torch
folder = sys.argv[1]
def value(v):
    if isinstance(v, dict) and "dtype" in v:
        data = [float(x) if "float" in v["dtype"] else int(x) for x in v["data"]]
        return torch.tensor(data, dtype=getattr(torch, v["dtype"])).reshape(v["shape"])
    if isinstance(v, dict) and "list" in v: return [value(x) for x in v["list"]]
    if isinstance(v, dict) and "tuple" in v: return tuple(value(x) for x in v["tuple"])
    if isinstance(v, dict) and "dict" in v: return {k: value(x) for k, x in v["dict"].items()}
    if isinstance(v, dict) and "map" in v: return {value(k): value(x) for k, x in v["map"]}
    return v
def same(a, b):
    if isinstance(b, torch.Tensor): return a.dtype == b.dtype and a.shape == b.shape and torch.allclose(a, b, 1e-5 if b.element_size() > 2 else 1e-2, 1e-6, True)
    if isinstance(b, (list, tuple)): return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(b, dict): return set(a) == set(b) and all(same(a[k], b[k]) for k in b)
    if isinstance(a, float) and isinstance(b, str): return a == float(b) or (a != a and b == "NaN")
    return a == b or str(a) == b or (not isinstance(b, str) and abs(a - b) <= 1e-6 + 1e-5 * abs(b))
result = {}
for name, case in json.load(open(folder + "/cases.json")).items():
    m = torch.jit.load(f"{folder}/{name}.pt")
    wrong = []
    for i, run in enumerate(case["runs"]):
        torch.manual_seed(case.get("seed", 0))
        try: given = m(*value(run["inputs"]))
        except Exception:
            if "raises" not in run: raise
            continue
        if "raises" in run or not same(given, value(run["outputs"])): wrong.append(i)
    m.save(f"{folder}/{name}.again.pt")
    result[name] = {"code": m.code, "wrong": wrong}
json.dump(result, open(folder + "/result.json", "w"))
`;

/** The cases whose archives can be read here, by their names. */
function casesOf(files: GoldenFiles): Readonly<Record<string, unknown>> {
  const names = [...new Set(files.names.map((name) => name.split("/")[0]))];
  const all = names.map((name) => [name, files.json(`${name}/case.json`) as object] as const);
  return Object.fromEntries(all.filter(([, golden]) => !("refused" in golden)));
}

function runInTorch(python: TorchPython, folder: string): void {
  const run = spawnSync(python.path, ["-W", "ignore", "-c", script, folder], { encoding: "utf8" });
  expect(run.stderr).not.toContain("Traceback");
  expect(run.status).toBe(0);
}

interface TorchResult {
  readonly code: string;
  readonly wrong: readonly number[];
}

test.skipIf(pythons.length === 0).each(sets)(
  "the archives of the set $set, saved here, run in PyTorch $version and come back unchanged",
  ({ python, set }) => {
    const files = openPackedSet(set);
    const folder = mkdtempSync(join(tmpdir(), "tracebook-torch-"));
    const cases = casesOf(files);
    const names = Object.keys(cases);
    for (const name of names)
      jitSave(jitUnserialize(files.bytes(`${name}/model.pt`)), join(folder, `${name}.pt`));
    writeFileSync(join(folder, "cases.json"), JSON.stringify(cases));
    runInTorch(python, folder);
    const results = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as Record<
      string,
      TorchResult
    >;
    for (const name of names) {
      expect([name, results[name].wrong]).toEqual([name, []]);
      const ours = jitUnserialize(files.bytes(`${name}/model.pt`));
      expect(jitLoad(join(folder, `${name}.again.pt`)).code).toBe(ours.code);
    }
  },
  120_000,
);

test.skipIf(pythons.length === 0).each(pythons)(
  "traces made here run in PyTorch $version",
  (python) => {
    const folder = mkdtempSync(join(tmpdir(), "tracebook-torch-"));
    torch.manualSeed(1);
    class Net extends nn.Module {
      body = new nn.Sequential(
        new nn.Linear(3, 8),
        new nn.BatchNorm1d(8),
        new nn.GELU(),
        new nn.Linear(8, 2),
      );
      readonly last = jitTrace(new nn.Linear(2, 2), torch.ones([1, 2]));
      override forward(x: Tensor): Tensor {
        const [rows] = x.shape;
        return torch.softmax(this.last(this.body.forward(x)), -1).reshape([rows, 2, 1]);
      }
    }
    const x = torch.randn([4, 3]);
    const net = jitTrace(new Net().eval(), x, { respectMode: false });
    const sum = jitTrace((a: Tensor) => [a.add(1), a.sum()], x);
    const scaled = jitTrace((a: Tensor) => sum(a)[0].mul(sum(a)[1]), x);
    const fn = jitTrace(
      (a: Tensor) =>
        scaled(a.slice(0, 1))
          .mul(2)
          .add(torch.tensor([1, 2, 3])),
      x,
    );
    const golden = (tensor: Tensor): object => ({
      dtype: tensor.dtype.name,
      shape: tensor.sizes,
      data: tensor.reshape([-1]).tolist(),
    });
    const inputs = [x, torch.randn([2, 3])];
    const runs = (callable: (x: Tensor) => Tensor): object => ({
      runs: inputs.map((input) => ({
        inputs: { tuple: [golden(input)] },
        outputs: golden(callable(input).detach()),
      })),
    });
    jitSave(net, join(folder, "net.pt"));
    jitSave(fn, join(folder, "fn.pt"));
    writeFileSync(join(folder, "cases.json"), JSON.stringify({ net: runs(net), fn: runs(fn) }));
    runInTorch(python, folder);
    const results = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as Record<
      string,
      TorchResult
    >;
    expect([results.net.wrong, results.fn.wrong]).toEqual([[], []]);
    // Older versions print default arguments as well.
    if (!python.version.startsWith("1.")) expect(results.net.code).toBe(net.code);
  },
  120_000,
);
