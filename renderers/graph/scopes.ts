/**
 * The module calls of a model as a tree: what can be opened and closed in the picture. A call with a single op in it
 * is not worth a box and is lifted; alike neighbours (the blocks of a transformer) fold into one.
 */
import type { GraphModel, Op } from "./model.ts";

/** One call of a module, or a run of alike calls, holding ops and further calls in the order they ran. */
export interface Scope {
  readonly kind: "scope";
  /** The module's path; a second call of the same module has `#2` behind it. */
  readonly id: string;
  readonly label: string;
  readonly items: readonly (Op | Scope)[];
  /** All ops within, those of every call of a run. */
  readonly ops: readonly Op[];
  /** How many alike calls this stands for; 1 for an ordinary call. */
  readonly repeat: number;
}

/** A tree of calls and what is folded in it. */
export interface ScopeTree {
  readonly root: Scope;
  /** The op of a run's first call that is drawn in place of an op of a later call; any other op is drawn itself. */
  readonly drawnAs: (op: string) => string;
  /** Whether two ops lie in different calls of one run. */
  readonly inDifferentCalls: (op: string, other: string) => boolean;
}

/** What folding remembers about the ops of the runs. */
class Runs {
  readonly #standIns = new Map<string, string>();
  readonly #calls = new Map<string, Map<string, number>>();

  add(id: string, calls: readonly Scope[]): void {
    const drawn = drawnOps(calls[0]!);
    calls.forEach((call, index) => {
      for (const op of call.ops) {
        if (!this.#calls.has(op.id)) this.#calls.set(op.id, new Map());
        this.#calls.get(op.id)!.set(id, index);
      }
      if (index === 0) return;
      for (const [i, op] of drawnOps(call).entries()) this.#standIns.set(op.id, drawn[i]!.id);
    });
  }

  drawnAs(op: string): string {
    const standIn = this.#standIns.get(op);
    return standIn === undefined ? op : this.drawnAs(standIn);
  }

  inDifferentCalls(op: string, other: string): boolean {
    const others = this.#calls.get(other);
    return [...(this.#calls.get(op) ?? [])].some(([run, call]) => (others?.get(run) ?? call) !== call);
  }
}

interface OpenScope {
  readonly id: string;
  readonly path: string;
  readonly items: (Op | OpenScope)[];
}

/** The tree of a model's module calls; with `fold`, runs of at least `FOLD_FROM` alike calls are one scope. */
export function scopesOf(model: GraphModel, fold: boolean): ScopeTree {
  const runs = new Runs();
  const root = finish(callsOf(model), fold ? runs : null);
  return {
    root: root.kind === "scope" ? root : scope("", "", [root], [root], 1),
    drawnAs: (op) => runs.drawnAs(op),
    inDifferentCalls: (op, other) => runs.inDifferentCalls(op, other),
  };
}

/** From how many alike neighbours on they are drawn as one. */
const FOLD_FROM = 3;

/** Calls are contiguous in a trace: leaving a path and coming back to it is a further call. */
function callsOf(model: GraphModel): OpenScope {
  const calls = new Map<string, number>();
  const root: OpenScope = { id: "", path: "", items: [] };
  let stack: OpenScope[] = [root];
  for (const op of model.ops) {
    const paths = prefixes(op.module);
    const shared = paths.findIndex((path, i) => stack[i + 1]?.path !== path);
    stack = stack.slice(0, 1 + (shared === -1 ? paths.length : shared));
    for (const path of paths.slice(stack.length - 1)) {
      const count = (calls.get(path) ?? 0) + 1;
      calls.set(path, count);
      const call: OpenScope = { id: count === 1 ? path : `${path}#${count}`, path, items: [] };
      stack.at(-1)!.items.push(call);
      stack.push(call);
    }
    stack.at(-1)!.items.push(op);
  }
  return root;
}

/** `a.b.c` lies in `a`, `a.b` and `a.b.c`. */
function prefixes(path: string): string[] {
  if (path === "") return [];
  const names = path.split(".");
  return names.map((_, i) => names.slice(0, i + 1).join("."));
}

function finish(call: OpenScope, runs: Runs | null): Op | Scope {
  const inner = call.items.map((item) => ("operator" in item ? item : finish(item, runs)));
  const ops = inner.flatMap((item) => (item.kind === "scope" ? item.ops : [item]));
  const items = runs === null ? inner : foldRuns(inner, runs);
  if (items.length === 1 && call.id !== "") return items[0]!;
  return scope(call.id, call.path, items, ops, 1);
}

function scope(id: string, label: string, items: Scope["items"], ops: readonly Op[], repeat: number): Scope {
  return { kind: "scope", id, label, items, ops, repeat };
}

function foldRuns(items: readonly (Op | Scope)[], runs: Runs): (Op | Scope)[] {
  const folded: (Op | Scope)[] = [];
  for (let i = 0; i < items.length; ) {
    const calls = runFrom(items, i);
    const [first] = calls;
    if (first === undefined || calls.length < FOLD_FROM) {
      folded.push(items[i]!);
      i += 1;
      continue;
    }
    const id = `${first.id}…${calls.at(-1)!.id.split(".").at(-1)}`;
    runs.add(id, calls);
    folded.push(
      scope(
        id,
        id,
        first.items,
        calls.flatMap(({ ops }) => ops),
        calls.length,
      ),
    );
    i += calls.length;
  }
  return folded;
}

/** The alike calls which follow one another from `start` on. */
function runFrom(items: readonly (Op | Scope)[], start: number): Scope[] {
  const first = items[start]!;
  if (first.kind !== "scope") return [];
  const shape = signature(first);
  const run: Scope[] = [];
  for (const item of items.slice(start)) {
    if (item.kind !== "scope" || signature(item) !== shape) break;
    run.push(item);
  }
  return run;
}

/** The ops of a scope which are drawn: of a folded run within it those of the first call. */
function drawnOps(scope: Scope): Op[] {
  return scope.items.flatMap((item) => (item.kind === "scope" ? drawnOps(item) : [item]));
}

/** What two calls must share to be drawn as one: operators, attributes, types and wiring, not names. */
function signature(scope: Scope): string {
  const place = new Map(scope.ops.map((op, i) => [op.id, i]));
  return scope.ops
    .map((op) => {
      const args = op.arguments.map(({ kind, text, links }) =>
        kind === "attribute"
          ? withoutNames(text)
          : `${kind}${links.map(({ op: id }) => place.get(id) ?? "outside")}`,
      );
      return [
        op.category,
        op.operator,
        op.module.slice(scope.label.length),
        args,
        op.outputs.map(({ type }) => type),
      ].join(";");
    })
    .join("\n");
}

/** A size as `%.size(0)`, whichever value's it is. */
function withoutNames(text: string): string {
  return text.replaceAll(/%[^\s%()[\]]+?(?=\.size\()/g, "%");
}
