/** A graph in a few lines: what goes in and comes out, how many parameters it has, which operators it runs, what the tracer warned of. */
import type { TracerWarning } from "../../runtime/index.ts";
import { type Argument, type GraphModel, sourceText } from "./model.ts";

export interface GraphSummary {
  /** Such as `x 2×3 f32, mask 3 bool`. */
  readonly inputs: string;
  readonly outputs: string;
  /** Such as `4,290 in 4 tensors`; empty where it is not known or there are none. */
  readonly parameters: string;
  /** Such as `linear ×2, relu`, the most frequent first. */
  readonly operators: string;
  /** What ended the trace; empty if nothing did. */
  readonly error: string;
  readonly warnings: readonly PlacedWarning[];
}

/** A warning of the tracer with its place in short, such as `cell 3, line 2`. */
export interface PlacedWarning {
  readonly place: string;
  readonly message: string;
  readonly advice: string;
}

/** Kinds of operators, inputs and outputs beyond these numbers are counted only. */
const mostKinds = 12;
const mostValues = 6;

export function summaryOf(
  { ops }: GraphModel,
  parameters: readonly { readonly sizes: readonly number[] }[] = [],
  warnings: readonly TracerWarning[] = [],
): GraphSummary {
  const inputs = ops.filter(({ kind }) => kind === "input");
  const results = ops.find(({ kind }) => kind === "return")?.arguments ?? [];
  const counts = new Map<string, number>();
  for (const { kind, label } of ops) if (kind === "operator") counts.set(label, (counts.get(label) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]);
  return {
    inputs: listed(
      inputs.map(({ label, outputs }) => `${label.replace(/[.]\d+$/, "")} ${outputs[0]!.type}`),
      mostValues,
    ),
    outputs: listed(results.map(resultText), mostValues),
    parameters: parameterText(parameters),
    operators: listed(
      kinds.map(([label, count]) => (count === 1 ? label : `${label} ×${count}`)),
      mostKinds,
    ),
    error: "",
    warnings: once(warnings.map(placedWarning)),
  };
}

export function placedWarning({ source, message, advice }: TracerWarning): PlacedWarning {
  return { place: sourceText(source), message, advice };
}

/** A warning on one line, its place first. */
export function warningLine({ place, message, advice }: PlacedWarning): string {
  return `${place === "" ? "" : `${place}: `}${message} Instead: ${advice}`;
}

function once(warnings: readonly PlacedWarning[]): readonly PlacedWarning[] {
  return [...new Map(warnings.map((warning) => [warningLine(warning), warning])).values()];
}

/** The summary as lines of text. */
export function summaryText(summary: GraphSummary): string {
  const { inputs, outputs, parameters, operators, error, warnings } = summary;
  const rows: readonly (readonly [string, string])[] = [
    ["inputs", inputs],
    ["outputs", outputs],
    ["parameters", parameters],
    ["operators", operators],
    ["error", error],
    ["warnings", warnings.length === 0 ? "" : String(warnings.length)],
  ];
  const lines = rows.flatMap(([name, text]) => (text === "" ? [] : `${name.padEnd(12)}${text}`));
  return [...lines, ...warnings.map((warning) => `  ⚠ ${warningLine(warning)}`)].join("\n");
}

/** A result by its key or the name of its value, if it has one, and the tensors in it by their types. */
function resultText({ name, text, links }: Argument): string {
  if (links.length === 0) return name === "" ? text : `${name} ${text}`;
  const types = links.map(({ type }) => type).join(", ");
  const called = name !== "" || links.length > 1 ? name : links[0]!.value.replace(/^\d.*|[.]\d+$/, "");
  const shown = links.length === 1 ? types : `(${types})`;
  return called === "" ? shown : `${called} ${shown}`;
}

function parameterText(parameters: readonly { readonly sizes: readonly number[] }[]): string {
  if (parameters.length === 0) return "";
  const count = parameters.reduce((sum, { sizes }) => sum + sizes.reduce((size, each) => size * each, 1), 0);
  return `${count.toLocaleString("en")} in ${parameters.length} tensor${parameters.length === 1 ? "" : "s"}`;
}

function listed(texts: readonly string[], most: number): string {
  const shown = texts.slice(0, most).join(", ");
  return texts.length > most ? `${shown}, and ${texts.length - most} more` : shown;
}
