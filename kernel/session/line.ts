/**
 * The main thread's end of the line to the protocol worker, and whose output is being made: the cell that runs now.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { Shared, type ToWorker, weightOf } from "../channel.ts";
import type { Attribution } from "./attribution.ts";

/** Output messages of so much weight may wait in the worker's queue before printing waits for it. */
const mostWaiting = 4000;
/** How often the queue is looked at, by the same measure. */
const lookEvery = 1000;

export interface Line {
  /** The cell whose output is being made; 0 before the first. */
  readonly cell: number;
  readonly attribution: Attribution;
  readonly shared: Int32Array;
  /** Carries a synchronous prompt's reply. */
  readonly prompt: MessagePort;
  send(message: ToWorker): void;
}

export function lineTo(
  worker: Worker,
  shared: Int32Array,
  prompt: MessagePort,
  attribution: Attribution,
): Line {
  let sent = 0;
  let looked = 0;
  return {
    attribution,
    get cell() {
      return attribution.cell;
    },
    shared,
    prompt,
    send(message) {
      worker.postMessage(message);
      sent = (sent + weightOf(message)) | 0;
      if (((sent - looked) | 0) < lookEvery) return;
      looked = sent;
      waitForWorker(shared, sent);
    },
  };
}

/** A loop that prints without end must not fill the memory: it goes no faster than the worker takes its lines. */
function waitForWorker(shared: Int32Array, sent: number): void {
  while (true) {
    const taken = Atomics.load(shared, Shared.taken);
    if (((sent - taken) | 0) < mostWaiting) return;
    Atomics.wait(shared, Shared.taken, taken, 100);
  }
}
