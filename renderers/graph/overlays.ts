/**
 * Measurements and remarks laid over a diagram: times, sizes, statistics of a run, warnings of the tracer. They are
 * keyed by the values of the graph; what they mean for a closed module is worked out here.
 */
import type { Op } from "./model.ts";

/** One number an op, chosen in the picture as the colour of the boxes. */
export interface Overlay {
  /** What is measured, such as `time` or `output bytes`. */
  readonly name: string;
  /** The number of each op, by the name of the first value it makes. Ops without one stay grey. */
  readonly values: ReadonlyMap<string, number>;
  /** How a number is written; by itself three digits. */
  readonly format?: (value: number) => string;
  /** What a closed module shows of the ops within. */
  readonly combine: "sum" | "max" | "min" | "mean";
}

/** Something to be said about one op: it stands in the tooltip, and a warning or error marks the box. */
export interface Note {
  /** The name of the first value the op makes. */
  readonly op: string;
  readonly kind: "warning" | "error" | "remark";
  /** The heading of its line in the tooltip, such as `warning` or `histogram`. */
  readonly name: string;
  readonly text: string;
}

/** A number on a box: its text, and where it stands between the least (0) and the greatest (1) of the ops. */
export interface Reading {
  readonly text: string;
  readonly share: number;
}

/** What overlays and notes say about one box. */
export interface Readings {
  readonly readings: Readonly<Record<string, Reading>>;
  readonly lines: Readonly<Record<string, string>>;
  readonly alert: "" | "warning" | "error";
}

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/** The readings of the box that stands for `ops`. */
export function readingsOf(
  ops: readonly Op[],
  overlays: readonly Overlay[],
  notes: readonly Note[],
): Readings {
  const ids = new Set(ops.map(({ id }) => id));
  const readings: Record<string, Reading> = {};
  for (const { name, values, format = threeDigits, combine } of overlays) {
    const value = combined(
      [...ids].flatMap((id) => values.get(id) ?? []),
      combine,
    );
    if (value === null) continue;
    const { least, greatest } = rangeOf(values);
    const share = greatest === least ? 1 : Math.min(1, (value - least) / (greatest - least));
    readings[name] = {
      text: format(value),
      share: Number.isFinite(share) ? Math.round(share * 1000) / 1000 : 1,
    };
  }
  const own = notes.filter(({ op }) => ids.has(op));
  const lines: Record<string, string> = {};
  for (const [name, { text }] of Object.entries(readings)) lines[name] = text;
  for (const { name, text, kind } of own) {
    if (kind === "remark" && ops.length > 1) continue;
    lines[name] = lines[name] === undefined ? text : `${lines[name]}; ${text}`;
  }
  const alert = own.some(({ kind }) => kind === "error")
    ? "error"
    : own.some(({ kind }) => kind === "warning")
      ? "warning"
      : "";
  return { readings, lines, alert };
}

function combined(values: readonly number[], how: Overlay["combine"]): number | null {
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  if (how === "sum") return sum;
  if (how === "mean") return sum / values.length;
  return how === "max" ? Math.max(...values) : Math.min(...values);
}

const ranges = new WeakMap<ReadonlyMap<string, number>, { least: number; greatest: number }>();

/** The least and the greatest finite number of an overlay. */
export function rangeOf(values: ReadonlyMap<string, number>): {
  readonly least: number;
  readonly greatest: number;
} {
  const known = ranges.get(values);
  if (known !== undefined) return known;
  const range = { least: Infinity, greatest: -Infinity };
  for (const value of values.values()) {
    if (!Number.isFinite(value)) continue;
    range.least = Math.min(range.least, value);
    range.greatest = Math.max(range.greatest, value);
  }
  ranges.set(values, range);
  return range;
}
