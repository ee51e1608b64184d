/**
 * execute_request: from a cell's text to its outputs and its reply (Jupyter messaging, "Execute").
 */
import { CellError } from "../cell/cell-error.ts";
import { movedCalls } from "../cell/places.ts";
import { type CellTypeScript, type RewrittenCell, rewriteCell, typeScriptOf } from "../cell/rewrite.ts";
import type { QuotedCell } from "../cell/stack-frames.ts";
import { formatCellError, formatError, formatTypeErrors } from "../cell/traceback.ts";
import type { Outcome } from "../channel.ts";
import type { CellModule } from "../types/cell-modules.ts";
import { text } from "./fields.ts";
import type { Kernel } from "./kernel.ts";
import type { Content, Message } from "./wire.ts";

/** Requests sent together arrive within this time; a failing cell waits for them, so that it can abort them, in ms. */
const arrivalTime = 5;

export async function execute(request: Message, kernel: Kernel): Promise<Content> {
  const { content } = request;
  const code = text(content, "code");
  const silent = content["silent"] === true;
  const counted = !silent && content["store_history"] !== false;
  const { cells, iopub, history } = kernel;
  const cell = cells.begin(counted);
  iopub.adopt(cell.serial, request.header);
  kernel.stdin.serve(request);
  if (!silent) iopub.publish("execute_input", { code, execution_count: cell.count }, request.header);

  const { outcome, error } = await run(request, code, cell, kernel);
  if (outcome?.status === "ok") {
    if (outcome.data && !silent) {
      iopub.output(cell.serial, "execute_result", {
        execution_count: cell.count,
        data: cells.readableBundle(outcome.data),
        metadata: outcome.metadata,
      });
    }
    if (counted) history.add(cell.count, code, resultText(outcome.data));
    iopub.flush();
    return {
      status: "ok",
      execution_count: cell.count,
      user_expressions: outcome.userExpressions,
      payload: outcome.payload,
    };
  }
  if (counted) history.add(cell.count, code, null);
  const failure = error ?? { ename: "Error", evalue: "", traceback: [] };
  if (!silent) iopub.output(cell.serial, "error", failure);
  iopub.flush();
  if (content["stop_on_error"] !== false) {
    await new Promise((resolve) => setTimeout(resolve, arrivalTime));
    kernel.subshells.queue(request.header.subshell_id)?.abortWaiting();
  }
  return { status: "error", execution_count: cell.count, ...failure, user_expressions: {}, payload: [] };
}

interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** The interrupt came while the cell was being prepared. */
const interruptedEarly: Failure = {
  ename: "KeyboardInterrupt",
  evalue: "the cell was interrupted",
  traceback: ["KeyboardInterrupt: the cell was interrupted before it began"],
};

async function run(
  request: Message,
  code: string,
  cell: { readonly serial: number; readonly count: number; readonly name: string },
  kernel: Kernel,
): Promise<{ outcome?: Outcome; error?: Failure }> {
  const { cells, main, types } = kernel;
  const { interruptions } = main;
  const title = `Cell In[${cell.count}]`;
  let typescript: CellTypeScript;
  let rewritten: RewrittenCell;
  let userExpressions: Record<string, string>;
  try {
    typescript = typeScriptOf(code, { slots: cells.slots, inputs: () => kernel.history.inputs() });
    rewritten = await rewriteCell(typescript, cell.name, cells.slots);
    userExpressions = await rewriteExpressions(request.content["user_expressions"], cells.slots);
  } catch (error) {
    const at =
      error instanceof CellError
        ? error
        : new CellError(String(error), { line: 1, column: 1 }, { name: "InternalError" });
    return { error: formatCellError(at, { title, source: code, original: null }) };
  }
  const { error, module } = await checkTypes(
    typescript,
    { title, source: code, original: null },
    cell,
    kernel,
  );
  if (error) return { error };
  await kernel.conditions.beforeCell(cell.name, typescript);
  cells.remember(cell.name, { title, source: code, original: rewritten.original });
  await kernel.debugger.beforeCell(cell.name, code);
  if (main.interruptions !== interruptions) {
    types.drop(cell.name);
    return { error: interruptedEarly };
  }
  const own = new Set(rewritten.declares.map(([name]) => name));
  const outcome = await main.evaluate({
    cell: cell.serial,
    name: cell.name,
    imports: rewritten.imports,
    code: rewritten.code,
    mentions: rewritten.mentions.filter((name) => !own.has(name) && !cells.slots.has(name)),
    declares: [...own],
    moved: movedCalls(rewritten),
    showsValue: rewritten.showsValue,
    silent: request.content["silent"] === true,
    allowStdin: request.content["allow_stdin"] !== false,
    userExpressions,
  });
  if (outcome.status === "ok" || outcome.compiled) {
    cells.declare(rewritten.declares);
    types.keep(cell.name, module, outcome.status === "ok");
  } else types.drop(cell.name);
  return outcome.status === "ok"
    ? { outcome }
    : { error: formatError(outcome.error, (name) => cells.text(name)) };
}

/** Type errors stop a cell, or warn, as %check says. */
async function checkTypes(
  { text: typescript, original }: CellTypeScript,
  quoted: QuotedCell,
  cell: { readonly serial: number; readonly name: string },
  { types, settings, iopub }: Kernel,
): Promise<{ readonly module: CellModule; readonly error?: Failure }> {
  const { module, errors } = await types.check(cell.name, typescript, settings.check !== "off");
  if (errors.length === 0) return { module };
  const placed = errors.map((error) => ({ ...error, ...original?.(error.line, error.column) }));
  const failure = formatTypeErrors(placed, quoted);
  if (settings.check === "strict") {
    types.drop(cell.name);
    return { module, error: failure };
  }
  iopub.stream(cell.serial, "stderr", `${failure.traceback.join("\n")}\n`);
  return { module };
}

/** user_expressions are TypeScript, too. */
async function rewriteExpressions(
  expressions: unknown,
  slots: Parameters<typeof rewriteCell>[2],
): Promise<Record<string, string>> {
  if (typeof expressions !== "object" || expressions === null) return {};
  const rewritten = Object.entries(expressions).map(async ([name, text]) => {
    try {
      return [
        name,
        (await rewriteCell({ text: String(text), original: null }, "expression.ts", slots)).code,
      ] as const;
    } catch {
      // V8 refuses it too and says why, in this expression's own result.
      return [name, String(text)] as const;
    }
  });
  return Object.fromEntries(await Promise.all(rewritten));
}

function resultText(data: Readonly<Record<string, unknown>> | null): string | null {
  const plain = data?.["text/plain"];
  return typeof plain === "string" ? plain : null;
}
