/**
 * Runs the print goldens: each tensor in the styles `r` (with several line limits), `libtorch` and `python`, both by
 * the formatter alone and as a real tensor.
 */

import { attach } from "../../runtime/autograd/edges.ts";
import { GradNode } from "../../runtime/autograd/node.ts";
import { torch } from "../../runtime/index.ts";
import { formatTensor, type PrintView } from "../../runtime/print/format-tensor.ts";
import { getPrintOptions, type PrintOptions, resetPrintOptions } from "../../runtime/print/options.ts";
import { storageArrays } from "../../runtime/tensor/storage.ts";
import { tensorFromArray } from "../../runtime/tensor/tensor.ts";
import type { GoldenFiles } from "./files.ts";
import { type CaseResult, compareText, type RunOptions } from "./result.ts";
import { dtypeNamed, type GoldenTensor, goldenElements } from "./values.ts";

interface PrintCase extends GoldenTensor {
  readonly id: string;
  readonly requires_grad: boolean;
  readonly grad_fn?: string;
  readonly expected: {
    readonly libtorch: string;
    readonly r: string;
    readonly python: string;
    /** Style `r` with other line limits. */
    readonly r_n?: Readonly<Record<string, string>>;
  };
}

/** Prints one view with some options; the formatter itself, or a real tensor's way to it. */
export type Printer = (view: PrintView, options: PrintOptions) => string;

export async function runPrint(files: GoldenFiles, options: RunOptions): Promise<readonly CaseResult[]> {
  const byFormatter = runPrintWith(formatTensor, files, options);
  const byTensor = runPrintWith(printTensor, files, options);
  return [...byFormatter, ...byTensor.map((result) => ({ ...result, name: `${result.name} (tensor)` }))];
}

/** The way of a real tensor: made of the values, printed by `String(tensor)` under the options. */
function printTensor(view: PrintView, options: PrintOptions): string {
  const array = new storageArrays[view.dtype.name](view.values.length);
  array.set(view.values as ArrayLike<number> & ArrayLike<bigint>);
  const tensor = tensorFromArray(array, view.dtype, view.sizes);
  if (view.gradFn !== null) attach(tensor, { node: new GradNode(view.gradFn, [], [], () => []), output: 0 });
  else if (view.requiresGrad) tensor.requiresGrad_();
  torch.setPrintOptions(options);
  try {
    return String(tensor);
  } finally {
    resetPrintOptions();
  }
}

/** Runs the print goldens through any printer. */
function runPrintWith(print: Printer, files: GoldenFiles, { only = "" }: RunOptions): readonly CaseResult[] {
  const base = getPrintOptions();
  return files.names.flatMap((file) =>
    (files.json(file) as PrintCase[])
      .filter((golden) => golden.id.includes(only))
      .flatMap((golden) => {
        const view = viewOf(golden);
        const { libtorch, r, python, r_n = {} } = golden.expected;
        return [
          compareText(`${golden.id} libtorch`, print(view, { ...base, style: "libtorch" }), libtorch),
          compareText(`${golden.id} r`, `${print(view, { ...base, style: "r" })}\n`, r),
          compareText(`${golden.id} python`, print(view, { ...base, style: "python" }), python),
          ...Object.entries(r_n).map(([n, text]) =>
            compareText(
              `${golden.id} r n=${n}`,
              `${print(view, { ...base, style: "r", lines: Number(n) })}\n`,
              text,
            ),
          ),
        ];
      }),
  );
}

function viewOf(golden: PrintCase): PrintView {
  return {
    dtype: dtypeNamed(golden.dtype),
    sizes: golden.shape,
    values: goldenElements(golden),
    requiresGrad: golden.requires_grad,
    gradFn: golden.grad_fn ?? null,
  };
}
