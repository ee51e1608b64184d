/**
 * `npm run golden -- SET FOLDER`: runs a folder of goldens (or a packed copy) and ends with `N passed, N failed`.
 * `npm run golden -- pack SET FOLDER` renews the packed copy the tests use. The runners live in test/golden/.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { openGoldens, packedPath, packGoldens } from "../test/golden/files.ts";
import { type CaseResult, type GoldenRunner, messageLine, summaryLine } from "../test/golden/result.ts";

const usage = `usage: npm run golden -- SET [FOLDER] [options]
       npm run golden -- pack SET FOLDER

SET is print, rng, ops, trace or script (scripted archives); FOLDER defaults to the copy in test/golden/data.
  --only NAME   run only cases whose name contains NAME
  --existing    skip, instead of fail, ops that are not in the table
  --strided     ops: call with tensors that do not lie row by row in memory
  --all         list every failure, not just the first ten
  --by-file     count passed and failed cases of each file
  --messages    list expected errors whose text differs from torch's`;

// Loaded when asked for: printing must not wait for the operators.
const runners: Readonly<Record<string, () => Promise<GoldenRunner>>> = {
  print: async () => (await import("../test/golden/print.ts")).runPrint,
  rng: async () => (await import("../test/golden/rng.ts")).runRng,
  ops: async () => (await import("../test/golden/ops.ts")).runOps,
  trace: async () => (await import("../test/golden/trace.ts")).runTrace,
  script: async () => (await import("../test/golden/trace.ts")).runScript,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    existing: { type: "boolean" },
    strided: { type: "boolean" },
    all: { type: "boolean" },
    "by-file": { type: "boolean" },
    messages: { type: "boolean" },
    help: { type: "boolean" },
  },
});

if (values.help) {
  console.log(usage);
} else if (positionals[0] === "pack" && positionals.length === 3) {
  pack(positionals[1], positionals[2]);
} else if (positionals[0] in runners) {
  await run(positionals[0], positionals[1] ?? packedPath(positionals[0]));
} else {
  console.error(usage);
  process.exitCode = 2;
}

function pack(set: string, folder: string): void {
  const target = packedPath(set);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, packGoldens(openGoldens(folder)));
}

async function run(set: string, path: string): Promise<void> {
  const runner = await runners[set]();
  const results = await runner(openGoldens(path), {
    only: values.only,
    existing: values.existing,
    strided: values.strided,
  });
  const failures = results.filter((result) => result.status === "failed");
  const shown = values.all ? failures : failures.slice(0, 10);
  for (const failure of shown)
    console.log(`FAILED${divergence(failure)} ${failure.name}\n${indent(failure.detail ?? "")}\n`);
  if (shown.length < failures.length)
    console.log(`... and ${failures.length - shown.length} more (--all lists them)\n`);
  if (values.messages) {
    for (const result of results.filter((r) => r.status === "passed" && r.message === "other")) {
      console.log(`OTHER TEXT ${result.name}\n${indent(result.detail ?? "")}\n`);
    }
  }
  if (values["by-file"]) console.log(`${countByFile(results)}\n`);
  const messages = messageLine(results);
  if (messages !== null) console.log(messages);
  console.log(summaryLine(results));
  if (failures.length > 0) process.exitCode = 1;
}

function divergence({ divergence: kind }: CaseResult): string {
  return kind === undefined ? "" : ` (${kind})`;
}

function countByFile(results: readonly CaseResult[]): string {
  const files = new Map<string, CaseResult[]>();
  for (const result of results) {
    const file = result.name.split(/[ #]/)[0];
    files.set(file, [...(files.get(file) ?? []), result]);
  }
  return [...files].map(([file, group]) => `${file}: ${summaryLine(group)}`).join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}
