/**
 * Where the kernel's process starts: the protocol worker first, which takes longest to come up, then the session on this thread.
 * Jupyter runs it as `node FLAGS dist/kernel.js {connection_file}`, with the flags that install.py gives.
 */
import process from "node:process";
import { MessageChannel, Worker } from "node:worker_threads";
import { sharedSlots, type WorkerStart } from "./channel.ts";

const connectionFile = process.argv[2];
if (connectionFile === undefined) {
  process.stderr.write(
    "usage: kernel.js CONNECTION_FILE (Jupyter starts the kernel; to register it run install.py)\n",
  );
  process.exit(2);
}

const shared = new Int32Array(new SharedArrayBuffer(sharedSlots * Int32Array.BYTES_PER_ELEMENT));
const prompt = new MessageChannel();
const start: WorkerStart = { connectionFile, install: import.meta.dirname, shared, prompt: prompt.port1 };
const worker = new Worker(new URL("./protocol.cjs", import.meta.url), {
  workerData: start,
  transferList: [prompt.port1],
});

// The runtime reads element 0 of this array at every operator and stops the cell when it is 1.
Object.defineProperty(globalThis, Symbol.for("tracebook.interrupt"), { value: shared });

// Loaded while the worker starts.
const { runSession } = await import("./session/session.ts");
runSession(worker, shared, prompt.port2);
