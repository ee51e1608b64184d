/**
 * The worker's end of the line to the main thread: runs cells there, asks it about values, passes outputs on.
 * While an interrupt is under way everything else waits, since a forced termination may swallow the message main is reading.
 */
import type { MessagePort } from "node:worker_threads";
import type { Evaluate, Outcome, Question, ToMain, ToWorker } from "../channel.ts";
import { Shared, weightOf } from "../channel.ts";
import { interruptMain } from "./interrupt.ts";
import type { Outbox } from "./outbox.ts";

/** What the main thread sends besides answers. */
export type Output = Exclude<ToWorker, { kind: "finished" | "interrupted" | "answer" }>;

/** How long an interrupted cell's own outcome may be on its way, in ms. */
const patienceForOutcome = 100;

const interrupted: Outcome = {
  status: "error",
  error: { name: "KeyboardInterrupt", message: "the cell was interrupted", stack: "" },
  compiled: true,
};

export class MainThread {
  readonly #port: MessagePort;
  readonly #shared: Int32Array;
  readonly #finish = new Map<number, (outcome: Outcome) => void>();
  readonly #answers = new Map<number, (value: unknown) => void>();
  readonly #held: ToMain[] = [];
  #interrupting: Promise<void> | null = null;
  #nextInterrupt: Promise<void> | null = null;
  #acknowledge: (() => void) | null = null;
  #nextQuestion = 1;
  /** How often an interrupt was asked for: a cell that is being prepared sees whether one was meant for it. */
  interruptions = 0;

  /** The main thread waits while more output than `room` takes is on its way to the clients. */
  constructor(port: MessagePort, shared: Int32Array, onOutput: (output: Output) => void, room: Outbox) {
    this.#port = port;
    this.#shared = shared;
    port.on("message", (message: ToWorker) => {
      const weight = weightOf(message);
      room.whenRoom(() => {
        Atomics.add(shared, Shared.taken, weight);
        Atomics.notify(shared, Shared.taken);
      });
      if (message.kind === "finished") this.#settle(this.#finish, message.cell, message.outcome);
      else if (message.kind === "answer") this.#settle(this.#answers, message.id, message.value);
      else if (message.kind === "interrupted") this.#acknowledge?.();
      else onOutput(message);
    });
  }

  send(message: ToMain): void {
    if (this.#interrupting !== null && message.kind !== "interrupt") this.#held.push(message);
    else this.#port.postMessage(message);
  }

  /** Runs a cell; settles with its outcome, also when it was interrupted. */
  evaluate(request: Omit<Evaluate, "kind">): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#finish.set(request.cell, resolve);
      this.send({ kind: "evaluate", ...request });
    });
  }

  /** The main thread's answer, or `fallback` when it is too busy to give one within `patience` ms. */
  ask<Answer>(question: Question, fallback: Answer, patience: number): Promise<Answer> {
    const id = this.#nextQuestion++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(this.#answers, id, fallback), patience);
      this.#answers.set(id, (value) => {
        clearTimeout(timer);
        resolve(value as Answer);
      });
      this.send({ kind: "ask", id, question });
    });
  }

  /** Stops what the main thread does, whatever it is; settles when it listens again. */
  interrupt(): Promise<void> {
    this.interruptions += 1;
    if (this.#interrupting === null) return this.#beginInterrupt();
    // What was sent since the one under way began waits for its end; this one is meant for that.
    this.#nextInterrupt ??= this.#interrupting.then(() => {
      this.#nextInterrupt = null;
      return this.#beginInterrupt();
    });
    return this.#nextInterrupt;
  }

  #beginInterrupt(): Promise<void> {
    this.#interrupting = this.#interrupt().finally(() => {
      this.#interrupting = null;
      this.#acknowledge = null;
      for (const message of this.#held.splice(0)) this.send(message);
    });
    return this.#interrupting;
  }

  async #interrupt(): Promise<void> {
    const running = [...this.#finish.keys()];
    await interruptMain(this.#shared, (onAcknowledge) => {
      this.#acknowledge = onAcknowledge;
      return () => this.#port.postMessage({ kind: "interrupt" } satisfies ToMain);
    });
    // The main thread has ended these cells; but a termination may have swallowed the words with which it was to say so.
    setTimeout(() => {
      for (const cell of running) this.#settle(this.#finish, cell, interrupted);
    }, patienceForOutcome);
  }

  #settle<Value>(waiting: Map<number, (value: Value) => void>, id: number, value: Value): void {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve?.(value);
  }
}
