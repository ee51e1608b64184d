/**
 * Runs a cell on the main thread, from its imports to its result's MIME bundle, and lets it be stopped from the outside.
 */
import process from "node:process";
import type { ErrorDescription, Evaluate, Expression, ImportStep, Outcome, Payload } from "../channel.ts";
import { type Autoreload, attributesOf } from "./autoreload.ts";
import { describeError, isError, KeyboardInterrupt, setStack } from "./describe-error.ts";
import { type Displays, plain } from "./display.ts";
import { type Evaluation, evaluateText } from "./inspector.ts";
import type { Line } from "./line.ts";
import { loadNeeded } from "./modules.ts";
import type { Prelude } from "./prelude.ts";
import { bundleOf } from "./results.ts";

export interface Evaluator {
  /** Runs a cell; its outcome, also if it was stopped. Cells of subshells run beside one that waits. */
  run(request: Evaluate): Promise<Outcome>;
  /** Stops the running cells; they may be waiting for something that never comes. */
  interrupt(): void;
  /** The cell that runs now. */
  current(): RunningCell;
  /** Names that cells have declared. */
  readonly names: ReadonlySet<string>;
}

/** A cell between its start and its outcome. */
export interface RunningCell {
  readonly allowStdin: boolean;
  /** What the cell asks its client to do after it (Jupyter messaging, "Payloads"). */
  readonly payload: Payload[];
  /** Runs once the cell's value is there. */
  readonly afterCell: (() => void)[];
  /** Aborted when the cell is interrupted. */
  readonly interruption: AbortController;
}

/** Thrown inside a cell that failed to compile or run, with what is known of the place. */
class CellFailure extends Error {
  readonly evaluation: Evaluation & { ok: false };

  constructor(evaluation: Evaluation & { ok: false }) {
    super("cell failed");
    this.evaluation = evaluation;
  }
}

export function evaluatorOf(
  line: Line,
  displays: Displays,
  prelude: Prelude,
  autoreload: Autoreload,
): Evaluator {
  const running = new Map<number, RunningCell>();
  const names = new Set<string>();

  const evaluateCell = async (request: Evaluate, cell: RunningCell): Promise<Outcome> => {
    const { afterCell, payload } = cell;
    await prelude.before(request.mentions);
    await prelude.foresee([...request.mentions, ...importedNames(request)]);
    if (autoreload.on) {
      for (const problem of await autoreload.refresh()) process.stderr.write(`${problem}\n`);
    }
    for (const step of request.imports) {
      ifNotStopped(cell);
      autoreload.note(step, await runImport(step, request.name));
    }
    ifNotStopped(cell);
    let { value } = await evaluated(`${request.code}\n//# sourceURL=${request.name}`);
    // A promise as the last value is what an `await` was forgotten for; its error belongs to this cell, too.
    if (request.showsValue && value instanceof Promise) value = await value;
    for (const action of afterCell) action();
    const data = request.showsValue && !request.silent ? await bundleOf(value) : null;
    const userExpressions = await evaluateExpressions(request.userExpressions);
    await displays.settled();
    return { status: "ok", data: data && plain(data), metadata: {}, userExpressions, payload };
  };

  /** What a failed cell had displayed stands before its error, which matters more than a display that fails. */
  const afterDisplays = async (error: unknown): Promise<never> => {
    await displays.settled().catch(() => undefined);
    throw error;
  };

  return {
    names,
    current: () => running.get(line.cell) ?? endedCell(),
    async run(request) {
      const { allowStdin } = request;
      const cell: RunningCell = {
        allowStdin,
        payload: [],
        afterCell: [],
        interruption: new AbortController(),
      };
      running.set(request.cell, cell);
      line.attribution.begin(request.cell);
      for (const name of request.declares) names.add(name);
      const stopped = new Promise<never>((_, reject) => {
        cell.interruption.signal.addEventListener("abort", () => reject(new KeyboardInterrupt()));
      });
      try {
        return await Promise.race([evaluateCell(request, cell).catch(afterDisplays), stopped]);
      } catch (error) {
        return failed(error, request.name);
      } finally {
        running.delete(request.cell);
      }
    },
    interrupt() {
      for (const [cell, { interruption }] of running) {
        line.attribution.cancel(cell);
        interruption.abort();
      }
    },
  };
}

/** A cell that was stopped while its modules were loaded has its outcome: its code must not run beside the next one. */
function ifNotStopped({ interruption }: RunningCell): void {
  if (interruption.signal.aborted) throw new KeyboardInterrupt();
}

/** What a cell gets that goes on after its outcome: nobody hears what it asks for. */
function endedCell(): RunningCell {
  return { allowStdin: false, payload: [], afterCell: [], interruption: new AbortController() };
}

/** The value comes in a box: `await` would ask it for a method `then`. */
async function evaluated(text: string): Promise<{ readonly value: unknown }> {
  const evaluation = await evaluateText(text);
  if (evaluation.ok) return evaluation;
  throw new CellFailure(evaluation);
}

function importedNames({ imports }: Evaluate): readonly string[] {
  return imports.flatMap(({ names }) => names.map(([local, exported]) => exported ?? local));
}

async function runImport(step: ImportStep, cell: string): Promise<Record<string, unknown>> {
  try {
    const module = await loadNeeded(step.specifier, step.needed, attributesOf(step));
    Object.defineProperty(globalThis, "$$module", { configurable: true, value: module });
    if (step.binding !== "") await evaluated(step.binding);
    return module;
  } catch (error) {
    // The stack of a failed import names no line of the cell: the import stands there.
    if (isError(error)) setStack(error, `${error.stack ?? error}\n    at ${cell}:${step.line}:1`);
    throw error;
  }
}

async function evaluateExpressions(
  expressions: Readonly<Record<string, string>>,
): Promise<Record<string, Expression>> {
  const results: Record<string, Expression> = {};
  for (const [name, text] of Object.entries(expressions)) {
    try {
      const data = (await bundleOf((await evaluated(text)).value)) ?? { "text/plain": "undefined" };
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
