/** What a traced function or module knows beside its graph, as options of the picture: name, parameters, warnings, a summary. */
import { failedTrace, type Graph, type TracerWarning } from "../../runtime/index.ts";
import type { GraphOptions } from "./bundle.ts";
import { modelOf, type Op } from "./model.ts";
import type { Note } from "./overlays.ts";
import { placedWarning, summaryOf, summaryText, warningLine } from "./summary.ts";
import { typeText } from "./types.ts";

/** A tensor by its type. */
interface Typed {
  readonly sizes: readonly number[];
  readonly dtype: { readonly name: string };
}

/** What has a graph: a traced function or module, or a loaded archive. */
export interface TracedLike {
  readonly graph: Graph;
  readonly inlinedGraph?: Graph;
  readonly name?: string;
  readonly warnings?: readonly TracerWarning[];
  /** Of a module, its parameters. */
  namedParameters?(): (readonly [string, Typed])[];
  /** The module of a traced module. */
  readonly source?: {
    namedParameters(): (readonly [string, Typed])[];
    namedBuffers(): (readonly [string, Typed])[];
  };
}

/** The options a trace brings along; those of the user win over them. `text` is that of its graph. */
export function tracedOptions(traced: TracedLike, graph: Graph, text: string | undefined): GraphOptions {
  const { name, source, warnings = [] } = traced;
  const model = modelOf(graph);
  const parameters = traced.namedParameters?.() ?? [];
  const summary = summaryOf(
    model,
    parameters.map(([, tensor]) => tensor),
    warnings,
  );
  const types = new Map<string, string>();
  for (const [path, { sizes, dtype }] of source === undefined
    ? []
    : [...source.namedBuffers(), ...source.namedParameters()]) {
    types.set(path, typeText({ kind: "Tensor", sizes, dtype: dtype as never }));
  }
  return {
    ...(name === undefined || name === "" ? {} : { title: name }),
    parameterType: (path) => types.get(path),
    notes: warnings.length === 0 ? [] : warningNotes(warnings, model.ops),
    summary,
    text: text === undefined || traced.warnings === undefined ? text : `${text}\n${summaryText(summary)}`,
  };
}

/** The options of a trace that an error ended: the error stands on the operator that threw it, which is the last one. */
export function failedOptions(error: Error, graph: Graph, text: string | undefined): GraphOptions {
  const { name, message } = error;
  const model = modelOf(graph);
  const said = `${name}: ${message}`;
  const summary = { ...summaryOf(model), error: said };
  return {
    title: `trace that ended with ${name}`,
    notes: [{ op: model.ops.at(-1)!.id, kind: "error", name: "error", text: said }],
    summary,
    ...(text === undefined ? {} : { text: `${text}\n${summaryText(summary)}` }),
  };
}

/** An error that a traced function threw, of which the trace up to there can be drawn. */
export const isFailure = (value: unknown): value is Error => failedTrace(value) !== null;

/**
 * Each warning on an op of its line. If there is none (what a warning is about is often dropped as dead code), on the
 * next one after it, which is where the constant came from that the warning warns of.
 */
function warningNotes(warnings: readonly TracerWarning[], ops: readonly Op[]): Note[] {
  return warnings.map((warning): Note => {
    const { source } = warning;
    const lines = (op: Op): number =>
      source !== null && op.location?.file === source.file ? op.location.line - source.line : Number.NaN;
    const op = ops.find((each) => lines(each) === 0) ?? ops.find((each) => lines(each) > 0) ?? ops.at(-1)!;
    return { op: op.id, kind: "warning", name: "warning", text: warningLine(placedWarning(warning)) };
  });
}
