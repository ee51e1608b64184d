/**
 * `checkTrace`: runs function and trace on the same inputs, traces again, and compares results and graphs.
 * Source of rules and messages: torch/jit/_trace.py (_check_trace, TracingCheckError), torch/testing/_comparison.py.
 */
import { withGradMode } from "../autograd/grad-mode.ts";
import type { Module } from "../nn/module.ts";
import { valuesOf } from "../tensor/access.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { FinishedTrace } from "./finish-trace.ts";
import { diffLines } from "./graph-diff.ts";
import { prepare } from "./interpret.ts";
import type { Graph, Node } from "./ir.ts";
import { canonicalText, nodeText } from "./print.ts";
import { type TracerWarning, tracerWarning } from "./warnings.ts";

/** Thrown by checkTrace when another trace of the same function gives another graph, or when one cannot run. */
export class TracingCheckError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`Tracing failed sanity checks!\n${message}`, options);
    this.name = "TracingCheckError";
  }
}

interface CheckOptions {
  readonly checkTolerance: number;
}

type Run = (...args: unknown[]) => unknown;

/** Adds what differs to `warnings`. Throws a TracingCheckError if graphs or constants differ. */
export function checkTrace(
  fn: Run,
  trace: FinishedTrace,
  again: (inputs: readonly unknown[]) => FinishedTrace,
  leading: readonly Module[],
  checks: readonly (readonly unknown[])[],
  options: CheckOptions,
  warnings: TracerWarning[],
): void {
  for (const given of checks) {
    const inputs: readonly unknown[] = given instanceof Tensor ? [given] : given;
    const other = again(cloned(inputs));
    const compare = new Comparison(trace.graph, options.checkTolerance, warnings);
    const runTrace = (graph: Graph) => () => prepare(graph)([...leading, ...cloned(inputs)])[0];
    const outputs = (run: () => unknown, what: string): Tensor[] => {
      try {
        return tensorsOf(withGradMode(false, run));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        const note = `encountered an exception while running the ${what} with test inputs.\nException:\n${indent(text)}\n`;
        throw new TracingCheckError(note + (graphDifference(trace.inlinedGraph, other.inlinedGraph) ?? ""), {
          cause: error,
        });
      }
    };
    const traced = outputs(runTrace(trace.inlinedGraph), "trace");
    const direct = outputs(() => fn(...cloned(inputs)), "Python function");
    if (compare.outputs(traced, direct, "Python function"))
      compare.outputs(traced, outputs(runTrace(other.inlinedGraph), "repeated trace"), "repeated trace");
    const difference = graphDifference(trace.inlinedGraph, other.inlinedGraph);
    if (difference !== null) throw new TracingCheckError(difference);
  }
}

const indent = (text: string): string =>
  text
    .split("\n")
    .map((line) => `\t${line}`)
    .join("\n");

function cloned(inputs: readonly unknown[]): unknown[] {
  const clone = (value: unknown): unknown => {
    if (value instanceof Tensor) return value.detach().clone();
    if (Array.isArray(value)) return value.map(clone);
    return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, clone(part)]));
  };
  return inputs.map(clone);
}

/** The tensors of a result; as in torch those inside of nested containers are not compared. */
const tensorsOf = (result: unknown): Tensor[] =>
  (Array.isArray(result) ? result : [result]).filter((part): part is Tensor => part instanceof Tensor);

/** Operators whose results differ from run to run. Source: torch/csrc/jit/ir/ir.cpp (isNondeterministic). */
const nondeterministic =
  /^aten::(dropout|_fused_dropout|_standard_gamma|bernoulli|multinomial|native_dropout|normal|poisson|binomial|rrelu(_with_noise)?|rand|rand_like|randint|randint_like|randn|randn_like|randperm)$/;

class Comparison {
  readonly #graph: Graph;
  readonly #tolerance: number;
  readonly #warnings: TracerWarning[];
  #warned = false;

  constructor(graph: Graph, tolerance: number, warnings: TracerWarning[]) {
    this.#graph = graph;
    this.#tolerance = tolerance;
    this.#warnings = warnings;
  }

  outputs(original: readonly Tensor[], reference: readonly Tensor[], what: string): boolean {
    let close = true;
    for (let i = 0; i < Math.min(original.length, reference.length); i++) {
      const difference = tensorDifference(original[i], reference[i], this.#tolerance);
      if (difference === null) continue;
      this.#warnNondeterministic();
      this.#warnings.push(
        tracerWarning(
          `Output nr ${i + 1}. of the traced function does not match the corresponding output of the ${what}. Detailed error:\n${difference}`,
          "look for conditions, loops and numbers that depend on the data",
          null,
        ),
      );
      close = false;
    }
    return close;
  }

  #warnNondeterministic(): void {
    if (this.#warned) return;
    this.#warned = true;
    const nodes = this.#graph.nodes.filter((node) => isNondeterministic(node));
    if (nodes.length === 0) return;
    const list = nodes.slice(0, 20).map((node) => indent(nodeText(node)));
    this.#warnings.push(
      tracerWarning(
        `Trace had nondeterministic nodes. Did you forget call .eval() on your model? Nodes:\n${list.join("\n")}\n` +
          "This may cause errors in trace checking. To disable trace checking, pass check_trace=False to torch.jit.trace()",
        "call .eval() on the module before tracing it",
        nodes[0].source,
      ),
    );
  }
}

function isNondeterministic(node: Node): boolean {
  return nondeterministic.test(node.kind);
}

/** What torch.testing.assert_close says of two tensors; null if they are close. */
function tensorDifference(actual: Tensor, expected: Tensor, rtol: number): string | null {
  const shape = (tensor: Tensor): string => `torch.Size([${tensor.sizes.join(", ")}])`;
  if (shape(actual) !== shape(expected))
    return `The values for attribute 'shape' do not match: ${shape(actual)} != ${shape(expected)}.`;
  const atol = actual.dtype.name === "float64" ? 1e-7 : actual.dtype.category === "floating" ? 1e-5 : 0;
  const [a, b] = [valuesOf(actual), valuesOf(expected)];
  let mismatched = 0;
  const absolute = { value: -1, index: 0 };
  const relative = { value: -1, index: 0 };
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i] || (Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue;
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= atol + rtol * Math.abs(b[i]))) mismatched++;
    if (difference > absolute.value) Object.assign(absolute, { value: difference, index: i });
    const ratio = difference / Math.abs(b[i]);
    if (ratio > relative.value) Object.assign(relative, { value: ratio, index: i });
  }
  if (mismatched === 0) return null;
  const where = (index: number): string => {
    const place: number[] = [];
    let rest = index;
    for (const size of [...actual.sizes].reverse()) {
      place.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return `(${place.join(", ")}${place.length === 1 ? "," : ""})`;
  };
  if (actual.sizes.length === 0) {
    return `Scalars are not close!\n\nExpected ${b[0]} but got ${a[0]}.\nAbsolute difference: ${absolute.value} (up to ${atol} allowed)\nRelative difference: ${relative.value} (up to ${rtol} allowed)`;
  }
  const percent = ((100 * mismatched) / a.length).toFixed(1);
  return (
    `Tensor-likes are not close!\n\nMismatched elements: ${mismatched} / ${a.length} (${percent}%)\n` +
    `Greatest absolute difference: ${absolute.value} at index ${where(absolute.index)} (up to ${atol} allowed)\n` +
    `Greatest relative difference: ${relative.value} at index ${where(relative.index)} (up to ${rtol} allowed)`
  );
}

function graphDifference(first: Graph, second: Graph): string | null {
  const [before, after] = [canonicalText(first).trimEnd(), canonicalText(second).trimEnd()];
  if (before !== after) {
    const diff = diffLines(before.split("\n"), after.split("\n"));
    return `ERROR: Graphs differed across invocations!\n${indent(`Graph diff:\n${indent(diff.join("\n"))}`)}\n`;
  }
  for (const [i, node] of first.nodes.entries()) {
    const [one, other] = [node.attributes.value, second.nodes[i].attributes.value];
    if (!(one instanceof Tensor) || !(other instanceof Tensor)) continue;
    const difference = tensorDifference(one, other, 1.3e-6);
    if (difference !== null) {
      return (
        "ERROR: Tensor-valued Constant nodes differed in value across invocations. This often indicates that the tracer has" +
        ` encountered untraceable code.\n${indent(`Node:\n${indent(nodeText(node))}\nComparison exception: ${indent(difference)}`)}\n`
      );
    }
  }
  return null;
}
