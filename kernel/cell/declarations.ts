/**
 * The names a cell declares at its top level and the kind of slot V8 gives each. V8 lets a later script redeclare a name
 * only with the same kind, so a name keeps its first kind and later declarations are rewritten to it.
 */
import type { Edits } from "./edits.ts";
import type { Node } from "./syntax-tree.ts";

/** `lexical`: let, const, class, import. `var`: var and function, which are properties of the global object. */
export type SlotKind = "lexical" | "var";
export type Slots = ReadonlyMap<string, SlotKind>;

/** A declaration this kernel cannot express, at its place in the cell. */
export class DeclarationError extends Error {
  override readonly name = "SyntaxError";
  readonly start: number;

  constructor(message: string, start: number) {
    super(message);
    this.start = start;
  }
}

/** The names a binding pattern declares. */
export function namesIn(pattern: Node): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property: Node) =>
        namesIn(property.type === "RestElement" ? property : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element: Node | null) => (element ? namesIn(element) : []));
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

/** The names a top-level statement declares, with the kind V8 would give them. */
export function declaredBy(statement: Node): readonly (readonly [string, SlotKind])[] {
  const node = statement.declaration ?? statement;
  if (node.type === "VariableDeclaration") {
    const kind: SlotKind = node.kind === "var" ? "var" : "lexical";
    return node.declarations.flatMap((one: Node) => namesIn(one.id).map((name) => [name, kind] as const));
  }
  if (node.type === "FunctionDeclaration" && node.id) return [[node.id.name, "var"]];
  if (node.type === "ClassDeclaration" && node.id) return [[node.id.name, "lexical"]];
  if (node.type === "ImportDeclaration") {
    const values = node.specifiers.filter((one: Node) => one.importKind !== "type");
    return values.map((one: Node) => [one.local.name, "lexical"] as const);
  }
  return nestedVars(statement).map((name) => [name, "var"] as const);
}

/** `var` inside blocks and loops belongs to the top level too. */
function nestedVars(statement: Node): readonly string[] {
  const found: string[] = [];
  const search = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(search);
    else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      if (/Function|^Class|Expression$|^TS/.test(node.type ?? "")) return;
      if (node.type === "VariableDeclaration" && node.kind === "var") {
        for (const one of node.declarations) found.push(...namesIn(one.id));
      }
      Object.values(node).forEach(search);
    }
  };
  search(statement);
  return found;
}

/** Rewrites a top-level declaration to the slots its names have, and `const` to `let`, so that it can be run again. */
export function fitToSlots(statement: Node, slots: Slots, source: string, edits: Edits): void {
  const node: Node = statement.declaration ?? statement;
  if (node.type === "VariableDeclaration") fitVariables(node, slots, edits);
  else if (node.type === "FunctionDeclaration" && node.id && slots.get(node.id.name) === "lexical") {
    // `function f(` and `f=function(` are equally wide; `async` and `*` come along.
    const async = node.async ? "async " : "";
    const head = source.slice(node.start, node.id.start);
    edits.replace(
      node.start,
      node.id.end,
      `${node.id.name}=${async}function${head.includes("*") ? "*" : ""}`,
    );
    endStatement(node.end, source, edits);
  } else if (node.type === "ClassDeclaration" && node.id && slots.get(node.id.name) === "var") {
    edits.replace(node.start, node.id.end, `${node.id.name}=class`);
    endStatement(node.end, source, edits);
  } else if (node.type !== "ClassDeclaration" && node.type !== "FunctionDeclaration") {
    fitNestedVars(node, slots);
  }
}

function fitVariables(node: Node, slots: Slots, edits: Edits): void {
  const kinds = new Set(
    node.declarations
      .flatMap((one: Node) => namesIn(one.id))
      .flatMap((name: string) => slots.get(name) ?? []),
  );
  if (kinds.size > 1) {
    throw new DeclarationError(
      "these names were declared in different ways before; declare them one by one",
      node.start,
    );
  }
  const kind = [...kinds][0] ?? (node.kind === "var" ? "var" : "lexical");
  const keyword = kind === "var" ? "var" : "let";
  if (keyword !== node.kind) edits.replace(node.start, node.start + node.kind.length, keyword);
}

function fitNestedVars(node: Node, slots: Slots): void {
  const taken = nestedVars(node).find((name) => slots.get(name) === "lexical");
  if (taken !== undefined) {
    throw new DeclarationError(
      `'${taken}' was declared with let, const, class or import before; declare it with let here, or assign to it`,
      node.start,
    );
  }
}

/** What was a declaration is an expression now and needs its semicolon. */
function endStatement(end: number, source: string, edits: Edits): void {
  if (source[end] === " ") edits.replace(end, end + 1, ";");
  else edits.replace(end, end, ";");
}
