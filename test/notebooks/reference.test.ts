/** docs/ops.md and docs/api/ are what `npm run docs` makes of the sources, and each example in them runs and gives what it says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findOverloads, operatorNames } from "../../runtime/dispatch/op.ts";
import "../../runtime/index.ts";
import { documents } from "../../scripts/docs/documents.ts";
import { given } from "../../scripts/docs/reference-pages.ts";
import { projectFiles } from "../architecture/project-files.ts";
import { KernelClient, tracebookArgv } from "../kernel/client.ts";
import { examplesOf, runExamples } from "./examples.ts";

const made = documents();
const pages = made.filter(({ path }) => path.startsWith("docs/api/"));

test("the documents made from the sources are current: `npm run docs` makes them", () => {
  const kept = projectFiles(/^docs\/(ops|api\/.*)\.md$/);
  expect(kept.map(({ path }) => path)).toEqual(made.map(({ path }) => path).toSorted());
  for (const { path, text } of kept) {
    const now = made.find((document) => document.path === path)?.text;
    expect(text === now, `${path} is out of date: run npm run docs`).toBe(true);
  }
});

test("docs/ops.md lists every overload once", () => {
  const page = made.find(({ path }) => path === "docs/ops.md")!.text;
  const listed = [...page.matchAll(/^\|[^\n]*\| `([\w:]+(?:\.\w+)?)\(/gm)].map(([, name]) => name).toSorted();
  const all = operatorNames().flatMap((name) =>
    (findOverloads(name) ?? []).map(({ overload }) =>
      [name.replace("aten::", ""), overload].filter((part) => part !== "").join("."),
    ),
  );
  expect(listed).toEqual(all.filter((name) => !/[._]out$/.test(name)).toSorted());
});

test("each entry of the reference says in words what it is", () => {
  const silent = pages.flatMap(({ path, text }) =>
    text
      .split(/^### /m)
      .slice(1)
      .filter(
        (section) =>
          !/^.*\n\n```typescript\n[\s\S]*?\n```\n\n(?!<sub>|- `|```|Also `|`aten::)./.test(section),
      )
      .map((section) => `${path}: ${section.slice(0, section.indexOf("\n"))}`),
  );
  expect(silent).toEqual([]);
});

let kernel: KernelClient;
const folder = mkdtempSync(join(tmpdir(), "tracebook-reference-"));
beforeAll(async () => {
  kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
});
afterAll(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A last line `expression // value`: what stands behind the dashes is what the expression gives. */
const withValue = /^(?<code>[\s\S]*?)(?<last>[^\n]*?);? +\/\/ (?<value>[^\n]+)$/;

/** Values as examples write them: a tensor as its nested lists. */
const shown = `const shown = (value: unknown): string =>
  value instanceof Tensor
    ? JSON.stringify(value.tolist()).replaceAll(",", ", ")
    : Array.isArray(value)
      ? "[" + value.map(shown).join(", ") + "]"
      : typeof value === "string" ? JSON.stringify(value) : String(value)`;

/** Each example starts afresh, whatever the last one did to the session. */
const start = `${given}\ntorch.setPrintOptions({ profile: "default", style: "r" });`;

test.each(pages)(
  "the examples of $path run and give what they say",
  { timeout: 180_000 },
  async ({ text }) => {
    const [, ...examples] = examplesOf(text).map(({ source }) => source);
    const cells = examples.flatMap((source) => {
      const { code = source, last, value } = withValue.exec(source)?.groups ?? {};
      const ran = last === undefined ? source : `${code}console.log(shown(${last}))`;
      const printed = value ?? null;
      // An example may declare the given names anew, which one cell must not do twice.
      return /^(const|class|import) /m.test(ran)
        ? [
            { source: start, printed: null },
            { source: ran, printed },
          ]
        : [{ source: `${start}\n${ran}`, printed }];
    });
    const expected = [{ source: shown, printed: null }, ...cells];
    expect(await runExamples(kernel, expected)).toEqual(expected);
  },
);
