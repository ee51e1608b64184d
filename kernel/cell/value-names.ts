/**
 * The names a piece of a cell uses as values: what it may need from the session, the prelude or its imports.
 */
import { namesIn } from "./declarations.ts";
import { isTypeOnly } from "./erase-types.ts";
import { isNode, type Node, walk } from "./syntax-tree.ts";

/** Names bound anywhere in the cell, in functions and blocks too: these do not come from outside. */
export function boundNames(body: readonly Node[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of body) {
    walk(statement, (node) => {
      for (const pattern of [
        ...(node.params ?? []),
        node.type === "VariableDeclarator" ? node.id : null,
        node.param,
      ]) {
        if (isNode(pattern)) for (const name of namesIn(pattern)) names.add(name);
      }
      if (/^(Function|Class)/.test(node.type) && node.id) names.add(node.id.name);
      return true;
    });
  }
  return names;
}

/** Identifiers used as values, wherever in the cell; names of properties are none. */
export function valueNames(body: readonly Node[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (node.type.startsWith("TS") && !("expression" in node)) return;
    if (isTypeOnly(node) || node.type === "ImportDeclaration") return;
    if (node.type === "Identifier") names.add(node.name);
    for (const [field, value] of Object.entries(node)) {
      const isName =
        (field === "property" || field === "key") && node.computed !== true && node.shorthand !== true;
      if (isName || field === "typeAnnotation" || field === "label") continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
    }
  };
  body.forEach(visit);
  return names;
}
