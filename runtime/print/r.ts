/**
 * What R torch's print method adds to the C++ text of libtorch.ts: a heading, the truncation of long printouts and the
 * gradient's mark. Source: mlverse/torch R/tensor.R and src/tensor.cpp.
 */

import type { PrintView } from "./format-tensor.ts";
import { formatLibtorch } from "./libtorch.ts";

/** A tensor as R torch's `print(x, n = lines)` writes it, without the final newline. */
export function formatR(view: PrintView, lines: number): string {
  return `torch_tensor\n${truncate(formatLibtorch(view), lines)}${gradientMark(view)}`;
}

function truncate(text: string, lines: number): string {
  const all = text.split("\n");
  if (lines <= 1 || all.length <= lines) return text;
  return [
    ...all.slice(0, lines),
    "... [the output was truncated (use n=-1 to disable)]",
    all[all.length - 1],
  ].join("\n");
}

function gradientMark(view: PrintView): string {
  if (view.gradFn !== null) return `[ grad_fn = <${view.gradFn}> ]`;
  return view.requiresGrad ? "[ requires_grad = TRUE ]" : "";
}
