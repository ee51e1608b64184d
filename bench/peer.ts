/** PyTorch beside us: a Python program that answers lines with JSON, and the environment in which our own side is measured. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { pythonWith } from "../test/python.ts";

/** PyTorch in a process of its own, asked line by line. */
export class Peer {
  readonly #script: string;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /**
   * @param script a file of this folder that reads lines and answers each with one of JSON
   * @param threads how many threads PyTorch may use
   * @param options further arguments of the script
   */
  constructor(script: string, threads: number, options: readonly string[] = []) {
    this.#script = script;
    this.#process = spawn(
      pythonWith("torch"),
      [join(import.meta.dirname, script), String(threads), ...options],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    const lines: Interface = createInterface({
      input: this.#process.stdout as NonNullable<ChildProcess["stdout"]>,
    });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  async ask<T>(line: string): Promise<T> {
    this.#process.stdin?.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`bench/${this.#script} ended early`);
    return JSON.parse(value) as T;
  }

  close(): void {
    this.#process.stdin?.end();
  }
}

/** What install.py says of garbage in the kernel's command line, and of memory in its environment. */
const flags = ["--no-concurrent-sweeping"];
const memory = { MALLOC_MMAP_THRESHOLD_: "33554432", MALLOC_TRIM_THRESHOLD_: "268435456" };

/** True in a process with the kernel's flags and environment; starts one with the same arguments, and waits for it, where this is none. */
export function runsAsKernel(): boolean {
  if (process.env["MALLOC_TRIM_THRESHOLD_"] !== undefined) return true;
  const argv = [...process.execArgv, ...flags, ...process.argv.slice(1)];
  spawnSync(process.execPath, argv, { stdio: "inherit", env: { ...process.env, ...memory } });
  return false;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1];
