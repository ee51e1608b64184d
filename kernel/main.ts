/**
 * The kernel's main thread: starts the protocol worker, then runs cells and answers questions about their values.
 * Started by Jupyter as `node --no-force-async-hooks-checks dist/kernel.js {connection_file}`.
 */
import process from "node:process";
import { MessageChannel, Worker } from "node:worker_threads";
import { Shared, type ToMain, type WorkerStart } from "./channel.ts";
import { describeError } from "./session/describeError.ts";
import { displaysOf } from "./session/display.ts";
import { evaluatorOf } from "./session/evaluate.ts";
import { defineGlobals } from "./session/globals.ts";
import { questionsOf } from "./session/input.ts";
import { connectInspector, disconnectInspector } from "./session/inspector.ts";
import { lineTo } from "./session/line.ts";
import { answer } from "./session/lookup.ts";
import { loadPrelude } from "./session/prelude.ts";
import { routeStreams } from "./session/streams.ts";

const connectionFile = process.argv[2];
if (connectionFile === undefined) {
  process.stderr.write(
    "usage: kernel.js CONNECTION_FILE (Jupyter starts the kernel; to register it run install.py)\n",
  );
  process.exit(2);
}

const shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
const prompt = new MessageChannel();
const start: WorkerStart = { connectionFile, shared, prompt: prompt.port1 };
const worker = new Worker(new URL("./protocol.js", import.meta.url), {
  workerData: start,
  transferList: [prompt.port1],
});

// The runtime reads element 0 of this array at every operator and stops the cell when it is 1.
Object.defineProperty(globalThis, Symbol.for("tracebook.interrupt"), { value: shared });

const line = lineTo(worker, shared, prompt.port2);
const displays = displaysOf(line);
const questions = questionsOf(line);
const evaluator = evaluatorOf(line, displays);
// Cells get a process.exit of their own (session/globals.ts).
const exit = process.exit.bind(process);
connectInspector();
routeStreams(line);
defineGlobals({ line, displays, questions, evaluator });

worker.on("message", (message: ToMain) => {
  switch (message.kind) {
    case "evaluate":
      void evaluator.run(message).then((outcome) => {
        line.send({ kind: "finished", cell: message.cell, outcome });
        // What the first cell did not need is made ready for the next ones.
        setTimeout(() => void loadPrelude(), 20);
      });
      break;
    case "interrupt":
      Atomics.store(shared, Shared.interrupt, 0);
      evaluator.interrupt();
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

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) =>
    line.send({ kind: "late_error", cell: line.cell, error: describeError(error) }),
  );
}

/** Ends the process for good. */
function end(code: number): void {
  disconnectInspector();
  exit(code);
}
