/**
 * Which documents hold the cells that later ones can see. The checker's work for each new cell grows with the number of
 * documents, so there are few: a cell that nobody can refer to any more has none, and older cells share one where they have
 * nothing to do with each other, so that no name changes its meaning.
 */
import { type Borrowed, type CellModule, namesMentioned } from "./cell-modules.ts";

/** A document's new text; null if there is no such document any more. */
export interface DocumentChange {
  readonly document: string;
  readonly text: string | null;
}

interface KeptCell {
  readonly module: CellModule;
  /** Names of it that no later cell has declared again. */
  readonly current: Set<string>;
  /** Cells that refer to it. */
  readonly users: Set<string>;
  document: string;
}

/** Cells in one document, and the names that stand in any of them. */
interface Group {
  readonly cells: string[];
  readonly declared: Set<string>;
  readonly mentioned: Set<string>;
  readonly borrows: Map<string, string>;
}

/** When more cells than this have a document of their own, the older half of them move together. */
const mostAlone = 24;
const mostInGroup = 100;
/** So many of the newest groups are tried. */
const triedGroups = 12;

export class KeptCells {
  readonly #cells = new Map<string, KeptCell>();
  readonly #alone = new Set<string>();
  readonly #groups = new Map<string, Group>();
  #dirty = new Set<string>();

  /** A later cell has declared a name of this one again. */
  supersede(cell: string, name: string): void {
    this.#cells.get(cell)?.current.delete(name);
    this.#release(cell);
  }

  keep(cell: string, module: CellModule, ranToEnd: boolean): readonly DocumentChange[] {
    this.#cells.set(cell, {
      module,
      current: new Set(module.exports.keys()),
      users: new Set(),
      document: documentOf(cell),
    });
    for (const { from, isCell } of module.borrows.values())
      if (isCell) this.#cells.get(from)?.users.add(cell);
    // What stands behind an error has other types, and `export` is for a whole document.
    if (ranToEnd && !/\bexport\b|\/\/\//.test(module.source)) this.#alone.add(cell);
    this.#release(cell);
    if (this.#alone.size > mostAlone) this.#moveTogether();
    return this.#changes();
  }

  /** The cell, and the line in it, of a line of a document. */
  cellAt(document: string, line: number): { readonly cell: string; readonly line: number } {
    let start = 0;
    for (const cell of this.#groups.get(document)?.cells ?? []) {
      const lines = linesOf(this.#cells.get(cell)?.module.source ?? "");
      if (line < start + lines) return { cell, line: line - start };
      start += lines + 1;
    }
    return { cell: document, line };
  }

  /** The text of a document that holds these modules. */
  textOf(modules: readonly CellModule[]): string {
    const borrows = new Map(modules.flatMap((module) => [...module.borrows]));
    const inner = modules.flatMap((module) => module.inner);
    const last = [`;export { ${inner.join(", ")} };`, ...this.imports(borrows)].join(" ");
    return `${modules.map(({ source }) => source).join("\n;\n")}\n${last}`;
  }

  /** The statements that bring names into a document. */
  imports(borrows: ReadonlyMap<string, Borrowed>): readonly string[] {
    const byModule = new Map<string, string[]>();
    const statements: string[] = [];
    for (const [name, { from, isCell, mutable }] of borrows) {
      const module = isCell ? `./${this.#cells.get(from)?.document ?? documentOf(from)}` : from;
      if (mutable) statements.push(`declare let ${name}: typeof import("${module}").${name};`);
      else byModule.set(module, [...(byModule.get(module) ?? []), name]);
    }
    for (const [module, names] of byModule)
      statements.push(`import { ${names.join(", ")} } from "${module}";`);
    return statements;
  }

  /** Forgets a cell that nobody can refer to, and then maybe those it referred to. */
  #release(cell: string): void {
    const kept = this.#cells.get(cell);
    if (kept === undefined || kept.current.size > 0 || kept.users.size > 0) return;
    this.#cells.delete(cell);
    this.#alone.delete(cell);
    const group = this.#groups.get(kept.document);
    group?.cells.splice(group.cells.indexOf(cell), 1);
    this.#dirty.add(kept.document);
    for (const { from, isCell } of kept.module.borrows.values()) {
      if (!isCell) continue;
      this.#cells.get(from)?.users.delete(cell);
      this.#release(from);
    }
  }

  #moveTogether(): void {
    for (const cell of [...this.#alone].slice(0, mostAlone / 2)) {
      const kept = this.#cells.get(cell) as KeptCell;
      this.#dirty.add(kept.document);
      kept.document = this.#groupFor(cell, kept.module);
      this.#dirty.add(kept.document);
      for (const user of kept.users) this.#dirty.add(this.#cells.get(user)?.document ?? "");
      this.#alone.delete(cell);
    }
    this.#dirty.delete("");
  }

  /** The document of a group in which this cell changes no meaning, and none changes its. */
  #groupFor(cell: string, module: CellModule): string {
    const mentioned = namesMentioned(module.source);
    const declared = [...module.exports.keys()];
    const fits = (group: Group): boolean =>
      group.cells.length < mostInGroup &&
      declared.every((name) => !group.declared.has(name) && !group.mentioned.has(name)) &&
      [...mentioned].every((name) => !group.declared.has(name)) &&
      [...module.borrows].every(([name, { from }]) => (group.borrows.get(name) ?? from) === from);
    const candidates = [...this.#groups].slice(-triedGroups);
    const [document, group] = candidates.find(([, one]) => fits(one)) ?? this.#newGroup(cell);
    group.cells.push(cell);
    for (const name of declared) group.declared.add(name);
    for (const name of mentioned) group.mentioned.add(name);
    for (const [name, { from }] of module.borrows) group.borrows.set(name, from);
    return document;
  }

  #newGroup(cell: string): readonly [string, Group] {
    const document = `cell-group-of-${cell}`;
    const group: Group = { cells: [], declared: new Set(), mentioned: new Set(), borrows: new Map() };
    this.#groups.set(document, group);
    return [document, group];
  }

  #changes(): readonly DocumentChange[] {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    return [...dirty].map((document) => {
      const cells = this.#groups.get(document)?.cells ?? [document];
      const modules = cells.flatMap((cell) => {
        const kept = this.#cells.get(cell);
        return kept?.document === document ? [kept.module] : [];
      });
      if (modules.length === 0) this.#groups.delete(document);
      return { document, text: modules.length === 0 ? null : this.textOf(modules) };
    });
  }
}

/** A cell's own document has the cell's name. */
function documentOf(cell: string): string {
  return cell;
}

function linesOf(text: string): number {
  return text.split("\n").length;
}
