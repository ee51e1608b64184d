/**
 * Turns a cell's TypeScript into JavaScript for V8's REPL mode: types blanked, imports taken out, names fitted to their slots.
 * Lines and columns stay as typed. Magics are gone before (magics/), running the result is for the main thread (session/).
 */
import type { ImportStep } from "../channel.ts";
import type { MagicContext } from "../magics/magic.ts";
import { rewriteMagics } from "../magics/rewrite-magics.ts";
import { CellError, positionOf } from "./cell-error.ts";
import { DeclarationError, declaredBy, fitToSlots, type SlotKind, type Slots } from "./declarations.ts";
import { editsOf } from "./edits.ts";
import { eraseTypes, isTypeOnly, needsTransform } from "./erase-types.ts";
import { habitOfLine } from "./habits.ts";
import { dropExport, importStep, replaceDynamicImport } from "./imports.ts";
import { type Node, type Parsed, parse, walk } from "./syntax-tree.ts";
import { type Transformed, type TransformOptions, transformCell } from "./transform.ts";
import { boundNames, valueNames } from "./value-names.ts";

type Original = Transformed["original"];

export interface RewrittenCell {
  readonly code: string;
  readonly imports: readonly ImportStep[];
  readonly declares: readonly (readonly [string, SlotKind])[];
  /** Names the cell uses and does not bind anywhere. */
  readonly mentions: readonly string[];
  readonly showsValue: boolean;
  /** Leads positions of `code` back to the cell; null where they are the same. */
  readonly original: Original | null;
}

/** A cell as TypeScript: its magics rewritten. */
export interface CellTypeScript {
  readonly text: string;
  /** Leads positions of `text` back to the cell; null where they are the same. */
  readonly original: Original | null;
}

/** The TypeScript of a cell. Throws {@link CellError} for magics used wrongly. */
export function typeScriptOf(source: string, context: MagicContext): CellTypeScript {
  return rewriteMagics(source, context) ?? { text: asExpression(source), original: null };
}

/** Rewrites one cell. Throws {@link CellError} where it is not TypeScript. */
export async function rewriteCell(
  cell: CellTypeScript,
  name: string,
  slots: Slots,
  options: TransformOptions = {},
): Promise<RewrittenCell> {
  if (cell.original === null) return rewritePlain(cell.text, name, slots, options);
  try {
    const rewritten = await rewritePlain(cell.text, name, slots, options);
    return { ...rewritten, original: chain(rewritten.original, cell.original) };
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    const at = cell.original(error.line, error.column) ?? error;
    throw new CellError(error.message, at, { name: error.name, help: error.help });
  }
}

async function rewritePlain(
  text: string,
  name: string,
  slots: Slots,
  options: TransformOptions,
): Promise<RewrittenCell> {
  const parsed = parseOrThrow(text);
  if (!needsTransform(parsed.body, text)) return rewriteParsed(text, parsed.body, slots);
  const transformed = await transformCell(text, name, options);
  const rewritten = rewriteParsed(transformed.code, parseOrThrow(transformed.code).body, slots);
  return { ...rewritten, original: transformed.original };
}

/** The way back through two rewritings. */
function chain(inner: Original | null, outer: Original): Original {
  if (inner === null) return outer;
  return (line, column) => {
    const between = inner(line, column);
    return between && outer(between.line, between.column);
  };
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
  if (problem) {
    const at = positionOf(source, problem.start);
    const help = habitOfLine(source.split("\n")[at.line - 1]) ?? problem.help;
    throw new CellError(problem.message, at, { help });
  }
  return parsed;
}

function rewriteParsed(source: string, body: readonly Node[], slots: Slots): RewrittenCell {
  const edits = editsOf(source);
  const mentions = valueNames(body);
  const bound = boundNames(body);
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
      throw new CellError(error.message, positionOf(source, error.start));
    throw error;
  }
  for (const statement of body) eraseTypes(statement, source, edits);
  return {
    code: edits.apply(),
    imports,
    declares: values.flatMap((statement) => declaredBy(statement)),
    mentions: [...mentions].filter((name) => !bound.has(name)),
    showsValue: isExpression(values.at(-1)),
    original: null,
  };
}

function isExpression(statement: Node | undefined): boolean {
  if (statement === undefined) return false;
  if (statement.type === "ExportDefaultDeclaration") return !/Declaration$/.test(statement.declaration.type);
  return /^(Expression|If|Try|Switch|Block|Labeled|With)Statement$|^BlockStatement$/.test(statement.type);
}
