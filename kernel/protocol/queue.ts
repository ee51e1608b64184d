/**
 * The execution queue: cells run one after the other; when one fails, those that waited behind it are aborted
 * (Jupyter messaging, "Execute", stop_on_error).
 */

interface Job {
  readonly run: () => Promise<void>;
  readonly abort: () => void;
}

export class Queue {
  #waiting: Job[] = [];
  #busy = false;

  /** Runs a job after those before it; `abort` is called instead if it is aborted while it waits. */
  add(job: Job): void {
    this.#waiting.push(job);
    if (!this.#busy) void this.#work();
  }

  /** Aborts all that wait now. */
  abortWaiting(): void {
    for (const job of this.#waiting.splice(0)) job.abort();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) await job.run();
    this.#busy = false;
  }
}
