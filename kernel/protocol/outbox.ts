/**
 * Ordered sending on a socket, at a pace if there is one, and how much waits to be sent.
 */
import type { Pace } from "./pace.ts";

/** While more bytes than this wait, those who send should wait as well. */
const mostWaiting = 500_000;

interface Sender {
  send(frames: (Buffer | Uint8Array)[]): Promise<void>;
}

/** Sends one message after the other: ZeroMQ allows one send at a time on a socket. */
export class Outbox {
  readonly #socket: Sender;
  #pace: Pace | null;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #blocked: (() => void)[] = [];

  constructor(socket: Sender, pace: Pace | null = null) {
    this.#socket = socket;
    this.#pace = pace;
  }

  /** Settles when ZeroMQ has taken the frames. A client that went away loses its message; nothing else does. */
  send(frames: (Buffer | Uint8Array)[]): Promise<void> {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.#waiting += bytes;
    this.#last = this.#last
      .then(() => this.#admitted(frames))
      .then(() => this.#socket.send(frames))
      .catch(() => undefined)
      .then(() => {
        this.#waiting -= bytes;
        if (this.#waiting <= mostWaiting) for (const resume of this.#blocked.splice(0)) resume();
      });
    return this.#last;
  }

  /** Calls at once, or when less waits to be sent. */
  whenRoom(resume: () => void): void {
    if (this.#waiting > mostWaiting) this.#blocked.push(resume);
    else resume();
  }

  /** Settles when all that was given to `send` has been taken; it is not held back any more. */
  drained(): Promise<void> {
    this.#pace = null;
    return this.#last;
  }

  async #admitted(frames: readonly Uint8Array[]): Promise<void> {
    while (true) {
      const wait = this.#pace?.delay(frames) ?? 0;
      if (wait === 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 100)));
    }
  }
}
