/**
 * What `%trace` does with a finished trace as its flags ask: sets the executor, draws, prints code, graph and times, and writes files.
 */
import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ScriptFunction, toOnnx } from "../../runtime/index.ts";
import type { Flag } from "./flags.ts";
import type { MagicHost } from "./magic.ts";
import { type Call, timeTable } from "./trace-time.ts";

const executors = ["auto", "interpreter", "compiled", "javascript"] as const;

/** The flags of `%trace` and `%%trace`. */
export const traceFlags: readonly Flag[] = [
  { name: "code", value: null, summary: "prints the trace as TorchScript code" },
  { name: "graph", value: null, summary: "prints the graph as text" },
  {
    name: "time",
    value: null,
    summary:
      "times the traced function beside the untraced one, without gradients, and tells which executor ran",
  },
  {
    name: "check",
    value: null,
    summary: "runs the function and the trace again and compares results and graphs",
  },
  { name: "no-strict", value: null, summary: "allows lists and records as results" },
  { name: "executor", value: executors, summary: "runs the trace always by this executor" },
  { name: "save", value: "FILE", summary: "writes a TorchScript archive, such as `model.pt`" },
  { name: "onnx", value: "FILE", summary: "writes an ONNX model, such as `model.onnx`" },
];

/** What is to be done with a trace: the flags, as the rewritten call hands them over. */
export interface TraceReport {
  readonly code?: true;
  readonly graph?: true;
  readonly time?: true;
  readonly check?: true;
  readonly "no-strict"?: true;
  readonly executor?: (typeof executors)[number];
  readonly save?: string;
  readonly onnx?: string;
}

/** Shows a trace; `calls` are the untraced and the traced call that `time` compares. */
export async function reportTrace(
  { displays, print }: MagicHost,
  traced: ScriptFunction,
  report: TraceReport,
  calls: { readonly untraced: Call; readonly traced: Call } | null,
): Promise<void> {
  if (report.executor !== undefined) traced.executor = report.executor;
  displays.display(traced);
  // What is printed stands below the diagram.
  await displays.settled();
  if (report.code) print(traced.code);
  if (report.graph) print(String(traced.graph));
  if (report.check) print(`${checkText(traced)}\n`);
  if (report.time && calls !== null) print(timeTable(traced, calls.untraced, calls.traced));
  const runtime = globalThis as unknown as {
    jitSave(traced: ScriptFunction, path: string): void;
    toOnnx: typeof toOnnx;
  };
  if (report.save !== undefined) {
    runtime.jitSave(traced, report.save);
    print(`${writtenText(report.save)}\n`);
  }
  if (report.onnx !== undefined) {
    await writeFile(report.onnx, runtime.toOnnx(traced));
    print(`${writtenText(report.onnx)}\n`);
  }
}

/** A check that finds other graphs throws; other results are warnings of the trace. */
function checkText({ name, warnings }: ScriptFunction): string {
  const differing = warnings.filter(({ message }) => message.startsWith("Output nr")).length;
  return differing === 0
    ? `check: run again, the trace gives what ${name} gives`
    : `check: ${differing} of the results of the trace ${differing === 1 ? "is" : "are"} not what ${name} gives; see the warnings`;
}

function writtenText(file: string): string {
  return `wrote ${resolve(file)}, ${statSync(file).size.toLocaleString("en")} bytes`;
}
