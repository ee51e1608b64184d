/** An array of records as a table: HTML for front ends, aligned columns for text. */
import type { MimeBundle } from "../display.ts";
import { digits } from "./values.ts";

/** One row: values by column. */
export type Row = Readonly<Record<string, unknown>>;

/** The bundle of a table; of a long one the first `limit` rows. */
export function tableBundle(rows: readonly Row[], limit = 50): MimeBundle {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = rows.slice(0, limit);
  const cells = shown.map((row) => columns.map((column) => cellText(row[column])));
  const rest = rows.length > limit ? `${rows.length - limit} more rows` : "";
  return { "text/html": html(columns, cells, rest), "text/plain": plain(columns, cells, rest) };
}

const isNumber = (text: string): boolean =>
  /^(-?[\d,.]+(e[+-]?\d+)?( ?[%\w]{0,3})?|NaN|-?Infinity)$/.test(text);

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "number" && !Number.isInteger(value) ? digits(value) : String(value);
}

function plain(columns: readonly string[], cells: readonly (readonly string[])[], rest: string): string {
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (isNumber(text) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [
    columns
      .map((column, i) => column.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...cells.map(line),
    ...(rest === "" ? [] : [`… ${rest}`]),
  ].join("\n");
}

function html(columns: readonly string[], cells: readonly (readonly string[])[], rest: string): string {
  const row = (texts: readonly string[], tag: "td" | "th"): string =>
    `<tr>${texts
      .map(
        (text) =>
          `<${tag} style="text-align:${tag === "td" && isNumber(text) ? "right" : "left"}">${escaped(text)}</${tag}>`,
      )
      .join("")}</tr>`;
  const foot = rest === "" ? "" : `<tr><td colspan="${columns.length}">… ${rest}</td></tr>`;
  return `<table><thead>${row(columns, "th")}</thead><tbody>${cells.map((each) => row(each, "td")).join("")}${foot}</tbody></table>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
