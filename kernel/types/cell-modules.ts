/**
 * Cells as modules for the type checker: each is the user's text unchanged plus one line below it, which imports just those
 * names of earlier cells, and of the runtime, that the cell mentions, and exports what it declares. So types are those of the
 * cell that declared a name, and lines and columns are the user's.
 */
import { namesIn } from "../cell/declarations.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";

/** What a cell exports under a name. */
interface Exported {
  readonly cell: string;
  /** Declared by let or var: later cells may assign to it, which an import forbids. */
  readonly mutable: boolean;
}

export interface CellModule {
  readonly text: string;
  /** Lines below this are not the user's. */
  readonly lines: number;
  readonly exports: ReadonlyMap<string, boolean>;
}

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

  /** Names a cell can use without declaring them. */
  get names(): readonly string[] {
    return [...new Set([...this.#names.keys(), ...this.#provided.keys()])];
  }

  /** The module of a cell's text. */
  module(text: string): CellModule {
    const body = parse(text).body;
    const exports = new Map(body.flatMap(exportedBy));
    const inner = [...exports.keys()].filter((name) => !isExportedAlready(body, name));
    const epilogue = [`;export { ${inner.join(", ")} };`, ...this.#borrowed(text, exports)].join(" ");
    return { text: `${text}\n${epilogue}`, lines: text.split("\n").length, exports };
  }

  /** The module of a cell that is being written, which may be broken anywhere: what it needs stands on one line above it. */
  draft(text: string): string {
    return `${this.#borrowed(text, new Map(parse(text).body.flatMap(exportedBy))).join(" ")}\n${text}\nexport {};`;
  }

  /** A cell ran: later ones see its names. */
  add(cell: string, { exports }: CellModule): void {
    for (const [name, mutable] of exports) this.#names.set(name, { cell, mutable });
  }

  #borrowed(text: string, own: ReadonlyMap<string, boolean>): readonly string[] {
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

/** The names a top-level statement declares, values and types, and whether they may be assigned to. */
function exportedBy(statement: Node): readonly (readonly [string, boolean])[] {
  const node: Node = statement.declaration ?? statement;
  switch (node.type) {
    case "VariableDeclaration":
      return node.declarations.flatMap((one: Node) =>
        namesIn(one.id).map((name) => [name, node.kind === "let" || node.kind === "var"] as const),
      );
    case "ImportDeclaration":
      return node.specifiers.map((one: Node) => [one.local.name, false] as const);
    case "FunctionDeclaration":
    case "TSDeclareFunction":
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSEnumDeclaration":
    case "TSImportEqualsDeclaration":
      return node.id ? [[node.id.name, false]] : [];
    case "TSModuleDeclaration":
      return node.id?.type === "Identifier" ? [[node.id.name, false]] : [];
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
