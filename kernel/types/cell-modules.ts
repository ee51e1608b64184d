/**
 * Cells as modules for the type checker: each is the user's text unchanged plus one line below it, which imports just those
 * names of earlier cells, and of the runtime, that the cell mentions, and exports what it declares. So types are those of the
 * cell that declared a name, and lines and columns are the user's.
 */
import { namesIn } from "../cell/declarations.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";

/** How a cell declares a name. */
export interface Declared {
  /** Declared by let or var: later cells may assign to it, which an import forbids. */
  readonly mutable: boolean;
  /** In the words of completion. */
  readonly kind: "function" | "class" | "module" | "instance";
}

/** What a cell exports under a name. */
interface Exported extends Declared {
  readonly cell: string;
}

export interface CellModule {
  readonly text: string;
  /** Lines below this are not the user's. */
  readonly lines: number;
  readonly exports: ReadonlyMap<string, Declared>;
}

/** So many names that a draft may come to need are brought into it. */
const mostComing = 40;
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;
/** The document that declares the kernel's own globals. */
export const globalsDocument = "tracebook-globals.d.ts";

export class CellModules {
  readonly #names = new Map<string, Exported>();
  readonly #provided: ReadonlyMap<string, string>;

  /** `provided`: the names cells have without an import, with the module each comes from. */
  constructor(provided: ReadonlyMap<string, string>) {
    this.#provided = provided;
  }

  /** Names a cell can use without declaring them, with their kinds. */
  get names(): ReadonlyMap<string, string> {
    const names = new Map<string, string>([...this.#provided.keys()].map((name) => [name, "instance"]));
    for (const [name, { kind }] of this.#names) names.set(name, kind);
    return names;
  }

  /** The module of a cell's text. */
  module(text: string): CellModule {
    const body = parse(text).body;
    const exports = new Map(body.flatMap(exportedBy));
    const inner = [...exports.keys()].filter((name) => !isExportedAlready(body, name));
    const epilogue = [`;export { ${inner.join(", ")} };`, ...this.#borrowed(text, exports)].join(" ");
    return { text: `${text}\n${epilogue}`, lines: text.split("\n").length, exports };
  }

  /**
   * The module of a cell that is being written, which may be broken anywhere: what it needs stands on one line above it, and so
   * do the names it may come to need, which begin with `prefix`.
   */
  draft(text: string, prefix = ""): string {
    return `${this.#heading(text, prefix)}\n${text}`;
  }

  /** Where in a draft's first line a name is brought into the cell; null if it is not. */
  placeInDraft(text: string, name: string): number | null {
    const found = new RegExp(`[{,] ${name.replaceAll("$", "\\$")}(?=[, ])`, "u").exec(
      this.#heading(text, ""),
    );
    return found === null ? null : found.index + 2;
  }

  #heading(text: string, prefix: string): string {
    const coming = prefix === "" ? [] : [...this.names.keys()].filter((name) => name.startsWith(prefix));
    const own = new Map(parse(text).body.flatMap(exportedBy));
    return ["export {};", ...this.#borrowed(`${text} ${coming.slice(0, mostComing).join(" ")}`, own)].join(
      " ",
    );
  }

  /** A cell ran: later ones see its names. */
  add(cell: string, { exports }: CellModule): void {
    for (const [name, declared] of exports) this.#names.set(name, { cell, ...declared });
  }

  #borrowed(text: string, own: ReadonlyMap<string, Declared>): readonly string[] {
    const byModule = new Map<string, string[]>();
    const statements: string[] = [];
    for (const name of new Set(text.match(identifier))) {
      if (own.has(name)) continue;
      const exported = this.#names.get(name);
      if (exported?.mutable)
        statements.push(`declare let ${name}: typeof import("./${exported.cell}").${name};`);
      else {
        const module = exported ? `./${exported.cell}` : (this.#provided.get(name) ?? null);
        if (module !== null) byModule.set(module, [...(byModule.get(module) ?? []), name]);
      }
    }
    for (const [module, names] of byModule)
      statements.push(`import { ${names.join(", ")} } from "${module}";`);
    return statements;
  }
}

/** The names a top-level statement declares, values and types. */
function exportedBy(statement: Node): readonly (readonly [string, Declared])[] {
  const node: Node = statement.declaration ?? statement;
  const fixed = (name: string, kind: Declared["kind"]) => [name, { mutable: false, kind }] as const;
  switch (node.type) {
    case "VariableDeclaration":
      return node.declarations.flatMap((one: Node) =>
        namesIn(one.id).map(
          (name) =>
            [
              name,
              {
                mutable: node.kind === "let" || node.kind === "var",
                kind: /Function/.test(one.init?.type ?? "") ? "function" : "instance",
              },
            ] as const,
        ),
      );
    case "ImportDeclaration":
      return node.specifiers.map((one: Node) =>
        fixed(one.local.name, one.type === "ImportNamespaceSpecifier" ? "module" : "instance"),
      );
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return node.id ? [fixed(node.id.name, "function")] : [];
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSEnumDeclaration":
      return node.id ? [fixed(node.id.name, "class")] : [];
    case "TSImportEqualsDeclaration":
      return [fixed(node.id.name, "module")];
    case "TSModuleDeclaration":
      return node.id?.type === "Identifier" ? [fixed(node.id.name, "module")] : [];
    default:
      return [];
  }
}

function isExportedAlready(body: readonly Node[], name: string): boolean {
  return body.some(
    (statement) =>
      statement.type === "ExportNamedDeclaration" &&
      ((statement.declaration && exportedBy(statement).some(([declared]) => declared === name)) ||
        statement.specifiers.some((one: Node) => one.exported.name === name)),
  );
}
