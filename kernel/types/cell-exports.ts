/**
 * What a cell gives to later ones: the names its top-level statements declare, values and types.
 */
import { namesIn } from "../cell/declarations.ts";
import type { Node } from "../cell/syntax-tree.ts";

/** How a cell declares a name. */
export interface Declared {
  /** Declared by let or var: later cells may assign to it, which an import forbids. */
  readonly mutable: boolean;
  /** In the words of completion. */
  readonly kind: "function" | "class" | "module" | "instance";
}

/** The names a top-level statement declares, values and types. */
export function exportedBy(statement: Node): readonly (readonly [string, Declared])[] {
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

/** Whether the cell itself exports a name. */
export function isExportedAlready(body: readonly Node[], name: string): boolean {
  return body.some(
    (statement) =>
      statement.type === "ExportNamedDeclaration" &&
      ((statement.declaration && exportedBy(statement).some(([declared]) => declared === name)) ||
        statement.specifiers.some((one: Node) => one.exported.name === name)),
  );
}
