/** The TypeScript twins of the golden programs give PyTorch's graphs, outputs and warnings. */
import { expect, test } from "vitest";
import { openPackedSet } from "../golden/files.ts";
import { twins } from "../golden/twins/index.ts";
import { runTwin } from "../golden/twins/run-twin.ts";

const files = openPackedSet("trace");
const names = [...new Set(files.names.map((name) => name.split("/")[0]))];

test("every golden program has a twin", () => {
  expect(Object.keys(twins).sort()).toEqual(names.sort());
});

test.each(names)("%s", (name) => {
  const failed = runTwin(name, twins[name], files).filter(({ status }) => status === "failed");
  expect(failed.map((result) => `${result.name}\n${result.detail}`).join("\n\n")).toBe("");
});
