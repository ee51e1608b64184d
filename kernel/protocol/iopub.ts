/**
 * Everything the kernel broadcasts: status, outputs and the stream text of cells, gathered into few messages without losing a line.
 * Whose output it is comes with it: each cell's serial number stands for the header of its execute_request.
 */
import type { CommContent, CommType, MimeBundle } from "../channel.ts";
import type { Outbox } from "./outbox.ts";
import type { Header, Wire } from "./wire.ts";

/** Text that came within this time of the last stream message waits for more, in ms. */
const gatherTime = 20;
/** Text longer than this is sent at once, in UTF-16 units. */
const gatherLength = 1 << 18;

export class IOPub {
  readonly #outbox: Outbox;
  readonly #wire: Wire;
  readonly #parents = new Map<number, Header>();
  #pending: { cell: number; name: "stdout" | "stderr"; texts: string[]; length: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastFlush = 0;

  constructor(outbox: Outbox, wire: Wire) {
    this.#outbox = outbox;
    this.#wire = wire;
  }

  /** Output of this cell, now and later, belongs to the request with this header. */
  adopt(cell: number, header: Header): void {
    this.#parents.set(cell, header);
    // A long session keeps the newest cells' headers only: late output of older ones goes out without a parent.
    if (this.#parents.size > 10_000) this.#parents.delete(this.#parents.keys().next().value as number);
  }

  status(state: "starting" | "busy" | "idle", parent?: Header): void {
    this.publish("status", { execution_state: state }, parent);
  }

  /** Broadcasts a message after the stream text that came before it. */
  publish(
    type: string,
    content: object,
    parent?: Header,
    metadata?: object,
    buffers?: readonly Uint8Array[],
  ): void {
    this.flush();
    this.#send(type, content, parent, metadata, buffers);
  }

  /** Broadcasts a message of a cell. */
  output(cell: number, type: string, content: object, metadata?: object): void {
    this.publish(type, content, this.#parents.get(cell), metadata);
  }

  display(
    cell: number,
    type: "display_data" | "update_display_data",
    data: MimeBundle,
    metadata: object,
    transient: object,
  ): void {
    this.output(cell, type, { data, metadata, transient });
  }

  comm(
    cell: number,
    type: CommType,
    content: CommContent,
    metadata: object,
    buffers: readonly Uint8Array[],
  ): void {
    this.publish(type, content, this.#parents.get(cell), metadata, buffers);
  }

  /** Takes stream text; it goes out at once if nothing did lately, else together with what follows. */
  stream(cell: number, name: "stdout" | "stderr", text: string): void {
    if (this.#pending && (this.#pending.cell !== cell || this.#pending.name !== name)) this.flush();
    this.#pending ??= { cell, name, texts: [], length: 0 };
    this.#pending.texts.push(text);
    this.#pending.length += text.length;
    if (this.#pending.length > gatherLength) this.flush();
    else if (this.#timer === null) {
      const wait = Math.max(1, gatherTime - (performance.now() - this.#lastFlush));
      this.#timer = setTimeout(() => this.flush(), wait);
    }
  }

  /** Sends the stream text gathered so far. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    this.#lastFlush = performance.now();
    this.#send(
      "stream",
      { name: pending.name, text: pending.texts.join("") },
      this.#parents.get(pending.cell),
    );
  }

  #send(
    type: string,
    content: object,
    parent?: Header,
    metadata: object = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    const topic = [Buffer.from(type === "stream" ? `stream.${(content as { name: string }).name}` : type)];
    const frames = this.#wire.encode(type, content, {
      identities: topic,
      parent: parent ?? {},
      metadata: metadata as Record<string, unknown>,
      buffers,
    });
    void this.#outbox.send(frames);
  }
}
