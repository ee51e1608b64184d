/**
 * What a magic is: a name, its help, the TypeScript a call of it becomes, and what that TypeScript calls when it runs.
 * A rewritten call is ordinary TypeScript, so it is type-checked and completed like the rest of the cell.
 */
import { CellError, positionOf } from "../cell/cell-error.ts";
import type { Slots } from "../cell/declarations.ts";
import type { Displays } from "../session/display.ts";
import type { CheckMode } from "./check.ts";

/** A stretch of the user's own text, by UTF-16 offsets in the cell: kept verbatim, so that positions in it stay known. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Rewritten text: new TypeScript and stretches of the user's. */
export type Piece = string | Span;

/** What is known of the session when a cell is rewritten. */
export interface MagicContext {
  /** Names earlier cells declared. */
  readonly slots: Slots;
  /** Numbers and texts of the session's earlier cells. */
  readonly inputs: () => readonly (readonly [count: number, text: string])[];
}

/** A magic as it stands in a cell. */
export interface MagicCall extends MagicContext {
  readonly name: string;
  /** The whole cell. */
  readonly source: string;
  /** The call's first line, without its line break. */
  readonly line: Span;
  /** What stands behind the name on its line, trimmed. */
  readonly args: Span;
  /** The lines below `%%name`; null for a line magic. */
  readonly body: Span | null;
}

/** Settings of the session that a magic changes. */
export interface Settings {
  check: CheckMode;
}

/** What a magic works with when it runs, on the main thread. */
export interface MagicHost {
  readonly displays: Displays;
  /** Prints to the cell's stdout or stderr. */
  print(text: string, stream?: "stdout" | "stderr"): void;
  /** Names that cells declared, with their present values. */
  variables(): ReadonlyMap<string, unknown>;
  /** Sets a session variable. */
  assign(name: string, value: unknown): void;
  /** What holds from the next cell on. */
  readonly settings: Settings;
  /** Whether edited local modules are loaded again before each cell. */
  readonly autoreload: { on: boolean };
  /** Aborted when the cell is interrupted. */
  interrupted(): AbortSignal;
  /** Puts text into the cell below. */
  setNextInput(text: string): void;
  /** Runs when the cell has ended, before its result is shown. */
  afterCell(action: () => void): void;
  /** Shows text in the front end's pager. */
  page(text: string, markdown?: string): void;
  /** Shows what is known of a value's name in the pager. */
  inspect(name: string): boolean;
}

export interface Magic {
  readonly name: string;
  readonly forms: readonly ("line" | "cell")[];
  readonly usage: string;
  /** One line for %lsmagic. */
  readonly summary: string;
  /** What `%name?` shows below the usage, as Markdown. */
  readonly help: string;
  /** The TypeScript the call becomes. Throws {@link usageError} for wrong use. */
  readonly rewrite: (call: MagicCall) => readonly Piece[];
  /** What its arguments may be: paths, or words, by what stands before the word that is written, and what is there of it. */
  readonly completes?: "file" | "folder" | ((before: string, word: string) => readonly string[]);
  /** What the type checker is told of `run`: members of an interface, one a line. */
  readonly types?: string;
  /** Functions the rewritten text calls as `__magic.NAME(…)`; a call of them is a promise. */
  readonly run?: Readonly<Record<string, (host: MagicHost, ...args: never[]) => unknown>>;
}

/** The text of a span. */
export function textOf(call: MagicCall, { start, end }: Span): string {
  return call.source.slice(start, end);
}

/** A template of rewritten text: `ts\`await f(${span})\``. */
export function ts(texts: TemplateStringsArray, ...holes: readonly Piece[]): readonly Piece[] {
  return texts.flatMap((text, i) => (i < holes.length ? [text, holes[i]] : [text]));
}

/** Wrong use of a magic: what was expected, and the usage. */
export function usageError(
  call: MagicCall,
  magic: Pick<Magic, "usage">,
  message: string,
  at: number = call.line.start,
): CellError {
  return new CellError(`%${call.name}: ${message}`, positionOf(call.source, at), {
    name: "UsageError",
    help: `usage: ${magic.usage}`,
  });
}
