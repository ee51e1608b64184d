/**
 * Erases TypeScript's types in place: each becomes spaces, so that lines and columns stay as typed.
 * Syntax that means something at run time (enum, namespace, decorators, `using`) cannot be erased; `needsTransform` tells.
 */
import type { Edits } from "./edits.ts";
import { type Node, walk } from "./syntax-tree.ts";

/** Statements that are nothing but types. */
const typeStatements = new Set([
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
  "TSDeclareFunction",
  "TSGlobalDeclaration",
  "TSNamespaceExportDeclaration",
]);
/** Class members that are nothing but types. */
const typeMembers = new Set([
  "TSIndexSignature",
  "TSAbstractMethodDefinition",
  "TSAbstractPropertyDefinition",
  "TSAbstractAccessorProperty",
]);
const erasable = new Set(["TSTypeAnnotation", "TSTypeParameterDeclaration", "TSTypeParameterInstantiation"]);
const transformed = new Set([
  "TSEnumDeclaration",
  "TSModuleDeclaration",
  "TSParameterProperty",
  "TSImportEqualsDeclaration",
  "TSExportAssignment",
  "Decorator",
  "AccessorProperty",
]);
const typeModifiers = /\b(public|private|protected|readonly|override|declare|abstract)\b/g;

/** Whether a statement or member only declares a type. */
export function isTypeOnly(node: Node): boolean {
  if (typeStatements.has(node.type) || typeMembers.has(node.type) || node.declare === true) return true;
  if (node.type === "MethodDefinition") return node.value?.type === "TSEmptyBodyFunctionExpression";
  if (node.type === "ImportDeclaration") return node.importKind === "type";
  if (/^Export(Named|All|Default)Declaration$/.test(node.type)) {
    return node.exportKind === "type" || (node.declaration != null && isTypeOnly(node.declaration));
  }
  return false;
}

/** Whether this cell has syntax that erasing cannot express, so that it must be transformed first. */
export function needsTransform(body: readonly Node[], source: string): boolean {
  let found = false;
  for (const statement of body) {
    walk(statement, (node) => {
      if (found || isTypeOnly(node)) return false;
      found =
        transformed.has(node.type) ||
        (node.type === "VariableDeclaration" && /^(await )?using$/.test(node.kind)) ||
        // A line break inside an arrow's return type would come to stand before `=>`, which JavaScript forbids.
        (node.type === "ArrowFunctionExpression" &&
          node.returnType != null &&
          source.slice(node.returnType.start, node.body.start).includes("\n"));
      return !found;
    });
  }
  return found;
}

/** Blanks all types below a node. */
export function eraseTypes(root: Node, source: string, edits: Edits): void {
  walk(root, (node, parent) => {
    if (isTypeOnly(node)) {
      edits.drop(node.start, node.end);
      return false;
    }
    if (erasable.has(node.type)) {
      edits.blank(node.start, node.end);
      return false;
    }
    eraseNode(node, parent, source, edits);
    return true;
  });
}

function eraseNode(node: Node, parent: Node | null, source: string, edits: Edits): void {
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      edits.blank(node.expression.end, node.end);
      break;
    case "TSTypeAssertion":
      edits.blank(node.start, node.expression.start);
      break;
    case "Identifier":
      if (node.optional === true) blankMark("?", node.start + node.name.length, node.end, source, edits);
      if (node.name === "this" && parent?.params?.[0] === node)
        eraseThisParameter(node, parent, source, edits);
      break;
    case "VariableDeclarator":
      if (node.definite === true) blankMark("!", node.id.start, node.id.end + 1, source, edits);
      break;
    case "ClassDeclaration":
    case "ClassExpression":
      eraseClassHead(node, source, edits);
      break;
    case "PropertyDefinition":
    case "MethodDefinition":
      eraseMemberHead(node, source, edits);
      break;
    default:
      if (node.optional === true && /Pattern$|^RestElement$/.test(node.type)) {
        const from = node.typeAnnotation?.start ?? node.end;
        blankMark("?", from - 1, from, source, edits);
      }
  }
}

function blankMark(mark: string, start: number, end: number, source: string, edits: Edits): void {
  const at = source.indexOf(mark, start);
  if (at >= 0 && at <= end) edits.blank(at, at + 1);
}

/** `this: T` is no parameter at run time; the comma after it goes too. */
function eraseThisParameter(node: Node, parent: Node, source: string, edits: Edits): void {
  const next = parent.params[1] as Node | undefined;
  const comma = next ? source.lastIndexOf(",", next.start) : -1;
  edits.blank(node.start, comma > node.start ? comma + 1 : node.end);
}

function eraseClassHead(node: Node, source: string, edits: Edits): void {
  if (node.abstract === true) {
    const at = source.indexOf("abstract", node.start);
    edits.blank(at, at + "abstract".length);
  }
  const first = node.implements?.[0] as Node | undefined;
  if (first === undefined) return;
  const last = node.implements.at(-1) as Node;
  edits.blank(source.lastIndexOf("implements", first.start), last.end);
}

function eraseMemberHead(node: Node, source: string, edits: Edits): void {
  const keyStart = node.computed ? source.lastIndexOf("[", node.key.start) : node.key.start;
  const head = source.slice(node.start, keyStart);
  let gone = false;
  for (const match of head.matchAll(typeModifiers)) {
    const start = node.start + match.index;
    // The first blank of a computed member holds a semicolon: `a = 1` above and `[b]` would join otherwise.
    if (node.computed && !gone) edits.drop(start, start + match[0].length);
    else edits.blank(start, start + match[0].length);
    gone = true;
  }
  const keyEnd = node.computed ? source.indexOf("]", node.key.end) + 1 : node.key.end;
  const mark = /^\s*[?!]/.exec(source.slice(keyEnd, keyEnd + 80));
  if (mark && (node.optional === true || node.definite === true)) {
    edits.blank(keyEnd + mark[0].length - 1, keyEnd + mark[0].length);
  }
}
