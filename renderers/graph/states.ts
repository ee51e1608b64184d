/**
 * The views a picture offers: which sets of scopes can be open together, since a diagram in a notebook cannot lay
 * itself out anew. Levels of depth come first, then every scope opened on its own, then mixtures while there is room.
 */
import type { GraphModel } from "./model.ts";
import { type Scope, type ScopeTree, scopesOf } from "./scopes.ts";
import { type View, viewOf } from "./views.ts";

/** One view and where opening and closing leads from it. */
export interface State {
  readonly view: View;
  /** The name of the level of depth it is; empty for a mixture. */
  readonly level: string;
  /** For each scope with a box or frame in the view: the index of the state in which it is opened or closed. */
  readonly toggles: ReadonlyMap<string, number>;
}

/** All states of a picture and the one it starts in. */
export interface States {
  readonly states: readonly State[];
  readonly initial: number;
}

/** How much is made ready. Views with more boxes than `boxes` nobody reads, and none is made that takes JSON beyond `bytes`. */
const LIMITS = { boxes: 1500, bytes: 850_000, states: 160 };

/** What a row of each table takes, in bytes of JSON: measured on traces of real models. */
const BYTES = { op: 330, box: 80, edge: 190 };

/** A first view with at most this many boxes is read at a glance. */
const GLANCE = 40;

interface Candidate {
  readonly open: ReadonlySet<string>;
  readonly level: string;
  readonly tree: ScopeTree;
}

/** The states of a model. `depth` chooses the level to start with; by itself the deepest that is read at a glance. */
export function statesOf(model: GraphModel, depth?: number | "all"): States {
  const folded = scopesOf(model, true);
  const chosen = withinLimits(model, candidates(model, folded));
  const states = chosen.map(({ view, level, open, tree }): State => {
    const toggles = new Map<string, number>();
    for (const box of view.boxes) {
      if (box.kind === "scope") toggles.set(box.scope.id, nearest(chosen, tree, open, box.scope.id, true));
    }
    for (const { id } of view.clusters) toggles.set(id, nearest(chosen, tree, open, id, false));
    return { view, level, toggles: new Map([...toggles].filter(([, state]) => state >= 0)) };
  });
  return { states, initial: initialState(states, depth) };
}

function candidates(model: GraphModel, folded: ScopeTree): Candidate[] {
  const scopes = withDepths(folded.root);
  const deepest = Math.max(0, ...scopes.map(({ depth }) => depth));
  const at = (open: Iterable<string>, level: string): Candidate => ({
    open: new Set(open),
    level,
    tree: folded,
  });
  const list: Candidate[] = [];
  const repeats = scopes.some(({ repeat }) => repeat > 1);
  for (let depth = 0; depth <= deepest; depth++) {
    const open = scopes.filter((scope) => scope.depth <= depth).map(({ id }) => id);
    list.push(at(open, depth === deepest && !repeats ? "all" : String(depth + 1)));
  }
  if (repeats) {
    const flat = scopesOf(model, false);
    list.push({ open: new Set(withDepths(flat.root).map(({ id }) => id)), level: "all", tree: flat });
  }
  for (const { around, id } of scopes) list.push(at([...around, id], ""));
  return [...list, ...mixtures(scopes).map((open) => at(open, ""))];
}

interface PlacedScope {
  readonly id: string;
  readonly depth: number;
  readonly repeat: number;
  /** The scopes it lies in. */
  readonly around: readonly string[];
}

function withDepths(scope: Scope, around: readonly string[] = []): PlacedScope[] {
  return scope.items.flatMap((item) =>
    item.kind === "scope"
      ? [
          { id: item.id, depth: around.length + 1, repeat: item.repeat, around },
          ...withDepths(item, [...around, item.id]),
        ]
      : [],
  );
}

/** Every set of scopes that can be open together, as long as they are few. */
function mixtures(scopes: readonly PlacedScope[]): Set<string>[] {
  let sets: Set<string>[] = [new Set()];
  for (const { id, around } of scopes) {
    const opened = sets
      .filter((open) => around.every((outer) => open.has(outer)))
      .map((open) => new Set([...open, id]));
    sets = [...sets, ...opened];
    if (sets.length > LIMITS.states) return [];
  }
  return sets;
}

function withinLimits(
  model: GraphModel,
  list: readonly Candidate[],
): (Candidate & { readonly view: View })[] {
  const chosen = new Map<string, Candidate & { readonly view: View }>();
  const told = new Set<string>();
  let bytes = 0;
  for (const candidate of list) {
    const key = `${candidate.tree === list[0]!.tree} ${[...candidate.open].sort().join(" ")}`;
    if (chosen.has(key) || chosen.size >= LIMITS.states) continue;
    const view = viewOf(model, candidate.tree, candidate.open);
    const fresh = view.boxes.filter(({ id }) => !told.has(id));
    const cost = BYTES.op * fresh.length + BYTES.box * view.boxes.length + BYTES.edge * view.edges.length;
    const fits = view.boxes.length <= LIMITS.boxes && bytes + cost <= LIMITS.bytes;
    if (chosen.size > 0 && !fits) continue;
    bytes += cost;
    for (const { id } of fresh) told.add(id);
    chosen.set(key, { ...candidate, view });
  }
  return [...chosen.values()];
}

/** The state most like the present one in which the scope is open (or closed); -1 if there is none. */
function nearest(
  list: readonly Candidate[],
  tree: ScopeTree,
  open: ReadonlySet<string>,
  id: string,
  opening: boolean,
): number {
  const wished = new Set(open);
  if (opening) wished.add(id);
  else wished.delete(id);
  let best = -1;
  let least = Infinity;
  list.forEach((candidate, index) => {
    if (candidate.open.has(id) !== opening || (opening && candidate.tree !== tree)) return;
    const difference = [...wished].filter((scope) => !candidate.open.has(scope)).length;
    const surplus = [...candidate.open].filter((scope) => !wished.has(scope)).length;
    if (difference + surplus < least) {
      best = index;
      least = difference + surplus;
    }
  });
  return best;
}

function initialState(states: readonly State[], depth: number | "all" | undefined): number {
  const levels = states.flatMap(({ level }, index) => (level === "" ? [] : [index]));
  if (depth === "all") return levels.at(-1)!;
  if (depth !== undefined) return levels[Math.min(Math.max(1, depth), levels.length) - 1]!;
  const glances = levels.filter((index) => states[index]!.view.boxes.length <= GLANCE);
  return glances.at(-1) ?? 0;
}
