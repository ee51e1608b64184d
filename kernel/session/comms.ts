/**
 * Comms of cells (Jupyter messaging, "Custom Messages"): a channel to code in the front end that either side opens.
 */
import { randomUUID } from "node:crypto";
import type { CommContent, CommType } from "../channel.ts";
import type { Line } from "./line.ts";

/** A message on a comm, with binary buffers if it has any. */
export interface CommMessage {
  readonly data: unknown;
  readonly buffers: readonly Uint8Array[];
}

export interface CommOptions {
  readonly metadata?: object;
  readonly buffers?: readonly Uint8Array[];
}

/** One end of an open channel to the front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown, options?: CommOptions): void;
  close(data?: unknown): void;
  /** Called for each message of the front end. */
  onMessage: ((message: CommMessage) => void) | null;
  /** Called when the front end closes the comm. */
  onClose: ((message: CommMessage) => void) | null;
}

export interface Comms {
  /** Opens a comm to code which the front end registered under this target. */
  open(target: string, data?: unknown, options?: CommOptions): Comm;
  /** Takes comms that the front end opens to this target. */
  register(target: string, onOpen: (comm: Comm, message: CommMessage) => void): void;
  /** A message of the front end. */
  receive(type: CommType, content: CommContent, buffers: readonly Uint8Array[]): void;
}

export function commsOf(line: Line): Comms {
  const open = new Map<string, Comm & { readonly cell: number }>();
  const targets = new Map<string, (comm: Comm, message: CommMessage) => void>();

  const post = (
    type: CommType,
    content: CommContent,
    { metadata = {}, buffers = [] }: CommOptions = {},
  ): void => line.send({ kind: "comm", cell: line.cell, type, content, metadata, buffers });

  const create = (id: string, target: string): Comm => {
    const comm = {
      id,
      target,
      cell: line.cell,
      onMessage: null,
      onClose: null,
      send: (data: unknown, options?: CommOptions) =>
        post("comm_msg", { comm_id: id, data: data ?? {} }, options),
      close: (data?: unknown) => {
        if (open.delete(id)) post("comm_close", { comm_id: id, data: data ?? {} });
      },
    };
    open.set(id, comm);
    return comm;
  };

  return {
    open(target, data = {}, options) {
      const comm = create(randomUUID().replaceAll("-", ""), target);
      post("comm_open", { comm_id: comm.id, target_name: target, data }, options);
      return comm;
    },
    register: (target, onOpen) => void targets.set(target, onOpen),
    receive(type, { comm_id, data, target_name }, buffers) {
      const message: CommMessage = { data, buffers };
      if (type === "comm_open") {
        const onOpen = targets.get(String(target_name));
        // The specification wants an unknown target closed at once.
        if (onOpen === undefined) post("comm_close", { comm_id, data: {} });
        else onOpen(create(comm_id, String(target_name)), message);
        return;
      }
      const comm = open.get(comm_id);
      if (type === "comm_close") open.delete(comm_id);
      if (type === "comm_msg") comm?.onMessage?.(message);
      else comm?.onClose?.(message);
    },
  };
}
