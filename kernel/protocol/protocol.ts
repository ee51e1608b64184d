/**
 * Puts sockets, handlers and the line to the main thread together and serves requests until the kernel ends.
 * It never runs a user's code, so it answers interrupts and questions whatever the cells do.
 */
import process from "node:process";
import { type MessagePort, parentPort } from "node:worker_threads";
import { formatError } from "../cell/traceback.ts";
import type { WorkerStart } from "../channel.ts";
import { CellDebugger } from "../debug/debugger.ts";
import { TypeService } from "../types/type-service.ts";
import { CellStore } from "./cells.ts";
import { Comms } from "./comms.ts";
import { controlHandlers, shellHandlers } from "./handlers.ts";
import { History, historyPath } from "./history.ts";
import { disconnectMain } from "./interrupt.ts";
import { IOPub } from "./iopub.ts";
import type { Kernel } from "./kernel.ts";
import { MainThread, type Output } from "./main-thread.ts";
import { Outbox } from "./outbox.ts";
import { paceOfServer } from "./pace.ts";
import { watchParent } from "./parent-watch.ts";
import { log, receive, serve } from "./serve.ts";
import type { Connection, Sockets } from "./sockets.ts";
import { Stdin } from "./stdin.ts";
import { Subshells } from "./subshells.ts";
import { TracedConditions } from "./traced-conditions.ts";
import { Wire } from "./wire.ts";

/** How long the main thread may take to end by itself, in ms. */
const patienceAtEnd = 500;

export function runProtocol(
  sockets: Sockets,
  connection: Connection,
  { shared, prompt, install }: WorkerStart,
): void {
  const wire = new Wire(connection.key, connection.signature_scheme);
  const outboxes = {
    shell: new Outbox(sockets.shell),
    control: new Outbox(sockets.control),
    stdin: new Outbox(sockets.stdin),
    iopub: new Outbox(sockets.iopub, paceOfServer()),
  };
  const iopub = new IOPub(outboxes.iopub, wire);
  const cells = new CellStore();
  const main = new MainThread(parentPort as MessagePort, shared, publish, outboxes.iopub);
  const comms = new Comms(main);
  const stdin = new Stdin(outboxes.stdin, wire, () => main, shared, prompt);
  const history = new History(historyPath());
  const types = new TypeService(process.cwd(), install);
  let ending = false;
  // Not before the first cell of a client in a hurry has run: it would wait for the processor.
  setTimeout(() => void types.start(), 300);
  // One odd message must not end what serves all others.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => log(`${event}: ${(error as Error)?.stack ?? error}`));
  }
  watchParent(() => kernel.endAfterReply());

  const kernel: Kernel = {
    main,
    iopub,
    subshells: new Subshells(),
    cells,
    history,
    comms,
    stdin,
    types,
    conditions: new TracedConditions(types, main),
    debugger: new CellDebugger(
      cells,
      (event) => iopub.publish("debug_event", event),
      (name) => {
        cells.declare([[name, "var"]]);
        types.declare(name);
      },
    ),
    settings: { check: "strict" },
    supportedFeatures: ["kernel subshells", "debugger"],
    endAfterReply() {
      if (!ending) setTimeout(end, 20);
      ending = true;
    },
  };

  void receive(sockets.shell, wire, serve(shellHandlers, kernel, wire, outboxes.shell));
  void receive(sockets.control, wire, serve(controlHandlers, kernel, wire, outboxes.control));
  void receive(sockets.stdin, wire, (message) => stdin.receive(message));
  void welcome();

  /** Greets each subscriber, so that clients know from when on they miss nothing (JEP 65). */
  async function welcome(): Promise<void> {
    for await (const [frame] of sockets.iopub) {
      if (frame[0] === 1) iopub.publish("iopub_welcome", { subscription: frame.subarray(1).toString() });
    }
  }

  function publish(output: Output): void {
    switch (output.kind) {
      case "stream":
        iopub.stream(output.cell, output.name, cells.readable(output.text));
        break;
      case "display":
        iopub.display(
          output.cell,
          output.type,
          cells.readableBundle(output.data),
          output.metadata,
          output.transient,
        );
        break;
      case "clear_output":
        iopub.output(output.cell, "clear_output", { wait: output.wait });
        break;
      case "late_error":
        iopub.stream(
          output.cell,
          "stderr",
          `${formatError(output.error, (name) => cells.text(name)).traceback.join("\n")}\n`,
        );
        break;
      case "input_request":
        iopub.flush();
        stdin.ask(output.prompt, output.password, output.sync);
        break;
      case "settings":
        kernel.settings.check = output.check;
        break;
      case "comm":
        comms.note(output.type, output.content);
        iopub.comm(output.cell, output.type, output.content, output.metadata, output.buffers);
    }
  }

  async function end(): Promise<void> {
    iopub.flush();
    await Promise.all([history.written(), ...Object.values(outboxes).map((outbox) => outbox.drained())]);
    disconnectMain();
    types.end();
    // ZeroMQ still sends what it has taken; open sockets would bring the process down hard.
    for (const socket of Object.values(sockets)) socket.close();
    main.send({ kind: "shutdown" });
    // A main thread in an endless loop does not read that.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), patienceAtEnd);
  }
}
