/**
 * The main thread's side of a session: runs the cells the worker sends, answers its questions about live values, and
 * hands errors nobody caught to the cell they came from.
 */
import process from "node:process";
import type { MessagePort, Worker } from "node:worker_threads";
import { Shared, type TensorCondition, type ToMain } from "../channel.ts";
import { followCells } from "./attribution.ts";
import { autoreloadOf } from "./autoreload.ts";
import { commsOf } from "./comms.ts";
import { describeError } from "./describe-error.ts";
import { displaysOf } from "./display.ts";
import { evaluatorOf } from "./evaluate.ts";
import { defineGlobals } from "./globals.ts";
import { questionsOf } from "./input.ts";
import { connectInspector, disconnectInspector } from "./inspector.ts";
import { lineTo } from "./line.ts";
import { answer } from "./lookup.ts";
import { preludeOf } from "./prelude.ts";
import { routeStreams } from "./streams.ts";

/**
 * Under these the runtime resets its modes, and finds conditions of cells that are tensors, by the cell's script name, and where a call
 * was typed.
 */
const reset = Symbol.for("tracebook.reset");
const conditionsOf = Symbol.for("tracebook.conditions");
const typedAt = Symbol.for("tracebook.typed");

/** So many calls of the runtime may lie between an error and the cell that V8's ten frames would not reach it. */
const framesOfErrors = 60;

export function runSession(worker: Worker, shared: Int32Array, prompt: MessagePort): void {
  Error.stackTraceLimit = framesOfErrors;
  const line = lineTo(worker, shared, prompt, followCells());
  const displays = displaysOf(line);
  const questions = questionsOf(line, () => evaluator.current().allowStdin);
  const comms = commsOf(line);
  const prelude = preludeOf(shared);
  const conditions = new Map<string, readonly TensorCondition[]>();
  const moved = new Map<string, { readonly line: number; readonly column: number }>();
  Object.defineProperty(globalThis, typedAt, {
    value: (cell: string, line: number, column: number) => moved.get(`${cell}:${line}:${column}`),
  });
  Object.defineProperty(globalThis, conditionsOf, { value: (cell: string) => conditions.get(cell) });
  const autoreload = autoreloadOf();
  const evaluator = evaluatorOf(line, displays, prelude, autoreload);
  // Cells get a process.exit of their own (session/globals.ts).
  const exit = process.exit.bind(process);
  connectInspector();
  routeStreams(line);
  defineGlobals({ line, displays, questions, comms, evaluator, autoreload, names: evaluator.names });

  worker.on("message", (message: ToMain) => {
    switch (message.kind) {
      case "evaluate":
        for (const [line, column, toLine, toColumn] of message.moved ?? [])
          moved.set(`${message.name}:${line}:${column}`, { line: toLine, column: toColumn });
        void evaluator.run(message).then((outcome) => {
          line.send({ kind: "finished", cell: message.cell, outcome });
          // What the first cell did not need is made ready for the next ones.
          setTimeout(() => void prelude.load(), 20);
        });
        break;
      case "conditions":
        conditions.set(message.cell, message.conditions);
        break;
      case "interrupt":
        Atomics.store(shared, Shared.interrupt, 0);
        evaluator.interrupt();
        // A forced termination skips `finally`: modes of the runtime would stay in force.
        (globalThis as { [reset]?: () => void })[reset]?.();
        questions.answer(null);
        line.send({ kind: "interrupted" });
        break;
      case "ask":
        line.send({ kind: "answer", id: message.id, value: answer(message.question) });
        break;
      case "input_reply":
        questions.answer(message.value);
        break;
      case "comm":
        comms.receive(message.type, message.content, message.buffers);
        break;
      case "shutdown":
        end(0);
    }
  });
  worker.on("error", (error) => {
    process.stderr.write(`tracebook: the protocol thread failed: ${error.stack ?? error}\n`);
    end(1);
  });
  worker.on("exit", () => end(0));

  const showLate = (error: unknown, cell: number): void =>
    line.send({ kind: "late_error", cell, error: describeError(error) });
  process.on("uncaughtException", (error) => showLate(error, line.attribution.cellOf(error)));
  process.on("unhandledRejection", (reason, promise) => showLate(reason, line.attribution.cellOf(promise)));

  /** Ends the process for good. */
  function end(code: number): void {
    disconnectInspector();
    exit(code);
  }
}
