/**
 * Two graphs as one model: what was added, removed and changed between them. Ops are paired in their order by operator
 * and module (a longest common subsequence), so names and numbering of values do not matter.
 */
import type { Category } from "./categories.ts";
import type { Argument, GraphModel, Link, Op } from "./model.ts";
import { type GraphSummary, summaryOf } from "./summary.ts";

type Pair = readonly [before: Op | null, after: Op | null];

/**
 * The model of the difference: `after`'s ops, and among them those that only `before` has.
 * @example differenceOf(modelOf(traced.graph), modelOf(optimised.graph))
 */
export function differenceOf(before: GraphModel, after: GraphModel): GraphModel {
  const pairs = pairsOf(before.ops, after.ops);
  /** The id in the difference of an op of `before`. */
  const ids = new Map<string, string>();
  for (const [old, now] of pairs) if (old !== null) ids.set(old.id, now?.id ?? `${old.id} before`);
  const title =
    before.title === after.title ? `${after.title}: difference` : `${before.title} → ${after.title}`;
  return { kind: "graph-model", title, ops: pairs.map((pair) => merged(pair, ids)) };
}

/** What goes in and out after the change, and how many ops changed how. */
export function differenceSummary(difference: GraphModel): GraphSummary {
  const count = (change: Category): number =>
    difference.ops.filter(({ category }) => category === change).length;
  const counts = (["added", "removed", "changed", "unchanged"] as const).map((change) => [
    change,
    count(change),
  ]);
  return {
    ...summaryOf(difference),
    operators: counts.flatMap(([change, ops]) => (ops === 0 ? [] : `${ops} ${change}`)).join(", "),
  };
}

function merged([old, now]: Pair, ids: ReadonlyMap<string, string>): Op {
  if (now === null) {
    const moved = old!.arguments.map(
      (argument): Argument => ({
        ...argument,
        links: argument.links.map((link): Link => ({ ...link, op: ids.get(link.op) ?? link.op })),
      }),
    );
    return {
      ...old!,
      id: ids.get(old!.id)!,
      label: `− ${old!.label}`,
      category: "removed",
      arguments: moved,
    };
  }
  if (old === null) return { ...now, label: `+ ${now.label}`, category: "added" };
  const was = changes(old, now, ids);
  if (was === "") return { ...now, category: "unchanged" };
  return { ...now, label: `~ ${now.label}`, category: "changed", remarks: { before: was } };
}

/** What an op was before, as far as it is not the same; empty if nothing changed. */
function changes(old: Op, now: Op, ids: ReadonlyMap<string, string>): string {
  const lines: string[] = [];
  const types = (op: Op): string => op.outputs.map(({ type }) => type).join(", ");
  if (types(old) !== types(now)) lines.push(`output ${types(old)}`);
  const sources = (op: Op, rename: (id: string) => string): string =>
    op.arguments.map(({ links }) => links.map((link) => rename(link.op)).join("+")).join(", ");
  if (sources(old, (id) => ids.get(id) ?? id) !== sources(now, (id) => id)) {
    lines.push(`inputs ${texts(old, (argument) => argument.links.length > 0)}`);
  }
  const fixed = (argument: Argument): boolean => argument.links.length === 0;
  if (texts(old, fixed) !== texts(now, fixed))
    lines.push(texts(old, fixed) === "" ? "no attributes" : texts(old, fixed));
  return lines.join("; ");
}

function texts(op: Op, which: (argument: Argument) => boolean): string {
  return op.arguments
    .filter(which)
    .map(({ name, text }) => (name === "" ? text : `${name} = ${text}`))
    .join(", ");
}

const key = (op: Op): string =>
  `${op.kind} ${op.operator} ${op.module} ${op.kind === "input" ? op.label : ""}`;

/** Both lists merged in order, equal ops paired. */
function pairsOf(before: readonly Op[], after: readonly Op[]): Pair[] {
  const longest = longestCommon(before.map(key), after.map(key));
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const same = i < before.length && j < after.length && key(before[i]!) === key(after[j]!);
    if (same) pairs.push([before[i++]!, after[j++]!]);
    else if (j === after.length || (i < before.length && longest(i + 1, j) >= longest(i, j + 1))) {
      pairs.push([before[i++]!, null]);
    } else pairs.push([null, after[j++]!]);
  }
  return pairs;
}

/** `longest(i, j)` is the length of the longest common subsequence of `a` from `i` and `b` from `j` on. */
function longestCommon(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        a[i] === b[j]
          ? table[(i + 1) * width + j + 1]! + 1
          : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  return (i, j) => table[i * width + j]!;
}
