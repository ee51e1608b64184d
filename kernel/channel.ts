/**
 * What the two threads of the kernel say to each other: the worker speaks the Jupyter protocol, the main thread runs cells.
 * Messages are plain data with a `kind`; a cell is named by its serial number, which never repeats in a session.
 */

/** A MIME bundle as Jupyter's `data` field holds it. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** One `import` declaration of a cell: the module, and the statement which binds its exports (the module is in `$$module`). */
export interface ImportStep {
  readonly specifier: string;
  readonly binding: string;
  /** The names it binds, each to which export; null for the whole module. */
  readonly names: readonly (readonly [local: string, exported: string | null])[];
  /** Names that must be there, since the cell uses them as values. */
  readonly needed: readonly string[];
  readonly line: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One-based lines and columns of calls in a cell's code, and where each was typed. */
export type MovedCalls = readonly (readonly [
  line: number,
  column: number,
  toLine: number,
  toColumn: number,
])[];

export interface Evaluate {
  readonly kind: "evaluate";
  readonly cell: number;
  /** Name in stack traces: `cell-3.ts`. */
  readonly name: string;
  readonly imports: readonly ImportStep[];
  readonly code: string;
  /** Names the cell uses that no cell declares: tells whether it has to wait for the prelude. */
  readonly mentions: readonly string[];
  readonly declares: readonly string[];
  /** Calls that do not stand where they were typed; null if all do. */
  readonly moved: MovedCalls | null;
  /** Whether the last statement is an expression whose value is the cell's result. */
  readonly showsValue: boolean;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly userExpressions: Readonly<Record<string, string>>;
}

/** Questions about live values; the answers are plain data. */
export type Question =
  | { readonly kind: "complete"; readonly code: string; readonly cursor: number }
  | { readonly kind: "inspect"; readonly code: string; readonly cursor: number; readonly detail: number };

/** One completion; its type is in jedi's words, as `_jupyter_types_experimental` wants it. */
export interface CompletionMatch {
  readonly text: string;
  readonly type: string;
  /** Parameters and result of what can be called. */
  readonly signature?: string;
}

export interface Completions {
  readonly matches: readonly CompletionMatch[];
  /** UTF-16 offsets of the text the matches replace. */
  readonly start: number;
  readonly end: number;
}

/** A condition in a cell that is a tensor; positions are one-based. */
export interface TensorCondition {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** Where the function around it begins and ends. */
  readonly from: { readonly line: number; readonly column: number };
  readonly to: { readonly line: number; readonly column: number };
}

export type ToMain =
  | Evaluate
  | { readonly kind: "conditions"; readonly cell: string; readonly conditions: readonly TensorCondition[] }
  | { readonly kind: "interrupt" }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  | { readonly kind: "input_reply"; readonly value: string | null }
  | {
      readonly kind: "comm";
      readonly type: CommType;
      readonly content: CommContent;
      readonly buffers: readonly Uint8Array[];
    }
  | { readonly kind: "shutdown" };

/** An error as plain data; `stack` is V8's text, `cause` the chain below it. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly details?: string;
  /** Where in the cell a SyntaxError is (one-based), which its stack does not tell. */
  readonly at?: { readonly cell: string; readonly line: number; readonly column: number };
  readonly cause?: ErrorDescription;
  readonly errors?: readonly ErrorDescription[];
}

export type Expression =
  | { readonly status: "ok"; readonly data: MimeBundle; readonly metadata: object }
  | {
      readonly status: "error";
      readonly ename: string;
      readonly evalue: string;
      readonly traceback: readonly string[];
    };

export type Payload =
  | { readonly source: "page"; readonly data: MimeBundle; readonly start: number }
  | { readonly source: "set_next_input"; readonly text: string; readonly replace: boolean };

export type Outcome =
  | {
      readonly status: "ok";
      readonly data: MimeBundle | null;
      readonly metadata: object;
      readonly userExpressions: Readonly<Record<string, Expression>>;
      readonly payload: readonly Payload[];
    }
  | { readonly status: "error"; readonly error: ErrorDescription; readonly compiled: boolean };

export type CommType = "comm_open" | "comm_msg" | "comm_close";
export type CommContent = Readonly<Record<string, unknown>> & { readonly comm_id: string };

export type ToWorker =
  | {
      readonly kind: "stream";
      readonly cell: number;
      readonly name: "stdout" | "stderr";
      readonly text: string;
    }
  | {
      readonly kind: "display";
      readonly cell: number;
      readonly type: "display_data" | "update_display_data";
      readonly data: MimeBundle;
      readonly metadata: object;
      readonly transient: object;
    }
  | { readonly kind: "clear_output"; readonly cell: number; readonly wait: boolean }
  | {
      readonly kind: "input_request";
      readonly cell: number;
      readonly prompt: string;
      readonly password: boolean;
      readonly sync: boolean;
    }
  | {
      readonly kind: "comm";
      readonly cell: number;
      readonly type: CommType;
      readonly content: CommContent;
      readonly metadata: object;
      readonly buffers: readonly Uint8Array[];
    }
  | { readonly kind: "settings"; readonly check: "strict" | "warn" | "off" }
  | { readonly kind: "late_error"; readonly cell: number; readonly error: ErrorDescription }
  | { readonly kind: "finished"; readonly cell: number; readonly outcome: Outcome }
  | { readonly kind: "interrupted" }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown };

/** How much a message adds to what waits between the threads: long text counts as several messages. */
export function weightOf(message: ToWorker): number {
  return message.kind === "stream" ? 1 + (message.text.length >>> 8) : 1;
}

/** Memory both threads see; each is an index into one Int32Array. */
export const Shared = {
  /** 1 asks the running cell to stop; read by the runtime at every operator. */
  interrupt: 0,
  /** 0 while a synchronous prompt waits for its reply, 1 when it is there. */
  prompt: 1,
  /** The weight of the output messages the worker has taken, so that the main thread can wait for it. */
  taken: 2,
  /** 1 while the kernel loads parts of its own, which a forced termination would leave half-loaded for good. */
  loading: 3,
} as const;
export const sharedSlots = 4;

/** What the main thread gives the worker at its start. */
export interface WorkerStart {
  readonly connectionFile: string;
  /** The kernel's own folder, dist. */
  readonly install: string;
  readonly shared: Int32Array;
  /** Carries a synchronous prompt's reply. */
  readonly prompt: import("node:worker_threads").MessagePort;
}
