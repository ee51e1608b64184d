/** What a box says: its label, its second and third line, and the lines of its tooltip. The same in every state. */
import type { Category } from "./categories.ts";
import type { Argument, Op } from "./model.ts";
import type { Reading } from "./overlays.ts";
import type { Scope } from "./scopes.ts";
import { textWidth } from "./text.ts";
import { SIZE } from "./theme.ts";
import type { Box } from "./views.ts";

/** The row of one box. */
export interface OpRow {
  readonly id: string;
  readonly kind: "input" | "operator" | "return" | "scope";
  /** The op's or the module's name, and beside it the part of the module path that no frame shows. */
  readonly label: string;
  readonly beside: string;
  /** How far the label stands left of the middle, and where the text beside it begins. */
  readonly labelX?: number;
  readonly besideX?: number;
  readonly shape: string;
  readonly parameters: string;
  readonly family: string;
  /** The tooltip and the details: a title and named lines. */
  readonly details: Readonly<Record<string, string>>;
  /** The numbers of the overlays. */
  readonly readings?: Readonly<Record<string, Reading>>;
  /** Whether a warning or an error belongs to it. */
  readonly alert: "" | "warning" | "error";
}

/** The row of an op; its module is named beside its label unless a frame among `framed` says it. */
export function opRow(op: Op, framed: ReadonlySet<string>): OpRow {
  const shape = shorten(op.outputs.map(({ type }) => type).join(", "));
  const parameters = op.arguments.filter(({ kind }) => kind === "parameter");
  const listed = (kind: Argument["kind"]): string =>
    op.arguments
      .filter((argument) => argument.kind === kind)
      .map(
        ({ name, text, links }) =>
          // A parameter's path says what it is for.
          `${name === "" || kind === "parameter" ? "" : `${name} = `}${text}${links.length === 1 ? ` ${links[0]!.type}` : ""}`,
      )
      .join(", ");
  return {
    id: op.id,
    kind: op.kind,
    ...heading(op.label, framed.has(op.module) ? "" : op.module.split(".").at(-1)!),
    shape,
    parameters: shorten(
      parameters.map(({ text }) => relative(text, op.module).replace(/ f32$/, "")).join(", "),
    ),
    family: op.category,
    alert: "",
    details: present({
      title: op.kind === "operator" ? op.operator : op.label,
      output: op.outputs.map(({ name, type }) => `%${name} ${type}`).join(", "),
      inputs: listed("data"),
      attributes: listed("attribute"),
      parameters: listed("parameter"),
      module: op.module,
      source: op.source,
      ...op.remarks,
    }),
  };
}

/** A bold label and a smaller text beside it, together in the middle of the box. */
export function heading(
  label: string,
  beside: string,
): Pick<OpRow, "label" | "beside" | "labelX" | "besideX"> {
  if (beside === "") return { label, beside };
  const besideWidth = textWidth(beside, SIZE.tiny);
  const half = (textWidth(label, SIZE.label, true) + 6 + besideWidth) / 2;
  return { label, beside, labelX: tenth(-(besideWidth + 6) / 2), besideX: tenth(half - besideWidth) };
}

/** The row of a closed or open scope. */
export function scopeRow(id: string, scope: Scope): OpRow {
  const counts = new Map<string, number>();
  for (const { label } of scope.ops) counts.set(label, (counts.get(label) ?? 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ×${count}`);
  const last = scope.ops.at(-1)!;
  return {
    id,
    kind: "scope",
    ...heading(scope.label, scope.repeat > 1 ? `×${scope.repeat}` : ""),
    shape: `${scope.ops.length} ops`,
    parameters: "",
    family: familyOf(scope),
    alert: "",
    details: present({
      title: scope.label,
      output: last.outputs.map(({ name, type }) => `%${name} ${type}`).join(", "),
      calls: scope.repeat > 1 ? `${scope.repeat} alike, the first is drawn` : "",
      ops: shorten(common.join(", "), 160),
      source: last.source,
    }),
  };
}

/** A module; of a difference of two graphs, one in which something changed or nothing did. */
function familyOf({ ops }: Scope): Category {
  const categories = new Set(ops.map(({ category }) => category));
  if (categories.size === 1 && categories.has("unchanged")) return "unchanged";
  return ["added", "removed", "changed"].some((state) => categories.has(state as Category))
    ? "changed"
    : "module";
}

function present(lines: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lines).filter(([, text]) => text !== ""));
}

function shorten(text: string, length: number = SIZE.box.maxText): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** `h.0.attn.weight` is `weight` to the module `h.0.attn`. */
function relative(path: string, module: string): string {
  return module !== "" && path.startsWith(`${module}.`) ? path.slice(module.length + 1) : path;
}

/** The title of a frame: the module's path and how often it repeats. */
export function frameLabel({ label, beside }: OpRow): string {
  return beside === "" ? label : `${label} ${beside}`;
}

/** How large a box must be for its lines. */
export function boxSize(box: Box, rows: ReadonlyMap<string, OpRow>): { width: number; height: number } {
  const { pad, two, three, pill, minWidth } = SIZE.box;
  if (box.kind === "pill")
    return { width: Math.ceil(textWidth(box.label, SIZE.tiny)) + 2 * pad, height: pill };
  const row = rows.get(box.id)!;
  const head =
    textWidth(row.label, SIZE.label, true) + (row.beside === "" ? 0 : textWidth(row.beside, SIZE.tiny) + 6);
  const width = Math.max(
    head + (row.kind === "scope" ? 14 : 0),
    textWidth(row.shape, SIZE.small),
    textWidth(row.parameters, SIZE.tiny),
    ...Object.values(row.readings ?? {}).map(({ text }) => textWidth(text, SIZE.small)),
  );
  return {
    width: Math.max(minWidth, Math.ceil(width) + 2 * pad),
    height: row.parameters === "" ? two : three,
  };
}

/** A length to a tenth of a pixel. */
export const tenth = (length: number): number => Math.round(length * 10) / 10;
