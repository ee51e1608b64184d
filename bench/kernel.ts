/**
 * `npm run bench -- kernel [KERNELSPEC …]`: start to first result, round trips, long sessions, 100,000 lines and interrupts of this
 * kernel and of any installed kernelspec, side by side with ratios to the last one. Times are medians on this machine in this run: read the ratios.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { KernelClient, tracebookArgv } from "../test/kernel/client.ts";

interface Spec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly language: string;
  readonly interruptMode: "signal" | "message";
  readonly env: Readonly<Record<string, string>>;
}

interface Snippets {
  readonly lines: string;
  readonly loop: string;
  readonly wait: string;
  /** The i-th cell of a session: it declares two names. */
  readonly declare: (i: number) => string;
}

const javascript: Snippets = {
  lines: 'for (let i = 0; i < 100000; i++) console.log("line " + i)',
  loop: "while (true) {}",
  wait: "await new Promise(() => {})",
  declare: (i) => `const value${i} = ${i}; function compute${i}(x) { return x * value${i} }`,
};
const python: Snippets = {
  lines: 'for i in range(100000): print("line", i)',
  loop: "while True: pass",
  wait: "import asyncio; await asyncio.Event().wait()",
  declare: (i) => `value${i} = ${i}\ndef compute${i}(x): return x * value${i}`,
};

const coldStarts = 7;
const roundTrips = 200;
const questions = 21;
const interrupts = 20;
const noInterrupt = 3_000;
/** After so many cells completion, inspection and new cells are measured. */
const sessions = [10, 500] as const;

/** A table's row: a figure's name and how to measure it; null where a kernel cannot do it. */
type Figure = readonly [title: string, measure: (spec: Spec) => Promise<number | null>];

const figures: readonly Figure[] = [
  ["start to first result, ms", (spec) => medianOf(coldStarts, () => firstResult(spec))],
  ["1 + 1 round trip, ms", (spec) => withKernel(spec, roundTrip)],
  ...sessions.flatMap((cells): readonly Figure[] => [
    [`completion after ${cells} cells, ms`, async (spec) => (await long(spec, cells)).completion],
    [`inspection after ${cells} cells, ms`, async (spec) => (await long(spec, cells)).inspection],
    [`a new cell after ${cells} cells, ms`, async (spec) => (await long(spec, cells)).declaration],
  ]),
  ["100,000 lines, ms", async (spec) => (await printed(spec)).ms],
  ["100,000 lines, lost", async (spec) => (await printed(spec)).lost],
  [
    "interrupt of a busy loop, ms",
    (spec) => withKernel(spec, (client) => interruptTime(client, spec, "loop")),
  ],
  [
    "interrupt of a pending await, ms",
    (spec) => withKernel(spec, (client) => interruptTime(client, spec, "wait")),
  ],
];

export async function bench(names: readonly string[]): Promise<void> {
  const own: Spec = {
    name: "tracebook (built)",
    argv: tracebookArgv,
    language: "typescript",
    interruptMode: "message",
    env: {},
  };
  const specs = [own, ...names.map(findSpec)];
  const rows: string[][] = [
    ["", ...specs.map((spec) => spec.name), ...(specs.length > 1 ? [`ratio to ${specs.at(-1)?.name}`] : [])],
  ];
  for (const [title, measure] of figures) {
    const values: (number | null)[] = [];
    for (const spec of specs) values.push(await measure(spec).catch(() => null));
    const last = values.at(-1);
    const ratio = values[0] !== null && last ? `${(values[0] / last).toFixed(2)}x` : "–";
    rows.push([title, ...values.map(format), ...(specs.length > 1 ? [ratio] : [])]);
  }
  process.stdout.write(`${table(rows)}\n`);
}

async function firstResult(spec: Spec): Promise<number> {
  // Ports are looked for before: the clock starts with the process.
  const client = await KernelClient.start({ argv: spec.argv, env: spec.env });
  const { reply } = await client.execute("1 + 1");
  const ms = reply.at - client.startedAt;
  await client.stop();
  return ms;
}

function roundTrip(client: KernelClient): Promise<number> {
  return medianOf(roundTrips, async () => {
    const start = performance.now();
    const { reply } = await client.execute("1 + 1");
    return reply.at - start;
  });
}

const printedBySpec = new Map<Spec, Promise<{ ms: number; lost: number }>>();

function printed(spec: Spec): Promise<{ ms: number; lost: number }> {
  const known = printedBySpec.get(spec);
  if (known) return known;
  const measured = withKernel(spec, async (client) => {
    const start = performance.now();
    const id = client.begin(snippets(spec).lines);
    await client.wait((message) => message.channel === "shell" && message.parent["msg_id"] === id, 60_000);
    await quiet(client);
    const streams = client.received.filter(
      (message) => message.type === "stream" && message.parent["msg_id"] === id,
    );
    const lines =
      streams
        .map((message) => message.content.text as string)
        .join("")
        .split("\n").length - 1;
    return { ms: (streams.at(-1)?.at ?? start) - start, lost: 100_000 - lines };
  });
  printedBySpec.set(spec, measured);
  return measured;
}

/** Settles when nothing has arrived for half a second. */
async function quiet(client: KernelClient): Promise<void> {
  for (let seen = -1; seen !== client.received.length; ) {
    seen = client.received.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

interface LongSession {
  readonly completion: number;
  readonly inspection: number;
  readonly declaration: number;
}

const sessionsBySpec = new Map<string, Promise<LongSession>>();

/** Medians in a session of so many cells, each of which has declared names. */
function long(spec: Spec, cells: number): Promise<LongSession> {
  const key = `${spec.name} ${cells}`;
  const known = sessionsBySpec.get(key);
  if (known) return known;
  const measured = withKernel(spec, async (client) => {
    const { declare } = snippets(spec);
    // The type checker comes up beside the first cells.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    for (let i = 0; i < cells; i += 1) await client.execute(declare(i));
    const ask = (type: string, content: Record<string, unknown>) =>
      medianOf(questions, async () => {
        const start = performance.now();
        return (await client.request(type, content)).reply.at - start;
      });
    let next = cells;
    return {
      completion: await ask("complete_request", { code: "compute", cursor_pos: 7 }),
      inspection: await ask("inspect_request", { code: "compute3", cursor_pos: 8, detail_level: 0 }),
      declaration: await medianOf(questions, async () => {
        const start = performance.now();
        return (await client.execute(declare(next++))).reply.at - start;
      }),
    };
  });
  sessionsBySpec.set(key, measured);
  return measured;
}

async function interruptTime(client: KernelClient, spec: Spec, what: "loop" | "wait"): Promise<number> {
  return medianOf(interrupts, async () => {
    const id = client.begin(snippets(spec)[what]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    if (spec.interruptMode === "message") client.send("interrupt_request", {}, "control");
    else client.process.kill("SIGINT");
    const reply = await client.wait(
      (message) => message.channel === "shell" && message.parent["msg_id"] === id,
      noInterrupt,
    );
    return reply.at - start;
  });
}

async function withKernel<Value>(spec: Spec, use: (client: KernelClient) => Promise<Value>): Promise<Value> {
  const client = await KernelClient.start({ argv: spec.argv, env: spec.env });
  try {
    await client.execute("1 + 1");
    return await use(client);
  } finally {
    client.process.kill("SIGKILL");
    await client.exited;
    await client.stop();
  }
}

async function medianOf(count: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < count; i += 1) values.push(await measure());
  return values.sort((a, b) => a - b)[Math.floor(count / 2)];
}

function snippets(spec: Spec): Snippets {
  return spec.language === "python" ? python : javascript;
}

/** Looks where Jupyter looks: JUPYTER_PATH, the user's folder, the system's. */
function findSpec(name: string): Spec {
  const folders = [
    ...(process.env["JUPYTER_PATH"]?.split(delimiter) ?? []),
    process.env["JUPYTER_DATA_DIR"] ?? join(homedir(), ".local", "share", "jupyter"),
    ...(process.env["VIRTUAL_ENV"] ? [join(process.env["VIRTUAL_ENV"], "share", "jupyter")] : []),
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
  ];
  const path = folders.map((folder) => join(folder, "kernels", name, "kernel.json")).find(existsSync);
  if (path === undefined) throw new Error(`no kernelspec named ${name} in ${folders.join(", ")}`);
  const { argv, language, interrupt_mode = "signal", env = {} } = JSON.parse(readFileSync(path, "utf8"));
  return { name, argv, language, interruptMode: interrupt_mode, env };
}

function format(value: number | null): string {
  if (value === null) return "–";
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join("  "),
    )
    .join("\n");
}
