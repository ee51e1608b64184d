/**
 * The parser of cells: oxc, as a module with top-level await, and the walk over its tree.
 * Nodes are oxc's ESTree with TypeScript nodes; only the fields that rewriting needs are typed here.
 */
import { parseSync } from "oxc-parser";

/** A node of the syntax tree; which other fields it has depends on its type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // biome-ignore lint/suspicious/noExplicitAny: a tree of some 160 node types, read by their `type`
  readonly [field: string]: any;
}

/** Where a cell is not TypeScript, and why, in the parser's words. */
export interface SyntaxProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly help: string | null;
}

export interface Parsed {
  readonly body: readonly Node[];
  readonly problems: readonly SyntaxProblem[];
}

export function parse(source: string): Parsed {
  const result = parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  return {
    problems: result.errors.map(({ message, labels, helpMessage }) => ({
      message,
      start: labels[0]?.start ?? 0,
      end: labels[0]?.end ?? 0,
      help: helpMessage,
    })),
    get body() {
      return result.program.body as unknown as readonly Node[];
    },
  };
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** The nodes directly below one, in the tree's order. */
export function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** Visits a node and all below it, parents first, where the visitor returns true. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | null) => boolean,
  parent: Node | null = null,
): void {
  if (!visit(node, parent)) return;
  for (const child of childrenOf(node)) walk(child, visit, node);
}
