/**
 * `display` and `clearOutput` of cells: display_data, update_display_data and clear_output messages.
 */
import { randomUUID } from "node:crypto";
import type { MimeBundle } from "../channel.ts";
import type { Line } from "./line.ts";
import { bundleOf, isBundle } from "./results.ts";

/** How a value is to be displayed. */
export interface DisplayOptions {
  /** Names the display, so that it can be updated. */
  readonly id?: string;
  /** Updates the displays of this id instead of making a new one. */
  readonly update?: boolean;
  /** Jupyter's metadata of the bundle, such as `{ "image/png": { width: 200 } }`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Shows the value as data even though it looks like a MIME bundle. */
  readonly raw?: false;
}

/** A display on the page; `update` shows something else in its place. */
export interface DisplayHandle {
  readonly id: string;
  update(value: unknown, options?: Omit<DisplayOptions, "id" | "update">): DisplayHandle;
}

export interface Displays {
  display(value: unknown, options?: DisplayOptions): DisplayHandle;
  clearOutput(options?: { readonly wait?: boolean }): void;
  /** Settles when everything displayed so far has been sent. */
  settled(): Promise<unknown>;
}

export function displaysOf(line: Line): Displays {
  const pending = new Set<Promise<void>>();

  const send = (
    cell: number,
    data: MimeBundle | null,
    id: string,
    { update, metadata = {} }: DisplayOptions,
  ): void => {
    line.send({
      kind: "display",
      cell,
      type: update ? "update_display_data" : "display_data",
      data: plain(data ?? { "text/plain": "undefined" }),
      metadata: plain(metadata),
      transient: { display_id: id },
    });
  };

  const display = (value: unknown, options: DisplayOptions = {}): DisplayHandle => {
    const id = options.id ?? randomUUID();
    const { cell } = line;
    const bundle = options.raw !== false && isBundle(value) ? value : bundleOf(value);
    if (bundle instanceof Promise) {
      const sent = bundle.then((data) => send(cell, data, id, options));
      pending.add(sent);
      sent.finally(() => pending.delete(sent)).catch(() => undefined);
    } else send(cell, bundle, id, options);
    return handle(id);
  };

  const handle = (id: string): DisplayHandle =>
    Object.defineProperty(
      { id, update: (value: unknown, options = {}) => display(value, { ...options, id, update: true }) },
      // As a cell's result a handle shows nothing: what it stands for is on the page.
      Symbol.for("Jupyter.display"),
      { value: () => null },
    );

  return {
    display,
    clearOutput: ({ wait = false } = {}) => line.send({ kind: "clear_output", cell: line.cell, wait }),
    settled: () => Promise.all(pending),
  };
}

/** What JSON can hold of a bundle; binary data becomes base64, as Jupyter wants it. */
export function plain(bundle: object): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, data]) => [
      type,
      data instanceof Uint8Array
        ? Buffer.from(data).toString("base64")
        : JSON.parse(JSON.stringify(data ?? null, bigints)),
    ]),
  );
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
