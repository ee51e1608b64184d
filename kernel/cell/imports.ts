/**
 * A cell's imports and exports. Import declarations become steps which run before the cell, as imports are hoisted anyway;
 * so the cell's own text keeps its lines and columns. Loading the module is for the main thread.
 */
import type { ImportStep } from "../channel.ts";
import type { Slots } from "./declarations.ts";
import type { Edits } from "./edits.ts";
import type { Node } from "./syntax-tree.ts";

/** The step an import declaration stands for; null for one that imports types only. */
export function importStep(
  node: Node,
  slots: Slots,
  usedAsValue: ReadonlySet<string>,
  lineOf: (offset: number) => number,
): ImportStep | null {
  if (node.importKind === "type") return null;
  const specifiers: readonly Node[] = node.specifiers.filter((one: Node) => one.importKind !== "type");
  if (specifiers.length === 0 && node.specifiers.length > 0) return null;
  const statements: string[] = [];
  const names: [string, string | null][] = [];
  const needed: string[] = [];
  for (const one of specifiers) {
    const local: string = one.local.name;
    const keyword = slots.get(local) === "var" ? "var" : "let";
    if (one.type === "ImportNamespaceSpecifier") {
      statements.push(`${keyword} ${local}=$$module;`);
      names.push([local, null]);
      continue;
    }
    const exported: string =
      one.type === "ImportDefaultSpecifier" ? "default" : (one.imported.name ?? one.imported.value);
    if (usedAsValue.has(local)) needed.push(exported);
    statements.push(`${keyword} ${local}=$$module[${JSON.stringify(exported)}];`);
    names.push([local, exported]);
  }
  const attributes = Object.fromEntries(
    (node.attributes ?? []).map((one: Node) => [one.key.name ?? one.key.value, one.value.value]),
  );
  return {
    specifier: node.source.value,
    binding: statements.join(""),
    names,
    needed,
    line: lineOf(node.start),
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
  };
}

/** A cell exports nothing: its names are the session's. `export` before a declaration goes, lists of names go. */
export function dropExport(node: Node, edits: Edits): void {
  if (node.declaration == null) {
    edits.drop(node.start, node.end);
    return;
  }
  const declaration: Node = node.declaration;
  if (
    node.type === "ExportDefaultDeclaration" &&
    /^(Function|Class)Declaration$/.test(declaration.type) &&
    !declaration.id
  ) {
    edits.replace(node.start, declaration.start, "(");
    edits.replace(declaration.end, declaration.end, ")");
  } else {
    edits.blank(node.start, declaration.start);
  }
}

/** `import(…)` and `import.meta` have no meaning in a script: globals of the same width stand for them. */
export function replaceDynamicImport(node: Node, edits: Edits): void {
  if (node.type === "ImportExpression") edits.replace(node.start, node.start + "import".length, "$$load");
  if (node.type === "MetaProperty" && node.meta.name === "import")
    edits.replace(node.start, node.end, "$$meta");
}
