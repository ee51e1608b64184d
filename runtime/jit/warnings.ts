/**
 * Tracer warnings: what a trace could not record, with the line where it happened and what to do instead.
 * Source of the texts: torch/_tensor.py, torch/csrc/autograd/python_variable_methods.cpp (jit_warn).
 */
import type { HostReadKind } from "../dispatch/interpreter.ts";
import type { SourceLocation } from "./ir.ts";

/** Something that may make the trace wrong for other inputs. */
export interface TracerWarning {
  readonly kind: "tracer-warning";
  readonly message: string;
  /** What to write instead. */
  readonly advice: string;
  readonly source: SourceLocation | null;
}

const consequence =
  "might cause the trace to be incorrect. We can't record the data flow of JavaScript values, so this value will be treated " +
  "as a constant in the future. This means that the trace might not generalize to other inputs!";

const reads: Readonly<Record<HostReadKind, { readonly what: string; readonly advice: string }>> = {
  item: {
    what: "Converting a tensor to a JavaScript number",
    advice: "keep the value a tensor: write x.mul(t) instead of x.mul(t.item())",
  },
  tolist: {
    what: "Converting a tensor to a JavaScript array",
    advice: "compute with tensor operators instead of array ones",
  },
  data: {
    what: "Reading a tensor's memory",
    advice: "compute with tensor operators instead of typed arrays",
  },
  primitive: {
    what: "Converting a tensor to a JavaScript number or boolean",
    advice: "use t.gt(0) and torch.where(...) instead of t > 0 ? ... : ..., and t.add(1) instead of t + 1",
  },
  iterate: {
    what: "Iterating over a tensor",
    advice: "use x.unbind(0) on a dimension whose size is fixed, or one operator over the whole tensor",
  },
  length: { what: "Using length to get a tensor's size", advice: "use x.size(0), which the trace records" },
};

/** The warning for a read of a tensor by host code. */
export function hostReadWarning(kind: HostReadKind, source: SourceLocation | null): TracerWarning {
  const { what, advice } = reads[kind];
  return Object.freeze({ kind: "tracer-warning", message: `${what} ${consequence}`, advice, source });
}

/** A warning as one paragraph, its place first. */
export function warningText({ message, advice, source }: TracerWarning): string {
  const place = source === null ? "" : `${source.file}:${source.line}:${source.column}: `;
  return `TracerWarning: ${place}${message} Instead: ${advice}.`;
}
