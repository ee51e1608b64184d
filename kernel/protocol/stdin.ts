/**
 * Questions of cells to the user (Jupyter messaging, "Messages on the stdin ROUTER/DEALER channel").
 * A question goes to the client that sent the cell; its reply goes back the way the cell waits for it.
 */
import type { MessagePort } from "node:worker_threads";
import { Shared } from "../channel.ts";
import type { MainThread } from "./main-thread.ts";
import type { Outbox } from "./outbox.ts";
import type { Message, Wire } from "./wire.ts";

export class Stdin {
  readonly #outbox: Outbox;
  readonly #wire: Wire;
  readonly #main: () => MainThread;
  readonly #shared: Int32Array;
  readonly #prompt: MessagePort;
  #request: Message | null = null;
  #sync = false;

  constructor(outbox: Outbox, wire: Wire, main: () => MainThread, shared: Int32Array, prompt: MessagePort) {
    this.#outbox = outbox;
    this.#wire = wire;
    this.#main = main;
    this.#shared = shared;
    this.#prompt = prompt;
  }

  /** Questions from now on belong to this execute_request. */
  serve(request: Message): void {
    this.#request = request;
  }

  ask(prompt: string, password: boolean, sync: boolean): void {
    const request = this.#request;
    if (request === null) return;
    this.#sync = sync;
    const { identities, header } = request;
    void this.#outbox.send(
      this.#wire.encode("input_request", { prompt, password }, { identities, parent: header }),
    );
  }

  /** Hands the user's reply on. */
  receive({ header, content }: Message): void {
    if (header.msg_type !== "input_reply") return;
    const value = typeof content["value"] === "string" ? content["value"] : "";
    if (!this.#sync) {
      this.#main().send({ kind: "input_reply", value });
      return;
    }
    this.#prompt.postMessage(value);
    Atomics.store(this.#shared, Shared.prompt, 1);
    Atomics.notify(this.#shared, Shared.prompt);
  }
}
