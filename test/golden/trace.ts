/**
 * Runs the trace goldens: each case's `model.pt` is loaded, runs on every recorded input and gives what PyTorch's trace
 * gave; its code prints as PyTorch prints it. Where a case has a TypeScript twin, that is traced and compared as well.
 */
import { jitUnserialize, type ScriptModule, torch } from "../../runtime/index.ts";
import { rawValuesOf, valuesOf } from "../../runtime/tensor/access.ts";
import { fromData, type TensorData } from "../../runtime/tensor/from-data.ts";
import { Tensor } from "../../runtime/tensor/tensor.ts";
import type { GoldenFiles } from "./files.ts";
import { type CaseResult, check, compareText, type RunOptions } from "./result.ts";
import { twins } from "./twins/index.ts";
import { runTwin } from "./twins/run-twin.ts";
import { compareElements, dtypeNamed, type GoldenTensor, goldenElements, isGoldenTensor } from "./values.ts";

/** A value of a case: tensors, and containers of them. */
type GoldenValue =
  | GoldenTensor
  | { readonly list: readonly GoldenValue[] }
  | { readonly tuple: readonly GoldenValue[] }
  | { readonly dict: Readonly<Record<string, GoldenValue>> }
  | { readonly map: readonly (readonly [GoldenValue, GoldenValue])[] }
  | number
  | string
  | boolean
  | null;

interface GoldenRun {
  readonly inputs: { readonly tuple: readonly GoldenValue[] };
  readonly outputs?: GoldenValue;
  readonly raises?: unknown;
}

export interface TraceCase {
  readonly name: string;
  readonly module: boolean;
  readonly seed?: number;
  /** Part of the error where the archive cannot be read here. */
  readonly refused?: string;
  readonly options: { readonly random: boolean; readonly stateful: boolean };
  readonly runs: readonly GoldenRun[];
  readonly methods?: Readonly<Record<string, readonly GoldenRun[]>>;
  readonly state?: Readonly<Record<string, GoldenTensor>>;
  readonly state_after?: Readonly<Record<string, GoldenTensor>>;
}

const tolerance = { rtol: 1e-5, atol: 1e-6 };

export async function runTrace(files: GoldenFiles, options: RunOptions): Promise<readonly CaseResult[]> {
  const traced = foldersOf(files, options).filter((folder) => Object.hasOwn(twins, folder));
  return [
    ...runArchives(files, options),
    ...traced.flatMap((folder) => runTwin(folder, twins[folder], files)),
  ];
}

/** Scripted archives, which have no twins. */
export async function runScript(files: GoldenFiles, options: RunOptions): Promise<readonly CaseResult[]> {
  return runArchives(files, options);
}

/** The archives alone, by a certain executor if one is named. */
export const runArchives = (
  files: GoldenFiles,
  options: RunOptions,
  executor: ScriptModule["executor"] = "auto",
): readonly CaseResult[] => foldersOf(files, options).flatMap((folder) => runCase(files, folder, executor));

const foldersOf = (files: GoldenFiles, { only = "" }: RunOptions): readonly string[] =>
  files.names
    .filter((name) => name.endsWith("/case.json") && name.includes(only))
    .map((name) => name.slice(0, -"/case.json".length));

function runCase(
  files: GoldenFiles,
  folder: string,
  executor: ScriptModule["executor"],
): readonly CaseResult[] {
  const golden = files.json(`${folder}/case.json`) as TraceCase;
  if (golden.refused !== undefined) return [checkRefused(files, folder, golden.refused)];
  const loading = check(`${folder} loads`, () => {
    jitUnserialize(files.bytes(`${folder}/model.pt`));
  });
  if (loading.status === "failed") return [loading];
  const model = jitUnserialize(files.bytes(`${folder}/model.pt`));
  if (executor !== "auto") model.executor = executor;
  const runs = golden.runs.map((run, i) => checkRun(`${folder} run ${i}`, model.forward, run, golden));
  const methods = Object.entries(golden.methods ?? {}).flatMap(([name, cases]) =>
    cases.map((run, i) => checkRun(`${folder} ${name} ${i}`, methodNamed(model, name), run, golden)),
  );
  const state = check(`${folder} state`, () => checkState(model, golden.state_after ?? golden.state ?? {}));
  return [loading, ...runs, ...methods, state, checkCode(files, folder, model)];
}

/** An archive that cannot be read says why. */
function checkRefused(files: GoldenFiles, folder: string, why: string): CaseResult {
  return check(`${folder} refused`, () => {
    try {
      jitUnserialize(files.bytes(`${folder}/model.pt`));
    } catch (error) {
      if ((error as Error).message.includes(why)) return;
      throw error;
    }
    throw new Error(`expected an error that says ${why}`);
  });
}

type Callable = (...args: unknown[]) => unknown;

const methodNamed = (model: ScriptModule, name: string): Callable =>
  (model as unknown as Record<string, Callable>)[name];

function checkRun(name: string, fn: unknown, run: GoldenRun, { seed = 0 }: TraceCase): CaseResult {
  return check(name, () => {
    const inputs = run.inputs.tuple.map(asArgument);
    torch.manualSeed(seed);
    if (run.raises !== undefined) {
      let raised = false;
      try {
        (fn as Callable)(...inputs);
      } catch {
        raised = true;
      }
      if (!raised) throw new Error(`expected an error like ${JSON.stringify(run.raises)}`);
      return;
    }
    compareValue((fn as Callable)(...inputs), run.outputs as GoldenValue, "output");
  });
}

function checkState(model: ScriptModule, expected: Readonly<Record<string, GoldenTensor>>): void {
  const state = model.stateDict();
  if (Object.keys(state).sort().join() !== Object.keys(expected).sort().join())
    throw new Error(`expected the state ${Object.keys(expected)}, got ${Object.keys(state)}`);
  for (const [name, tensor] of Object.entries(expected)) compareValue(state[name], tensor, name);
}

/** A loaded function is a module, so that its first line differs from what the function's code was. */
function checkCode(files: GoldenFiles, folder: string, model: ScriptModule): CaseResult {
  if (!files.names.includes(`${folder}/code.txt`))
    return {
      name: `${folder} code`,
      status: "skipped",
      detail: "PyTorch orders what its loops carry otherwise",
    };
  const expected = files.text(`${folder}/code.txt`);
  const asMethod = expected.replace(/^def (?!forward\()\w+\(/, "def forward(self,\n    ");
  const results = check(`${folder} code`, () => void model.code);
  return results.status === "failed" ? results : compareText(`${folder} code`, model.code, asMethod);
}

/** A recorded value as arguments are given. */
export function asArgument(value: GoldenValue): unknown {
  if (isGoldenTensor(value)) {
    const flat = fromData(goldenElements(value) as TensorData, dtypeNamed(value.dtype));
    return flat.reshape([...value.shape]);
  }
  if (typeof value !== "object" || value === null) return value;
  if ("list" in value) return value.list.map(asArgument);
  if ("tuple" in value) return value.tuple.map(asArgument);
  if ("dict" in value)
    return Object.fromEntries(Object.entries(value.dict).map(([key, part]) => [key, asArgument(part)]));
  if ("map" in value) return new Map(value.map.map(([key, part]) => [asArgument(key), asArgument(part)]));
  throw new Error(`unknown value ${JSON.stringify(value)}`);
}

function compareValue(actual: unknown, expected: GoldenValue, where: string): void {
  if (isGoldenTensor(expected)) {
    if (!(actual instanceof Tensor)) throw new Error(`${where}: expected a tensor, got ${String(actual)}`);
    const data = actual.dtype.name === "int64" ? rawValuesOf(actual) : valuesOf(actual);
    compareElements({ dtype: actual.dtype.name, shape: actual.sizes, data }, expected, tolerance);
    return;
  }
  if (typeof expected !== "object" || expected === null) {
    if (typeof expected === "number" && typeof actual === "number") {
      if (Math.abs(actual - expected) <= tolerance.atol + tolerance.rtol * Math.abs(expected)) return;
    }
    // What JSON has no number for stands as text.
    if (typeof actual === "number" && !Number.isFinite(actual) && String(actual) === expected) return;
    if (actual !== expected) throw new Error(`${where}: expected ${expected}, got ${String(actual)}`);
    return;
  }
  const parts = "list" in expected ? expected.list : "tuple" in expected ? expected.tuple : null;
  if (parts !== null) {
    if (!Array.isArray(actual) || actual.length !== parts.length)
      throw new Error(`${where}: expected ${parts.length} parts, got ${String(actual)}`);
    for (const [i, part] of parts.entries()) compareValue(actual[i], part, `${where}[${i}]`);
  } else if ("map" in expected) {
    const entries = [...(actual as Map<unknown, unknown>)];
    if (entries.length !== expected.map.length)
      throw new Error(`${where}: expected ${expected.map.length} entries, got ${entries.length}`);
    for (const [i, [key, part]] of expected.map.entries()) {
      compareValue(entries[i][0], key, `${where} key ${i}`);
      compareValue(entries[i][1], part, `${where}[${entries[i][0]}]`);
    }
  } else if ("dict" in expected) {
    const record = actual as Record<string, unknown>;
    if (Object.keys(record).join() !== Object.keys(expected.dict).join())
      throw new Error(
        `${where}: expected the keys ${Object.keys(expected.dict)}, got ${Object.keys(record)}`,
      );
    for (const [key, part] of Object.entries(expected.dict))
      compareValue(record[key], part, `${where}.${key}`);
  }
}
