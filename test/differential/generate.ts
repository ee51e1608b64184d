/** Has PyTorch answer random calls of all operators of the table; generate.py beside it makes and records them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findOverloads, operatorNames } from "../../runtime/dispatch/op.ts";
import "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { pythonWith } from "../python.ts";

interface RecordedCall {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly out?: unknown;
}

/** Fills `folder` with golden files, one an operator. Throws if Python fails. */
export function generateCalls(folder: string, { calls, seed }: { calls: number; seed: number }): void {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "tracebook-fuzz-"));
  try {
    const request = join(scratch, "request.json");
    writeFileSync(request, JSON.stringify({ overloads: overloads(), samples: samples(), calls, seed }));
    const script = resolve(import.meta.dirname, "generate.py");
    const { status, stderr } = spawnSync(pythonWith("torch"), [script, request, folder], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`generate.py failed:\n${stderr}`);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** `aten.add.Tensor`, … */
const overloads = (): string[] =>
  operatorNames()
    .filter((name) => name.startsWith("aten::"))
    .flatMap((name) =>
      (findOverloads(name) ?? []).map(({ overload }) => `aten.${name.slice(6)}.${overload || "default"}`),
    );

/** Recorded calls that PyTorch carried out, for variations of them. */
function samples(): Record<string, RecordedCall[]> {
  const files = openPackedSet("ops");
  const cases = files.names.flatMap((name) => (files.json(name) as { cases: RecordedCall[] }).cases);
  const byOverload: Record<string, RecordedCall[]> = {};
  for (const { op, args, kwargs, out } of cases) {
    if (out === undefined) continue;
    byOverload[op] ??= [];
    byOverload[op].push({ op, args, kwargs });
  }
  return byOverload;
}
