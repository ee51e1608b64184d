/** Python's own clients: jupyter_kernel_test's whole suite, and a notebook run by nbclient. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, expect, test } from "vitest";
import { jupyterPath, pythonWith } from "../python.ts";

const JUPYTER_PATH = jupyterPath();
afterAll(() => rmSync(JUPYTER_PATH, { recursive: true, force: true }));

const run = (module: string, script: string, input = "") =>
  spawnSync(pythonWith(module), [join(import.meta.dirname, script)], {
    env: { ...process.env, JUPYTER_PATH },
    encoding: "utf8",
    input,
  });

test("jupyter_kernel_test: all its tests pass, none is skipped", () => {
  const { stderr } = run("jupyter_kernel_test", "conformance.py");
  const outcomes = [...stderr.matchAll(/^(test_\w+) .*\.\.\. (.*)$/gm)].map(([, name, outcome]) => [
    name,
    outcome,
  ]);
  expect(
    outcomes.filter(([, outcome]) => outcome !== "ok"),
    stderr,
  ).toEqual([]);
  expect(outcomes).toHaveLength(13);
});

test("nbclient runs a notebook: results, text, errors, and the cells after an error", () => {
  const cells = ["const a: number = 20", "console.log('text'); a + 1", "throw new Error('x')", "a * 2"];
  const { stdout, stderr } = run("nbclient", "clients.py", JSON.stringify(cells));
  expect(stdout, stderr).not.toBe("");
  const outputs: { output_type: string; ename?: string; text?: string; data?: Record<string, string> }[][] =
    JSON.parse(stdout);
  expect(
    outputs.map((cell) => cell.map((output) => output.data?.["text/plain"] ?? output.text ?? output.ename)),
  ).toEqual([[], ["text\n", "21"], ["Error"], ["40"]]);
});

test("a client that wants its channels encrypted gets them so, and nobody else is answered", () => {
  const { stdout, stderr } = run("jupyter_client", "encrypted.py");
  expect(stdout, stderr).not.toBe("");
  expect(JSON.parse(stdout)).toEqual({
    status: "ok",
    outputs: ["status", "execute_input", "stream", "execute_result", "status"],
    heartbeat: true,
    inTheClear: false,
    wrongKey: false,
    rightKey: true,
  });
});
