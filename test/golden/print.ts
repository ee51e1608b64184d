/**
 * Runs the print goldens: each tensor in the styles `r` (with several line limits), `libtorch` and `python`.
 */

import { formatTensor, type PrintView } from "../../runtime/print/format-tensor.ts";
import { getPrintOptions, type PrintOptions } from "../../runtime/print/options.ts";
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
  return runPrintWith(formatTensor, files, options);
}

/** Runs the print goldens through any printer. */
export function runPrintWith(
  print: Printer,
  files: GoldenFiles,
  { only = "" }: RunOptions,
): readonly CaseResult[] {
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
