/**
 * Runs the op goldens: each recorded call through `torch.ops.aten`, its results, what it wrote to, its gradients, or the
 * error it must raise.
 */

import { findOp } from "../../runtime/dispatch/op.ts";
import { Tensor, torch } from "../../runtime/index.ts";
import { fromValues } from "../../runtime/tensor/access.ts";
import { allocateNumbers } from "../../runtime/tensor/storage.ts";
import type { GoldenFiles } from "./files.ts";
import {
  compareGradient,
  compareValue,
  decodeTensor,
  decodeValue,
  describe,
  type GoldenValue,
  type MemoryLayout,
  prefixed,
  tensorsIn,
} from "./op-values.ts";
import type { CaseResult, Divergence, RunOptions } from "./result.ts";
import { type GoldenTensor, isGoldenTensor } from "./values.ts";

interface OpCase {
  /** `aten.add.Tensor` */
  readonly op: string;
  readonly args: readonly GoldenValue[];
  readonly kwargs: Readonly<Record<string, GoldenValue>>;
  readonly out?: GoldenValue;
  readonly raises?: { readonly type: string; readonly message: string };
  readonly mutates?: Readonly<Record<string, GoldenValue>>;
  readonly grads?: readonly GoldenValue[];
  readonly check?: "shape";
}

export async function runOps(files: GoldenFiles, options: RunOptions): Promise<readonly CaseResult[]> {
  const { only = "", existing = false, strided = false } = options;
  const layout: MemoryLayout = strided ? "strided" : "contiguous";
  return files.names.flatMap((file) => {
    const { cases } = files.json(file) as { readonly cases: readonly OpCase[] };
    return cases.flatMap((golden, index): CaseResult | readonly CaseResult[] => {
      const name = `${file.replace(/\.json$/, "")} #${index} ${callText(golden)}`;
      if (!name.includes(only)) return [];
      if (existing && overload(golden.op).row === undefined)
        return { name, status: "skipped", detail: "not in the table" };
      return golden.raises === undefined
        ? checkCall(name, golden, layout)
        : checkRaises(name, golden, golden.raises, layout);
    });
  });
}

function checkCall(name: string, golden: OpCase, layout: MemoryLayout): CaseResult {
  const failed = (divergence: Divergence, error: unknown): CaseResult => {
    if (!(error instanceof Error)) throw error;
    return { name, status: "failed", divergence, detail: `${error.name}: ${error.message}` };
  };
  const shapesOnly = golden.check === "shape" || drawsMask(golden);
  let called: ReturnType<typeof call>;
  try {
    called = call(golden, layout);
  } catch (error) {
    return failed(isBreakdown(error) ? "broken" : "refused", error);
  }
  try {
    compareCall(golden, called, shapesOnly);
    if (golden.grads !== undefined && !shapesOnly)
      prefixed("gradients: ", () => checkGradients(golden, layout));
  } catch (error) {
    return failed(isBreakdown(error) ? "broken" : "result", error);
  }
  return { name, status: "passed" };
}

function compareCall(golden: OpCase, { args, result }: ReturnType<typeof call>, shapesOnly: boolean): void {
  if (!samePicks(golden, args, result)) compareValue(result, golden.out, shapesOnly);
  for (const [index, value] of Object.entries(golden.mutates ?? {})) {
    prefixed(`argument ${index} after the call: `, () =>
      compareValue(args[Number(index)], value, shapesOnly),
    );
  }
}

/** Whether JavaScript itself raised an error: a TypeError that does not name an operator's arguments, a RangeError, … */
const isBreakdown = (error: unknown): boolean =>
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  (error instanceof TypeError &&
    /^Cannot |^undefined |is not (a |iterable)|of (undefined|null)|BigInt/.test(error.message));

/** Dropout in training draws its mask, though some of its cases are not marked as random. */
const drawsMask = ({ op, args }: OpCase): boolean =>
  op === "aten.dropout.default" && args[2] === true && ![0, 1].includes((args[1] as { float: number }).float);

/** Operators whose order among equal elements is not defined. */
const picking = /^aten\.(topk|kthvalue|sort|mode|median|nanmedian)\./;

/** Whether the right values were picked, be it from other places with equal elements. */
function samePicks(golden: OpCase, args: readonly unknown[], result: unknown): boolean {
  if (!picking.test(golden.op) || !Array.isArray(result) || !Array.isArray(golden.out)) return false;
  const [values, indices] = result as readonly Tensor[];
  const self = args[0] as Tensor;
  // Unsorted, the greatest come in any order.
  const isSorted = golden.op !== "aten.topk.default" || golden.args[4] !== false;
  if (isSorted) compareValue(values, golden.out[0]);
  compareValue(indices, golden.out[1], true);
  const second = /^aten\.(topk|kthvalue)\./.test(golden.op);
  const named = golden.kwargs.dim ?? args[second ? 2 : 1];
  const dim = typeof named === "number" ? named : -1;
  if (self.ndim === 0) return false;
  const at = indices.ndim === self.ndim ? indices : indices.unsqueeze(dim);
  const gathered = self.gather(dim, at);
  const picked = indices.ndim === self.ndim ? gathered : gathered.squeeze(dim);
  if (isSorted) compareValue(picked, golden.out[0]);
  else {
    const sorted = [picked, values, decodeTensor(golden.out[0] as GoldenTensor)].map(
      (all) => all.sort(dim)[0],
    );
    for (const one of sorted.slice(0, 2))
      if (!torch.allclose(one, sorted[2], 0, 0, true)) throw new Error("other elements");
  }
  return true;
}

/** The gradients of the weighted sum of all results, by every floating tensor among the arguments. */
function checkGradients(golden: OpCase, layout: MemoryLayout): void {
  const mutated = new Set(Object.keys(golden.mutates ?? {}).map(Number));
  const inputs: Tensor[] = [];
  const { result } = call(golden, layout, (value, index) => {
    for (const tensor of tensorsIn(value)) {
      if (tensor.isFloatingPoint()) tensor.requiresGrad_();
      inputs.push(tensor);
    }
    // A leaf that requires a gradient must not be written to, a copy of it may.
    return value instanceof Tensor && mutated.has(index) && value.requiresGrad ? value.clone() : value;
  });
  const weighted = tensorsIn(result)
    .map((output, k) => ({ output, k }))
    .filter(({ output }) => output.requiresGrad);
  if (weighted.length === 0) throw new Error("no result requires a gradient");
  const floating = inputs.filter((tensor) => tensor.requiresGrad);
  const found = torch.autograd.grad(
    weighted.map(({ output }) => output),
    floating,
    { gradOutputs: weighted.map(({ output, k }) => weights(output, k)), allowUnused: true },
  );
  golden.grads?.forEach((expected, i) => {
    const gradient = found[floating.indexOf(inputs[i])] ?? null;
    prefixed(`of tensor ${i}: `, () => {
      // torch leaves out gradients it knows to be zero; zeros say the same.
      if (expected === null && (gradient === null || isZero(gradient))) return;
      if (gradient === null && isGoldenTensor(expected) && expected.data.every((value) => value === 0))
        return;
      compareGradient(gradient, expected);
    });
  });
}

/** w_k[i] = (((7 i + 3 + k) mod 11) - 5) / 4, as golden/ops/README.md defines it. */
function weights(output: Tensor, k: number): Tensor {
  const values = allocateNumbers(output.dtype, output.elements);
  for (let i = 0; i < values.length; i++) values[i] = (((7 * i + 3 + k) % 11) - 5) / 4;
  return fromValues(values, output.sizes, output.dtype);
}

const isZero = (tensor: Tensor): boolean => !tensor.ne(0).any().item<boolean>();

function checkRaises(
  name: string,
  golden: OpCase,
  raises: { type: string; message: string },
  layout: MemoryLayout,
): CaseResult {
  const failed = (divergence: Divergence, got: string): CaseResult => ({
    name,
    status: "failed",
    divergence,
    detail: `expected ${raises.type}: ${raises.message}\ngot ${got}`,
    message: "other",
  });
  try {
    return failed("accepted", describe(call(golden, layout).result));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const got = `${error.name}: ${error.message}`;
    if (isBreakdown(error)) return failed("broken", got);
    if (error.name !== raises.type || !sharesWords(error.message, raises.message))
      return failed("error", got);
    const message = error.message === raises.message ? "same" : "other";
    return { ...failed("error", got), status: "passed", divergence: undefined, message };
  }
}

/** The gist of a message: at least half of torch's words are in it. */
function sharesWords(actual: string, expected: string): boolean {
  const words = (text: string) => new Set(text.toLowerCase().match(/[a-z_]+|\d+/g) ?? []);
  const ours = words(actual);
  const theirs = [...words(expected)];
  return theirs.filter((word) => ours.has(word)).length * 2 >= theirs.length;
}

/** Calls the operator on freshly decoded arguments; `prepare` sees each one before. */
function call(
  golden: OpCase,
  layout: MemoryLayout,
  prepare: (value: unknown, index: number) => unknown = (value) => value,
): { args: readonly unknown[]; result: unknown } {
  const { name, overloadName, row } = overload(golden.op);
  if (row === undefined) throw new Error(`there is no operator ${golden.op}`);
  const args = golden.args.map((value, i) => prepare(decodeValue(value, layout), i));
  const keywords = Object.entries(golden.kwargs).map(
    ([key, value]) => [key, prepare(decodeValue(value, layout), -1)] as const,
  );
  const callable = torch.ops.aten[name][overloadName] as (...args: unknown[]) => unknown;
  return { args, result: callable(...args, ...(keywords.length > 0 ? [Object.fromEntries(keywords)] : [])) };
}

function overload(op: string) {
  const [, name, overloadName] = op.split(".");
  return { name, overloadName, row: findOp(`aten::${name}`, overloadName === "default" ? "" : overloadName) };
}

function callText({ op, args, kwargs }: OpCase): string {
  const keywords = Object.entries(kwargs).map(([key, value]) => `${key}=${describe(value)}`);
  return `${op}(${[...args.map(describe), ...keywords].join(", ")})`;
}
