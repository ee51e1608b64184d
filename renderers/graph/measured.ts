/** What runs of a graph showed, as overlays and as text: where its time went, and what its values were like. */
import { Inspection, type Profile } from "../../runtime/index.ts";
import { tableBundle } from "../data/table.ts";
import { digits, sparkline, statisticsOf, type TensorLike, valuesOf } from "../data/values.ts";
import type { DiagramOptions } from "./diagram.ts";
import type { Note, Overlay } from "./overlays.ts";

/** What was measured of one op, over all runs. */
export interface Timing {
  /** The name of the first value the op makes. */
  readonly value: string;
  readonly milliseconds: number;
  readonly calls: number;
  /** The size of what it makes in one call. */
  readonly bytes: number;
}

/** The options by which `showGraph` lays a measurement over a graph. */
export type Measured = Required<Pick<DiagramOptions, "overlays" | "notes" | "colour">>;

/** What `traced.profile(x)` and `traced.inspect(x)` give. */
export type Run = Profile | Inspection;

/** Whether `value` is a run that can be drawn over its graph. */
export function isRun(value: unknown): value is Run {
  if (value instanceof Inspection) return true;
  return (
    typeof value === "object" &&
    value !== null &&
    "traced" in value &&
    (value as Run & { kind?: unknown }).kind === "profile"
  );
}

/** A run as options of the picture, its text among them. */
export function runOptions(run: Run): Measured & { readonly text: string } {
  return run instanceof Inspection
    ? { ...valueOverlays(run), text: inspectionText(run) }
    : { ...timingOverlays(run.nodes), text: profileText(run) };
}

/**
 * Timings as overlays: time, its share of the whole, calls, and bytes.
 * @example showGraph(traced, timingOverlays(traced.profile(x).nodes))
 */
export function timingOverlays(timings: readonly Timing[]): Measured {
  const total = timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const overlay = (
    name: string,
    of: (timing: Timing) => number,
    format: (value: number) => string,
    combine: Overlay["combine"] = "sum",
  ): Overlay => ({
    name,
    values: new Map(timings.map((timing) => [timing.value, of(timing)])),
    format,
    combine,
  });
  return {
    overlays: [
      overlay("time", ({ milliseconds }) => milliseconds, durationText),
      overlay("share of time", ({ milliseconds }) => milliseconds / (total || 1), percent),
      overlay("calls", ({ calls }) => calls, String),
      overlay("output bytes", ({ bytes }) => bytes, bytesText),
    ],
    notes: [],
    colour: "time",
  };
}

/**
 * The values of a run as overlays: mean, standard deviation, extremes, zeros, and what is not finite. Each op's
 * histogram stands in its tooltip, and the first op that made a NaN or an infinity is marked.
 * @param outputs by the name of the value, in the order they were made
 */
export function valueOverlays(outputs: ReadonlyMap<string, TensorLike>): Measured {
  const looked = [...outputs].map(([op, tensor]) => {
    const values = valuesOf(tensor);
    return { op, statistics: statisticsOf(values), histogram: sparkline(values) };
  });
  const overlay = (
    name: string,
    of: (statistics: (typeof looked)[number]["statistics"]) => number,
    combine: Overlay["combine"],
    format: (value: number) => string = digits,
  ): Overlay => ({
    name,
    values: new Map(looked.map(({ op, statistics }) => [op, of(statistics)])),
    format,
    combine,
  });
  const first = looked.find(({ statistics: { nan, infinite } }) => nan + infinite > 0);
  return {
    overlays: [
      overlay("mean", ({ mean }) => mean, "mean"),
      overlay("standard deviation", ({ deviation }) => deviation, "mean"),
      overlay("least", ({ least }) => least, "min"),
      overlay("greatest", ({ greatest }) => greatest, "max"),
      overlay("zeros", ({ zeros, count }) => zeros / (count || 1), "mean", percent),
      overlay("NaN or Inf", ({ nan, infinite }) => nan + infinite, "sum", String),
    ],
    notes: [
      ...looked.map(
        ({ op, statistics: { least, greatest }, histogram }): Note => ({
          op,
          kind: "remark",
          name: "histogram",
          text: `${digits(least)} ${histogram} ${digits(greatest)}`,
        }),
      ),
      ...(first === undefined ? [] : [notFinite(first.op, first.statistics)]),
    ],
    colour: first === undefined ? "standard deviation" : "NaN or Inf",
  };
}

/** The operators by their time, the slowest first. */
function profileText({ nodes, milliseconds }: Profile): string {
  const rows = [...nodes]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .map((node) => ({
      operator: node.operator,
      value: `%${node.value}`,
      time: durationText(node.milliseconds),
      share: percent(node.milliseconds / (milliseconds || 1)),
      calls: node.calls,
      bytes: bytesText(node.bytes),
    }));
  return String(tableBundle(rows, mostRows)["text/plain"]);
}

/** The values in the order in which they were made, and which of them was the first that is not finite. */
function inspectionText(run: Inspection): string {
  const rows = [...run].map(([name, tensor]) => {
    const { mean, deviation, least, greatest, zeros, nan, infinite } = statisticsOf(valuesOf(tensor));
    return {
      value: `%${name}`,
      shape: tensor.sizes.join("×"),
      mean,
      deviation,
      least,
      greatest,
      zeros,
      "NaN or Inf": nan + infinite,
    };
  });
  const first = rows.find((row) => row["NaN or Inf"] > 0);
  const text = String(tableBundle(rows, mostRows)["text/plain"]);
  return first === undefined ? text : `${text}\nnot finite first in ${first.value}`;
}

/** Rows of the texts; the picture has all. */
const mostRows = 30;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function notFinite(
  op: string,
  { nan, infinite, count }: { nan: number; infinite: number; count: number },
): Note {
  const found = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} Inf`] : [])].join(
    " and ",
  );
  return { op, kind: "error", name: "not finite", text: `the first: ${found} of ${count} elements` };
}

/** Milliseconds in the unit that suits them. */
function durationText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${digits(milliseconds / 1000)} s`;
  return milliseconds >= 0.1 ? `${digits(milliseconds)} ms` : `${digits(milliseconds * 1000)} µs`;
}

/** Bytes in the unit that suits them. */
function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes || 1) / 10)));
  return `${digits(bytes / 1024 ** power)} ${units[power]}`;
}
