/**
 * Open comms (Jupyter messaging, "Custom Messages"): which there are, and their messages to and from the main thread.
 */
import type { CommContent, CommType } from "../channel.ts";
import type { MainThread } from "./main-thread.ts";

export class Comms {
  readonly #open = new Map<string, string>();
  readonly #main: MainThread;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /** The open comms, of one target if it is named. */
  info(target: unknown): Record<string, { target_name: string }> {
    const wanted = [...this.#open].filter(
      ([, name]) => typeof target !== "string" || target === "" || name === target,
    );
    return Object.fromEntries(wanted.map(([id, target_name]) => [id, { target_name }]));
  }

  /** A message of the front end. */
  receive(type: CommType, content: CommContent, buffers: readonly Uint8Array[]): void {
    this.note(type, content);
    this.#main.send({ kind: "comm", type, content, buffers });
  }

  /** Keeps the list of open comms; called for messages of both sides. */
  note(type: CommType, content: CommContent): void {
    if (type === "comm_open") this.#open.set(content.comm_id, String(content["target_name"] ?? ""));
    if (type === "comm_close") this.#open.delete(content.comm_id);
  }
}
