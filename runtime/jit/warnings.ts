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

/** What a kind of read is called and what to do instead; `consequence` where torch's differs from the usual one. */
interface ReadText {
  readonly what: string;
  readonly advice: string;
  readonly consequence?: string;
}

const reads: Readonly<Record<HostReadKind | "size", ReadText>> = {
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
  size: {
    what: "Converting a tensor to a JavaScript number",
    advice:
      "a size read in a trace is a tensor: give it to operators as it is (x.view(x.size(0), -1)), and compute with torch.mul(h, w) " +
      "instead of h * w",
  },
  iterate: {
    what: "Iterating over a tensor",
    advice: "use x.unbind(0) on a dimension whose size is fixed, or one operator over the whole tensor",
    consequence:
      "might cause the trace to be incorrect. Passing a tensor of different shape won't change the number of iterations " +
      "executed (and might lead to errors or silently give incorrect results).",
  },
  length: {
    what: "Using length to get tensor shape",
    advice: "use x.size(0), which the trace records",
    consequence:
      "might cause the trace to be incorrect. Recommended usage would be tensor.shape[0]. Passing a tensor of different " +
      "shape might lead to errors or silently give incorrect results.",
  },
};

/** The warning for a read of a tensor by host code. */
export function hostReadWarning(kind: HostReadKind | "size", source: SourceLocation | null): TracerWarning {
  const text = reads[kind];
  return tracerWarning(`${text.what} ${text.consequence ?? consequence}`, text.advice, source);
}

/** The warning for a condition that is a tensor, which is always true; `text` is the condition's. */
export const conditionWarning = (text: string, source: SourceLocation): TracerWarning =>
  tracerWarning(
    `Converting a tensor to a JavaScript boolean ${consequence}`,
    `\`${text}\` is a tensor, and so true whatever its values are: choose between them with torch.where(${text}, a, b), or, where the ` +
      "choice is the same for all inputs, by a boolean of your own",
    source,
  );

/** The warning for a tensor made of host values while tracing. */
export const constantWarning = (source: SourceLocation | null): TracerWarning =>
  tracerWarning(
    "torch.tensor results are registered as constants in the trace. You can safely ignore this warning if you use this " +
      "function to create tensors out of constant variables that would be the same every time you call this function. In any " +
      "other case, this might cause the trace to be incorrect.",
    "make the tensor an input, or compute it with operators from the inputs",
    source,
  );

/** torch's words about containers that a trace gives back. */
export const containerMessage = (container: "list" | "dict"): string =>
  `Encountering a ${container} at the output of the tracer might cause the trace to be incorrect, this is only valid if the ` +
  "container structure does not change based on the module's inputs. Consider using a constant container instead (e.g. for " +
  "`list`, use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely need this and know the side " +
  "effects, pass strict=False to trace() to allow this behavior.";

/** The warning for a list among the results of a strict trace. */
export const listWarning = (): TracerWarning =>
  tracerWarning(containerMessage("list"), "return jitTuple([...]), or trace with { strict: false }", null);

/** A warning as frozen data. */
export function tracerWarning(message: string, advice: string, source: SourceLocation | null): TracerWarning {
  return Object.freeze({ kind: "tracer-warning", message, advice, source });
}

/** A warning as one paragraph, its place first. */
export function warningText({ message, advice, source }: TracerWarning): string {
  const place = source === null ? "" : `${source.file}:${source.line}:${source.column}: `;
  return `TracerWarning: ${place}${message} Instead: ${advice}.`;
}
