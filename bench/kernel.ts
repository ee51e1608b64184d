/**
 * `npm run bench -- kernel [KERNELSPEC …]`: start to first result, round trip, 100,000 lines and interrupt of this kernel and of any
 * installed kernelspec, side by side with ratios to the last one. Times are medians on this machine in this run: read the ratios.
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
}

const javascript: Snippets = {
  lines: 'for (let i = 0; i < 100000; i++) console.log("line " + i)',
  loop: "while (true) {}",
};
const python: Snippets = { lines: 'for i in range(100000): print("line", i)', loop: "while True: pass" };

const coldStarts = 7;
const roundTrips = 200;
const interrupts = 5;
const noInterrupt = 3_000;

/** The table's rows: a figure's name and how to measure it; null where a kernel cannot do it. */
const figures: readonly [string, (spec: Spec) => Promise<number | null>][] = [
  ["start to first result, ms", (spec) => medianOf(coldStarts, () => firstResult(spec))],
  ["1 + 1 round trip, ms", (spec) => withKernel(spec, roundTrip)],
  ["100,000 lines, ms", async (spec) => (await printed(spec)).ms],
  ["100,000 lines, lost", async (spec) => (await printed(spec)).lost],
  ["interrupt of a busy loop, ms", (spec) => withKernel(spec, (client) => interruptTime(client, spec))],
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

async function interruptTime(client: KernelClient, spec: Spec): Promise<number> {
  return medianOf(interrupts, async () => {
    const id = client.begin(snippets(spec).loop);
    await new Promise((resolve) => setTimeout(resolve, 200));
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
