/**
 * Routes what cells print to the cell's output: `console`, process.stdout and process.stderr.
 * Each write is handed on at once, so that a busy loop's lines are seen while it runs; the worker gathers them.
 */
import { Console } from "node:console";
import process from "node:process";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import type { Line } from "./line.ts";

type StreamName = "stdout" | "stderr";

export function routeStreams(line: Line): void {
  const write = (name: StreamName, text: string): boolean => {
    if (text !== "") line.send({ kind: "stream", cell: line.cell, name, text });
    return true;
  };
  const sink = (name: StreamName) =>
    ({ write: (text: string) => write(name, text) }) as unknown as NodeJS.WritableStream;
  // With ignoreErrors the console adds two listeners for each line it prints.
  globalThis.console = new Console({
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    ignoreErrors: false,
    // Read for each line: %colors says.
    inspectOptions: {
      get colors() {
        return inspect.defaultOptions.colors === true;
      },
    },
  });
  defineStream("stdout", write);
  defineStream("stderr", write);
}

/** Replaces process.stdout or process.stderr by a stream into the notebook, made when somebody first asks for it. */
function defineStream(name: StreamName, write: (name: StreamName, text: string) => boolean): void {
  let stream: Writable | null = null;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get() {
      stream ??= new Writable({
        decodeStrings: false,
        write(chunk: string | Buffer, encoding, done) {
          write(
            name,
            typeof chunk === "string" ? chunk : chunk.toString(encoding === "latin1" ? "latin1" : "utf8"),
          );
          done();
        },
      });
      return stream;
    },
  });
}
