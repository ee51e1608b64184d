/** The examples in README.md and docs/ are true: they run in one session for each document and print what it says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectFiles } from "../architecture/project-files.ts";
import { KernelClient, tracebookArgv } from "../kernel/client.ts";
import { examplesOf, runExamples } from "./examples.ts";

const texts = projectFiles(/^(README|docs\/[\w-]+)\.md$/);
const documents = texts.filter(({ text }) => examplesOf(text).length > 0);
const folder = mkdtempSync(join(tmpdir(), "tracebook-documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(documents)(
  "the examples of $path run and print what it says",
  { timeout: 120_000 },
  async ({ text }) => {
    const kernel = await KernelClient.start({ argv: tracebookArgv, cwd: folder });
    try {
      const examples = examplesOf(text);
      expect(await runExamples(kernel, examples)).toEqual(examples);
    } finally {
      await kernel.stop();
    }
  },
);

test("what documents show of the sources, as `typescript`, stands there", () => {
  const sources = projectFiles(/^(runtime|kernel|renderers)\/.*\.ts$/).map(({ text }) => text);
  const fragments = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/^```typescript\n([\s\S]*?)^```$/gm)].map(([, fragment]) => ({ path, fragment })),
  );
  expect(fragments.map(({ path }) => path)).toEqual(["docs/adding.md", "docs/architecture.md"]);
  for (const { fragment } of fragments)
    expect(sources.filter((text) => text.includes(fragment))).toHaveLength(1);
});
