/** docs/magics.md tells of the magics that there are, in the words of the kernel's own table. */
import { expect, test } from "vitest";
import { flagUsage } from "../../kernel/magics/flags.ts";
import { magics } from "../../kernel/magics/table.ts";
import { traceFlags } from "../../kernel/magics/trace-report.ts";
import { projectFile } from "./project-files.ts";

test("docs/magics.md lists each magic with its summary, and no other", () => {
  const rows = [...projectFile("docs/magics.md").text.matchAll(/^\| \[`%(\w+)`\]\(#[\w-]+\) \| (.+) \|$/gm)];
  const documented = rows.map(([, name, summary]) => `${name}: ${summary}`);
  expect(documented.sort()).toEqual(magics.map(({ name, summary }) => `${name}: ${summary}`).sort());
});

test("docs/magics.md lists each flag of %trace with its summary, and no other", () => {
  const rows = [...projectFile("docs/magics.md").text.matchAll(/^\| `(--.+)` \| (.+) \|$/gm)];
  const documented = rows.map(([, flag, summary]) => `${flag.replaceAll("\\|", "|")}: ${summary}`);
  expect(documented).toEqual(traceFlags.map((flag) => `${flagUsage(flag)}: ${flag.summary}`));
});
