/**
 * What is the same for every request of a channel: check it, look its handler up, say busy and idle, send the reply.
 * A message that is not understood is reported on stderr and forgotten; the kernel lives on.
 */
import { writeSync } from "node:fs";
import type { Router } from "zeromq";
import type { Handler } from "./handlers.ts";
import type { Kernel } from "./kernel.ts";
import type { Outbox } from "./outbox.ts";
import { type Content, type Message, type Wire, WireError } from "./wire.ts";

/** The worker's own log: its console would go through the main thread, which may be busy. */
export function log(text: string): void {
  try {
    writeSync(2, `tracebook: ${text}\n`);
  } catch {
    // Nobody reads stderr, or too slowly: a line of the log is worth less than what the kernel has to do.
  }
}

/** Decodes the messages of a socket, one after the other; those that are none are logged. */
export async function receive(socket: Router, wire: Wire, take: (message: Message) => void): Promise<void> {
  for await (const frames of socket) {
    try {
      take(wire.decode(frames));
    } catch (error) {
      log(
        `message refused: ${error instanceof WireError ? error.message : ((error as Error).stack ?? error)}`,
      );
    }
  }
}

/** Serves requests by a table of handlers. */
export function serve(
  handlers: Readonly<Record<string, Handler>>,
  kernel: Kernel,
  wire: Wire,
  outbox: Outbox,
) {
  const reply = (request: Message, type: string, content: Content): Promise<void> =>
    outbox.send(wire.encode(type, content, { identities: request.identities, parent: request.header }));

  const answer = async (request: Message, handler: Handler): Promise<void> => {
    kernel.iopub.status("busy", request.header);
    const content = await contentOf(request, handler, kernel);
    // Both at once: a client that has the reply waits for little more than a moment for "idle" (jupyter_kernel_test: 0.1 s).
    const replied =
      handler.reply !== null && content !== null ? reply(request, handler.reply, content) : null;
    kernel.iopub.status("idle", request.header);
    await replied;
  };

  const abort = (request: Message, handler: Handler): void => {
    kernel.iopub.status("busy", request.header);
    if (handler.reply !== null) void reply(request, handler.reply, { status: "aborted" });
    kernel.iopub.status("idle", request.header);
  };

  return (request: Message): void => {
    const { msg_type: type, subshell_id: subshell } = request.header;
    const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    const queue = kernel.subshells.queue(subshell);
    if (handler === undefined) log(`no handler for ${JSON.stringify(type)}`);
    else if (queue === undefined) log(`${type}: there is no subshell ${JSON.stringify(subshell)}`);
    else if (handler.queued) {
      queue.add({ run: () => answer(request, handler), abort: () => abort(request, handler) });
    } else void answer(request, handler);
  };
}

async function contentOf(request: Message, handler: Handler, kernel: Kernel): Promise<Content | null> {
  try {
    return await handler.handle(request, kernel);
  } catch (thrown) {
    const error = thrown as Error;
    log(`${request.header.msg_type}: ${error.stack ?? error}`);
    return {
      status: "error",
      ename: error.name,
      evalue: error.message,
      traceback: [`${error.name}: ${error.message}`],
    };
  }
}
