/**
 * Runs the random number goldens: single calls, sequences of calls on one seed, modules' initial values, and whole
 * training runs (those in rng-training.ts). The recorded Python expressions are evaluated with this library.
 */

import { nn, Tensor, torch } from "../../runtime/index.ts";
import type { GoldenFiles } from "./files.ts";
import { compareTensor, prefixed } from "./op-values.ts";
import { evaluatePython, type Signatures } from "./python-call.ts";
import { type CaseResult, check, type RunOptions } from "./result.ts";
import { runTraining, type TrainingCase } from "./rng-training.ts";
import type { GoldenTensor, Tolerance } from "./values.ts";

interface SingleCase {
  readonly seed: number;
  readonly python: string;
  readonly shape?: readonly number[];
  readonly out: GoldenTensor;
  readonly next_rand: GoldenTensor;
}

interface Sequence {
  readonly seed: number;
  readonly steps: readonly { readonly python: string; readonly out: GoldenTensor }[];
}

interface InitCase {
  readonly seed: number;
  readonly module?: string;
  readonly state?: Readonly<Record<string, GoldenTensor>>;
  readonly init?: string;
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly shape?: readonly number[];
  readonly out?: GoldenTensor;
  readonly next_rand: GoldenTensor;
}

const exact: Tolerance = { rtol: 0, atol: 0 };
/** float64 goes through the C library's log, sin and cos, whose last digit is not JavaScript's. */
const lastDigits: Tolerance = { rtol: 1e-15, atol: 1e-15 };
/** Scaled and orthogonalised numbers. */
const computed: Tolerance = { rtol: 1e-6, atol: 1e-6 };

export async function runRng(files: GoldenFiles, { only = "" }: RunOptions): Promise<readonly CaseResult[]> {
  const cases = <T>(file: string): readonly T[] =>
    files.names.includes(file) ? (files.json(file) as T[]) : [];
  const named: readonly (readonly [string, () => void])[] = [
    ...cases<SingleCase>("single.json").map(
      (golden) =>
        [
          `single ${golden.python} [${golden.shape ?? ""}] seed ${golden.seed}`,
          () => runSingle(golden),
        ] as const,
    ),
    ...cases<Sequence>("sequences.json").map(
      (golden) => [`sequences seed ${golden.seed}`, () => runSequence(golden)] as const,
    ),
    ...cases<InitCase>("init.json").map(
      (golden) =>
        [`init ${golden.module ?? golden.init} seed ${golden.seed}`, () => runInit(golden)] as const,
    ),
    ...cases<TrainingCase>("training.json").map(
      (golden) =>
        [
          `training ${golden.model} ${golden.optimizer} seed ${golden.seed}`,
          () => runTraining(golden),
        ] as const,
    ),
  ];
  return named.filter(([name]) => name.includes(only)).map(([name, run]) => check(name, run));
}

/** What the recorded expressions refer to. */
const environment = {
  torch,
  nn,
  F: nn.functional,
  float32: torch.float32,
  float64: torch.float64,
  int64: torch.int64,
};

const signatures: Signatures = {
  dropout: ["input", "p", "training"],
  dropout2d: ["input", "p", "training"],
  normal_: ["tensor", "mean", "std"],
  uniform_: ["tensor", "a", "b"],
  trunc_normal_: ["tensor", "mean", "std", "a", "b"],
  xavier_uniform_: ["tensor", "gain"],
  xavier_normal_: ["tensor", "gain"],
};

function evaluate(python: string, shape: readonly number[] = []): Tensor {
  const result = evaluatePython(python, { ...environment, shape }, signatures);
  if (!(result instanceof Tensor)) throw new Error(`${python} gave no tensor`);
  return result;
}

const toleranceFor = (out: GoldenTensor): Tolerance => (out.dtype === "float64" ? lastDigits : exact);

function runSingle(golden: SingleCase): void {
  torch.manualSeed(golden.seed);
  compareTensor(evaluate(golden.python, golden.shape), golden.out, toleranceFor(golden.out));
  checkNext(golden.next_rand);
}

function runSequence(golden: Sequence): void {
  torch.manualSeed(golden.seed);
  golden.steps.forEach(({ python, out }, i) => {
    prefixed(`step ${i}, ${python}: `, () => compareTensor(evaluate(python), out, toleranceFor(out)));
  });
}

function runInit(golden: InitCase): void {
  torch.manualSeed(golden.seed);
  if (golden.module !== undefined) {
    const module = evaluatePython(golden.module, environment) as InstanceType<typeof nn.Module>;
    const state = new Map(Object.entries(module.stateDict()));
    for (const [key, expected] of Object.entries(golden.state ?? {})) {
      prefixed(`${key}: `, () => {
        const actual = state.get(key);
        if (actual === undefined) throw new Error(`missing; the state has ${[...state.keys()].join(", ")}`);
        compareTensor(actual, expected, exact);
      });
    }
  } else {
    const keywords = Object.entries(golden.kwargs ?? {}).map(
      ([name, value]) => `, ${name}=${pythonLiteral(value)}`,
    );
    const call = `${golden.init}(torch.empty(shape)${keywords.join("")})`;
    if (golden.out !== undefined) compareTensor(evaluate(call, golden.shape), golden.out, computed);
  }
  checkNext(golden.next_rand);
}

const pythonLiteral = (value: unknown): string => (typeof value === "string" ? `'${value}'` : String(value));

/** The draw after the call shows how many numbers the call took. */
function checkNext(expected: GoldenTensor): void {
  prefixed("the rand after it: ", () => compareTensor(torch.rand(expected.shape), expected, exact));
}
