/** Every backend gives PyTorch's results: the recorded calls of heavy work, small ones too, are given to each of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { torch } from "../../runtime/index.ts";
import { heavyWork, loadBackend } from "../../runtime/kernels/backend.ts";
import { openPackedSet } from "../golden/files.ts";
import { runOps } from "../golden/ops.ts";

const heavyAsEver = heavyWork.least;

beforeAll(() => {
  heavyWork.least = 1;
});

afterAll(async () => {
  delete process.env["TRACEBOOK_BACKEND"];
  heavyWork.least = heavyAsEver;
  await loadBackend();
});

/** The recorded operators that a backend may compute. */
const heavy =
  /^(add|addbmm|addmm|baddbmm|bilinear|bmm|conv|div$|dot|einsum|gru|linear|lstm|matmul|max_pool|mean|mm|mul|mv|relu|sqrt|sub|sum|_conv|scaled_dot|tensordot)/;

function heavySet() {
  const all = openPackedSet("ops");
  return { ...all, names: all.names.filter((name) => heavy.test(name)) };
}

test("ONNX Runtime is taken where nothing else is asked for", async () => {
  await loadBackend();
  expect(torch.backend()).toEqual({
    name: "onnxruntime",
    description: "ONNX Runtime's native kernels (onnxruntime-node)",
  });
});

for (const name of ["host", "onnxruntime", "wasm", "tensorflow"] as const) {
  test(`TRACEBOOK_BACKEND=${name} asks for a backend that gives PyTorch's results`, async ({ skip }) => {
    process.env["TRACEBOOK_BACKEND"] = name;
    await loadBackend();
    const missing = name === "tensorflow" && torch.backend().name === "host";
    skip(missing, "its addon is not installed: npm run native builds it");
    expect(torch.backend().name).toBe(name);
    const results = await runOps(heavySet(), {});
    expect(results.length).toBeGreaterThan(300);
    // Calls that are refused do not get as far as a backend.
    const failed = results.filter(({ status, message }) => status !== "passed" && message === undefined);
    expect(failed.map(({ name, detail }) => `${name}\n  ${detail}`).join("\n\n")).toBe("");
  });
}
