/**
 * Runs a cell on the main thread, from its imports to its result's MIME bundle, and lets it be stopped from the outside.
 */
import type { ErrorDescription, Evaluate, Expression, ImportStep, Outcome, Payload } from "../channel.ts";
import { describeError, isError, KeyboardInterrupt } from "./describeError.ts";
import { type Displays, plain } from "./display.ts";
import { type Evaluation, evaluateText } from "./inspector.ts";
import type { Line } from "./line.ts";
import { loadNeeded } from "./modules.ts";
import type { Prelude } from "./prelude.ts";
import { bundleOf } from "./results.ts";

export interface Evaluator {
  /** Runs a cell; its outcome, also if it was stopped. */
  run(request: Evaluate): Promise<Outcome>;
  /** Stops the running cell; it may be waiting for something that never comes. */
  interrupt(): void;
  /** What the cell asks its client to do after it (Jupyter messaging, "Payloads"). */
  readonly payload: Payload[];
  /** Aborted when the running cell is interrupted. */
  interrupted(): AbortSignal;
  /** Runs once the cell's value is there. */
  readonly afterCell: (() => void)[];
  /** Names that cells have declared. */
  readonly names: ReadonlySet<string>;
}

/** Thrown inside a cell that failed to compile or run, with what is known of the place. */
class CellFailure extends Error {
  readonly evaluation: Evaluation & { ok: false };

  constructor(evaluation: Evaluation & { ok: false }) {
    super("cell failed");
    this.evaluation = evaluation;
  }
}

export function evaluatorOf(line: Line, displays: Displays, prelude: Prelude): Evaluator {
  const payload: Payload[] = [];
  const afterCell: (() => void)[] = [];
  const names = new Set<string>();
  let stop: ((error: Error) => void) | null = null;
  let interruption = new AbortController();

  const evaluateCell = async (request: Evaluate): Promise<Outcome> => {
    await prelude.before(request.mentions);
    for (const step of request.imports) await runImport(step, request.name);
    let value = await valueOfText(`${request.code}\n//# sourceURL=${request.name}`);
    // A promise as the last value is what an `await` was forgotten for; its error belongs to this cell, too.
    if (request.showsValue && value instanceof Promise) value = await value;
    for (const action of afterCell.splice(0)) action();
    const data = request.showsValue && !request.silent ? await bundleOf(value) : null;
    const userExpressions = await evaluateExpressions(request.userExpressions);
    await displays.settled();
    return {
      status: "ok",
      data: data && plain(data),
      metadata: {},
      userExpressions,
      payload: payload.splice(0),
    };
  };

  return {
    payload,
    afterCell,
    names,
    interrupted: () => interruption.signal,
    async run(request) {
      line.attribution.begin(request.cell);
      line.allowStdin = request.allowStdin;
      interruption = new AbortController();
      payload.length = 0;
      afterCell.length = 0;
      for (const name of request.declares) names.add(name);
      const stopped = new Promise<never>((_, reject) => {
        stop = reject;
      });
      try {
        return await Promise.race([evaluateCell(request), stopped]);
      } catch (error) {
        return failed(error, request.name);
      } finally {
        stop = null;
      }
    },
    interrupt() {
      interruption.abort();
      stop?.(new KeyboardInterrupt());
    },
  };
}

async function valueOfText(text: string): Promise<unknown> {
  const evaluation = await evaluateText(text);
  if (evaluation.ok) return evaluation.value;
  throw new CellFailure(evaluation);
}

async function runImport(step: ImportStep, cell: string): Promise<void> {
  try {
    const module = await loadNeeded(step.specifier, step.needed, step.attributes);
    Object.defineProperty(globalThis, "$$module", { configurable: true, value: module });
    if (step.binding !== "") await valueOfText(step.binding);
  } catch (error) {
    // The stack of a failed import names no line of the cell: the import stands there.
    if (isError(error)) error.stack = `${error.stack ?? error}\n    at ${cell}:${step.line}:1`;
    throw error;
  }
}

async function evaluateExpressions(
  expressions: Readonly<Record<string, string>>,
): Promise<Record<string, Expression>> {
  const results: Record<string, Expression> = {};
  for (const [name, text] of Object.entries(expressions)) {
    try {
      const data = (await bundleOf(await valueOfText(text))) ?? { "text/plain": "undefined" };
      results[name] = { status: "ok", data: plain(data), metadata: {} };
    } catch (error) {
      const {
        name: ename,
        message,
        stack,
      } = describeError(error instanceof CellFailure ? error.evaluation.thrown : error);
      results[name] = { status: "error", ename, evalue: message, traceback: stack.split("\n") };
    }
  }
  return results;
}

function failed(error: unknown, cell: string): Outcome {
  if (!(error instanceof CellFailure))
    return { status: "error", error: describeError(error), compiled: true };
  const { thrown, compiled, details } = error.evaluation;
  const described = describeError(thrown);
  const at: ErrorDescription["at"] = { cell, line: details.lineNumber + 1, column: details.columnNumber + 1 };
  return { status: "error", error: compiled ? described : { ...described, at }, compiled };
}
