/**
 * Turns a cell's TypeScript into JavaScript for V8's REPL mode: types blanked, imports taken out, names fitted to their slots.
 * Lines and columns stay as typed. Magics are gone before (magics/), running the result is for the main thread (session/).
 */
import type { ImportStep } from "../channel.ts";
import { DeclarationError, declaredBy, fitToSlots, type SlotKind, type Slots } from "./declarations.ts";
import { editsOf } from "./edits.ts";
import { eraseTypes, isTypeOnly, needsTransform } from "./eraseTypes.ts";
import { dropExport, importStep, replaceDynamicImport } from "./imports.ts";
import { isNode, type Node, type Parsed, parse, walk } from "./syntaxTree.ts";
import { type Transformed, type TransformOptions, transformCell } from "./transform.ts";

export interface RewrittenCell {
  readonly code: string;
  readonly imports: readonly ImportStep[];
  readonly declares: readonly (readonly [string, SlotKind])[];
  readonly mentions: readonly string[];
  readonly showsValue: boolean;
  /** Leads positions of `code` back to the cell; null where they are the same. */
  readonly original: Transformed["original"] | null;
}

/** A cell that is not TypeScript: what is wrong, at which one-based line and column. */
export class CellSyntaxError extends Error {
  override readonly name = "SyntaxError";
  readonly line: number;
  readonly column: number;
  readonly help: string | null;

  constructor(
    message: string,
    at: { readonly line: number; readonly column: number },
    help: string | null = null,
  ) {
    super(message);
    this.line = at.line;
    this.column = at.column;
    this.help = help;
  }
}

/** One-based line and column of a UTF-16 offset. */
export function positionOf(
  source: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Rewrites one cell. `slots` are the names of earlier cells; throws {@link CellSyntaxError}. */
export async function rewriteCell(
  source: string,
  name: string,
  slots: Slots,
  options: TransformOptions = {},
): Promise<RewrittenCell> {
  const text = asExpression(source);
  const parsed = parseOrThrow(text);
  if (!needsTransform(parsed.body, text)) return rewriteParsed(text, parsed.body, slots);
  const transformed = await transformCell(text, name, options);
  const rewritten = rewriteParsed(transformed.code, parseOrThrow(transformed.code).body, slots);
  return { ...rewritten, original: transformed.original };
}

/** A cell that is nothing but `{ a: 1 }` means the object, as at any JavaScript prompt, not a block with a label. */
function asExpression(source: string): string {
  if (!source.trimStart().startsWith("{") || !source.trimEnd().endsWith("}")) return source;
  const wrapped = `(${source.trimEnd()})`;
  return parse(wrapped).problems.length === 0 ? wrapped : source;
}

function parseOrThrow(source: string): Parsed {
  const parsed = parse(source);
  const [problem] = parsed.problems;
  if (problem) throw new CellSyntaxError(problem.message, positionOf(source, problem.start), problem.help);
  return parsed;
}

function rewriteParsed(source: string, body: readonly Node[], slots: Slots): RewrittenCell {
  const edits = editsOf(source);
  const mentions = valueNames(body);
  const imports: ImportStep[] = [];
  const lineOf = (offset: number): number => positionOf(source, offset).line;
  const values = body.filter((statement) => !isTypeOnly(statement));
  try {
    for (const statement of values) {
      if (statement.type === "ImportDeclaration") {
        const step = importStep(statement, slots, mentions, lineOf);
        if (step) imports.push(step);
        edits.drop(statement.start, statement.end);
        continue;
      }
      if (statement.type.startsWith("Export")) dropExport(statement, edits);
      fitToSlots(statement, slots, source, edits);
      walk(statement, (node) => {
        replaceDynamicImport(node, edits);
        return true;
      });
    }
  } catch (error) {
    if (error instanceof DeclarationError)
      throw new CellSyntaxError(error.message, positionOf(source, error.start));
    throw error;
  }
  for (const statement of body) eraseTypes(statement, source, edits);
  return {
    code: edits.apply(),
    imports,
    declares: values.flatMap((statement) => declaredBy(statement)),
    mentions: [...mentions],
    showsValue: isExpression(values.at(-1)),
    original: null,
  };
}

function isExpression(statement: Node | undefined): boolean {
  if (statement === undefined) return false;
  if (statement.type === "ExportDefaultDeclaration") return !/Declaration$/.test(statement.declaration.type);
  return /^(Expression|If|Try|Switch|Block|Labeled|With)Statement$|^BlockStatement$/.test(statement.type);
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
