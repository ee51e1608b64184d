/**
 * Traces the twin of a golden program and compares graphs, outputs and warnings with PyTorch's. Graphs are compared as
 * text without the numbers of values, the modules of classes and the places in the source.
 */
import {
  jitTrace,
  jitTraceModule,
  jitTuple,
  type ScriptModule,
  type Traced,
} from "../../../runtime/index.ts";
import { Module } from "../../../runtime/nn/module.ts";
import { rawValuesOf } from "../../../runtime/tensor/access.ts";
import { fromData } from "../../../runtime/tensor/from-data.ts";
import { Tensor } from "../../../runtime/tensor/tensor.ts";
import type { GoldenFiles } from "../files.ts";
import { type CaseResult, check, compareText } from "../result.ts";
import { compareElements, dtypeNamed, type GoldenTensor, goldenElements, isGoldenTensor } from "../values.ts";
import type { Program, Twin } from "./twin.ts";

interface GoldenRun {
  readonly inputs: { readonly tuple: readonly unknown[] };
  readonly outputs?: unknown;
  readonly raises?: unknown;
}

interface GoldenCase {
  readonly module: boolean;
  readonly state: Readonly<Record<string, GoldenTensor>>;
  readonly options: { readonly check_trace: boolean };
  readonly warnings: readonly { readonly message: string; readonly file: string }[];
  readonly runs: readonly GoldenRun[];
  readonly methods?: Readonly<Record<string, readonly GoldenRun[]>>;
}

/** The results of one case: graphs of each method, then outputs, by a certain executor if one is named, then warnings. */
export function runTwin(
  name: string,
  twin: Twin,
  files: GoldenFiles,
  executor: ScriptModule["executor"] = "auto",
): readonly CaseResult[] {
  const golden = files.json(`${name}/case.json`) as GoldenCase;
  let traced: Traced;
  try {
    traced = traceTwin(twin, golden);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ name: `${name} traces`, status: "failed", detail }];
  }
  (traced as unknown as ScriptModule).executor = executor;
  const results: CaseResult[] = [];
  const graphs = (label: string, prefix: string, method: Traced): void => {
    for (const [kind, graph] of [
      ["graph", method.graph],
      ["inlined_graph", method.inlinedGraph],
    ] as const) {
      const expected = files.text(`${name}/${prefix}${kind}.txt`);
      results.push(compareText(`${label} ${kind}`, comparable(String(graph)), comparable(expected)));
    }
  };
  graphs(name, "", traced);
  const code = (label: string, prefix: string, method: Traced): void => {
    const expected = files.text(`${name}/${prefix}code.txt`);
    results.push(compareText(`${label} code`, comparableCode(method.code), comparableCode(expected)));
  };
  code(name, "", traced);
  const outputs = (label: string, run: Program, runs: readonly GoldenRun[]): void => {
    for (const [i, { inputs, outputs: expected, raises }] of runs.entries()) {
      if (raises !== undefined) continue;
      results.push(
        check(`${label} run ${i + 1}`, () =>
          compareValues(run(...inputs.tuple.map((input) => fromGolden(input))), expected, "output"),
        ),
      );
    }
  };
  outputs(name, traced as unknown as Program, golden.runs);
  for (const method of twin.methods ?? []) {
    const own = (traced as unknown as Record<string, Traced & Program>)[method];
    graphs(`${name}.${method}`, `${method}.`, own);
    code(`${name}.${method}`, `${method}.`, own);
    outputs(`${name}.${method}`, own, golden.methods?.[method] ?? []);
  }
  results.push(
    compareText(`${name} warnings`, warningsOf(traced).join("\n"), goldenWarnings(golden).join("\n")),
  );
  return results;
}

function traceTwin(twin: Twin, golden: GoldenCase): Traced {
  const program = twin.make();
  const example = golden.runs[0].inputs.tuple.map((input) => fromGolden(input));
  const options = { strict: twin.strict ?? true };
  if (!(program instanceof Module)) return jitTrace(program, ...example, options) as unknown as Traced;
  const state = Object.fromEntries(
    Object.entries(golden.state).map(([key, value]) => [key, fromGolden(value) as Tensor]),
  );
  const before = golden.options;
  program.loadStateDict(state);
  const inputs: Record<string, readonly unknown[]> = { forward: example };
  for (const method of twin.methods ?? [])
    inputs[method] = golden.methods?.[method][0].inputs.tuple.map((input) => fromGolden(input)) ?? [];
  const traced = jitTraceModule(program, inputs, options) as unknown as ScriptModule;
  // Tracing ran the module once; the golden's runs begin with the initial state.
  if (before !== undefined) program.loadStateDict(state);
  return traced;
}

function fromGolden(value: unknown): unknown {
  if (isGoldenTensor(value)) {
    const flat = fromData(goldenElements(value) as number[], dtypeNamed(value.dtype));
    return flat.reshape(value.shape as number[]);
  }
  const container = value as { list?: unknown[]; tuple?: unknown[]; dict?: Record<string, unknown> };
  if (container.list !== undefined) return container.list.map(fromGolden);
  if (container.tuple !== undefined) return jitTuple(container.tuple.map(fromGolden));
  return Object.fromEntries(
    Object.entries(container.dict ?? {}).map(([key, part]) => [key, fromGolden(part)]),
  );
}

function compareValues(actual: unknown, expected: unknown, where: string): void {
  if (isGoldenTensor(expected)) {
    if (!(actual instanceof Tensor)) throw new Error(`${where}: expected a tensor, got ${String(actual)}`);
    const { dtype, sizes } = actual;
    const found = { dtype: dtype.name, shape: sizes, data: rawValuesOf(actual) };
    compareElements(found, expected, { rtol: 1e-5, atol: 1e-6 });
    return;
  }
  const container = expected as { list?: unknown[]; tuple?: unknown[]; dict?: Record<string, unknown> };
  const parts = container.list ?? container.tuple;
  const [wanted, found]: [Record<string, unknown>, Record<string, unknown>] =
    parts === undefined
      ? [container.dict ?? {}, actual as Record<string, unknown>]
      : [{ ...parts }, { ...(actual as unknown[]) }];
  if (Object.keys(wanted).join() !== Object.keys(found).join())
    throw new Error(`${where}: expected ${Object.keys(wanted)}, got ${Object.keys(found)}`);
  for (const [key, part] of Object.entries(wanted)) compareValues(found[key], part, `${where}.${key}`);
}

/** A graph's text without what may differ: values numbered in order, no places, classes without their files. */
export function comparable(text: string): string {
  const numbers = new Map<string, string>();
  return text
    .replace(/ # [^\n]*$/gm, "")
    .replace(/__torch__\.(?!torch\.)(?:\w+\.)*?((?:___torch_mangle_\d+\.)?\w+)(?=[\s,)])/g, "__torch__.$1")
    .replace(/%[\w.]+/g, (name) => {
      if (!numbers.has(name)) numbers.set(name, `%${numbers.size}`);
      return numbers.get(name) as string;
    });
}

/** Code without the name of the function, which the twins do not have, and with its variables numbered in order. */
export function comparableCode(text: string): string {
  const numbers = new Map<string, string>();
  for (const [, names] of text.matchAll(/^ +([\w, ]+?),? = /gm))
    for (const name of names.split(", ")) if (!numbers.has(name)) numbers.set(name, `v${numbers.size}`);
  return text
    .replace(/^def \w+\(/, "def f(")
    .replace(/(?<![\w.])[A-Za-z_]\w*\b(?!=)/g, (name) => numbers.get(name) ?? name);
}

/** Both languages' name for themselves, and JavaScript's one kind of number. */
const neutral = (message: string): string =>
  message
    .replaceAll(/a (Python|JavaScript) (boolean|float|integer|number or boolean|number)/g, "a number")
    .replaceAll(/(Python|JavaScript) values/g, "values");

const warningsOf = (traced: Traced): string[] => traced.warnings.map(({ message }) => neutral(message));

/** PyTorch's warnings from the program itself; with check_trace all come twice. */
function goldenWarnings({ warnings, options }: GoldenCase): string[] {
  const once = options.check_trace ? warnings.slice(0, warnings.length / 2) : warnings;
  return once.filter(({ file }) => !file.startsWith("torch/nn/")).map(({ message }) => neutral(message));
}
