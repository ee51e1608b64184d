/**
 * PyTorch's `repr` of a tensor. How single numbers are written is decided by {@link chooseElementFormat} from the values
 * that are shown. Source: torch/_tensor_str.py.
 */

import { type DType, float32 } from "../tensor/dtype.ts";
import { formatFixed, formatScientific } from "./c-format.ts";
import type { PrintView } from "./format-tensor.ts";
import type { PrintOptions } from "./options.ts";

const prefix = "tensor(";

/** How every element of one tensor is written. */
interface ElementFormat {
  readonly width: number;
  readonly write: (value: number | bigint) => string;
}

/** A tensor as Python's `repr(x)` writes it. */
export function formatPython(view: PrintView, options: PrintOptions): string {
  const body = view.values.length === 0 ? "[]" : formatBody(view, options);
  return withSuffixes(prefix + body, suffixes(view, options), options.linewidth);
}

function formatBody(view: PrintView, options: PrintOptions): string {
  const summarize = view.values.length > options.threshold;
  const shown = summarize
    ? summarizedValues(view, options.edgeitems)
    : Array.from<number | bigint>(view.values);
  const format = chooseElementFormat(shown, view.dtype, options);
  if (view.sizes.length === 0) return format.write(view.values[0]);
  return formatBlock(view, 0, 0, summarize, format, options);
}

/** The sub-tensor at `offset` whose first dimension is `dim`, in brackets. */
function formatBlock(
  view: PrintView,
  dim: number,
  offset: number,
  summarize: boolean,
  format: ElementFormat,
  options: PrintOptions,
): string {
  const { edgeitems } = options;
  const size = view.sizes[dim];
  const rank = view.sizes.length - dim;
  const indent = prefix.length + dim;
  const stride = view.sizes.slice(dim + 1).reduce((product, n) => product * n, 1);
  const item = (i: number): string =>
    rank === 1
      ? format.write(view.values[offset + i])
      : formatBlock(view, dim + 1, offset + i * stride, summarize, format, options);
  const range = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => item(from + i));
  // In a vector the dots stand for an element and have its leading space; with no edge items they stand alone.
  const dots = rank === 1 && edgeitems > 0 ? " ..." : "...";
  const items =
    summarize && size > 2 * edgeitems
      ? [...range(0, edgeitems), dots, ...range(size - edgeitems, size)]
      : range(0, size);
  const margin = " ".repeat(indent + 1);
  if (rank > 1) return `[${items.join(`,${"\n".repeat(rank - 1)}${margin}`)}]`;
  const perLine = Math.max(1, Math.floor((options.linewidth - indent) / (format.width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${margin}`)}]`;
}

/** The values a summary shows: they alone decide width and notation. */
function summarizedValues(view: PrintView, edgeitems: number): (number | bigint)[] {
  const { sizes, values } = view;
  if (edgeitems === 0) return sizes.length <= 1 ? Array.from<number | bigint>(values) : [];
  let offsets = [0];
  let stride = values.length;
  for (const size of sizes) {
    stride /= size;
    const indices = Array.from({ length: size }, (_, i) => i).filter(
      (i) => size <= 2 * edgeitems || i < edgeitems || i >= size - edgeitems,
    );
    offsets = offsets.flatMap((offset) => indices.map((i) => offset + i * stride));
  }
  return offsets.map((offset) => values[offset]);
}

function chooseElementFormat(
  values: readonly (number | bigint)[],
  dtype: DType,
  options: PrintOptions,
): ElementFormat {
  if (dtype.category === "bool") return aligned(values, (value) => (value ? "True" : "False"));
  if (dtype.category === "integral") return aligned(values, String);
  const { precision } = options;
  const counting = (values as readonly number[]).filter((value) => Number.isFinite(value) && value !== 0);
  const wholeNumber = (value: number) => formatFixed(value, 0) + (Number.isFinite(value) ? "." : "");
  if (counting.length === 0) return aligned<number>([], wholeNumber);
  if (options.sciMode ?? spreadsWide(counting)) {
    return aligned<number>(counting, (value) => formatScientific(value, precision));
  }
  if (counting.every(Number.isInteger)) return aligned<number>(counting, wholeNumber);
  return aligned<number>(counting, (value) => formatFixed(value, precision));
}

/** Whether fixed notation would hide or drown some of the values. */
function spreadsWide(values: readonly number[]): boolean {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (const value of values) {
    min = Math.min(min, Math.abs(value));
    max = Math.max(max, Math.abs(value));
  }
  return max / min > 1000 || max > 1e8 || min < 1e-4;
}

/** Right-aligns to the widest of `values`; wider ones that did not count (such as `-inf`) stick out. */
function aligned<Value extends number | bigint>(
  values: readonly Value[],
  format: (value: Value) => string,
): ElementFormat {
  const width = values.reduce((widest, value) => Math.max(widest, format(value).length), 1);
  return { width, write: (value) => format(value as Value).padStart(width) };
}

function suffixes(view: PrintView, options: PrintOptions): string[] {
  const { dtype, sizes } = view;
  const empty = view.values.length === 0;
  const result: string[] = [];
  if (empty ? sizes.length !== 1 : options.edgeitems === 0) {
    result.push(`size=(${sizes.join(", ")}${sizes.length === 1 ? "," : ""})`);
  }
  // Python's literals tell float32, int64 and bool apart; an empty list tells nothing.
  const evident = empty ? dtype === float32 : ["float32", "int64", "bool"].includes(dtype.name);
  if (!evident) result.push(`dtype=${dtype}`);
  if (view.gradFn !== null) result.push(`grad_fn=<${view.gradFn}>`);
  else if (view.requiresGrad) result.push("requires_grad=True");
  return result;
}

function withSuffixes(text: string, suffixes: readonly string[], linewidth: number): string {
  let result = text;
  let lastLine = text.length - text.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (lastLine + suffix.length + 2 > linewidth) {
      result += `,\n${" ".repeat(prefix.length)}${suffix}`;
      lastLine = prefix.length + suffix.length;
    } else {
      result += `, ${suffix}`;
      lastLine += suffix.length + 2;
    }
  }
  return `${result})`;
}
