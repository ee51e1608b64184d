/** Sessions of ONNX Runtime run models into memory of ours, and tell in its own words what is wrong. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";
import { encodeOnnx, type OnnxModel } from "../../runtime/onnx/proto.ts";
import { namesOf, Session } from "../../runtime/onnx/session.ts";
import { float32, int64 } from "../../runtime/tensor/dtype.ts";

const vector = (name: string, dtype: "float32" | "int64" = "float32") => ({ name, dtype, sizes: [name] });

const modelOf = (opType: string, inputs: readonly string[], output = vector("y")): OnnxModel => ({
  opset: 17,
  name: "test",
  nodes: [{ opType, inputs, outputs: ["y"], attributes: {} }],
  initializers: [],
  inputs: inputs.map((name) => vector(name)),
  outputs: [output],
});

const sessionOf = (model: OnnxModel): Session => new Session(encodeOnnx(model), namesOf(model));

const floats = (...numbers: readonly number[]) => ({
  dtype: float32,
  data: Float32Array.from(numbers),
  sizes: [numbers.length],
});

test("results come in memory of their own, at each size", () => {
  const session = sessionOf(modelOf("Add", ["a", "b"]));
  const first = session.run([floats(1, 2), floats(3, 4)])[0];
  const second = session.run([floats(5, 6), floats(7, 8)])[0];
  const third = session.run([floats(1, 2, 3), floats(1, 1, 1)])[0];
  expect([first, second, third]).toEqual([floats(4, 6), floats(12, 14), floats(2, 3, 4)]);
  session.dispose();
});

test("a result is written to memory of the caller's, which may lie in the middle of other memory", () => {
  const session = sessionOf(modelOf("Add", ["a", "b"]));
  const whole = new Float32Array(6);
  session.runInto([floats(1, 2), floats(3, 4)], [{ dtype: float32, data: whole.subarray(2, 4), sizes: [2] }]);
  expect(whole).toEqual(Float32Array.from([0, 0, 4, 6, 0, 0]));
  session.dispose();
});

test("results whose sizes hang on values are found each time", () => {
  const session = sessionOf({
    ...modelOf("NonZero", ["x"]),
    outputs: [{ name: "y", dtype: "int64", sizes: ["rank", "count"] }],
  });
  const places = (...numbers: readonly number[]) => session.run([floats(...numbers)])[0];
  const expected = (...at: readonly bigint[]) => ({
    dtype: int64,
    data: BigInt64Array.from(at),
    sizes: [1, at.length],
  });
  expect(places(1, 0, 1)).toEqual(expected(0n, 2n));
  expect(places(0, 0, 1)).toEqual(expected(2n));
  expect(places(1, 1, 1)).toEqual(expected(0n, 1n, 2n));
  expect(places(0, 0, 0)).toEqual(expected());
  session.dispose();
});

test("tensors without elements and without dimensions go in and out", () => {
  const session = sessionOf(modelOf("Neg", ["x"]));
  expect(session.run([floats()])[0]).toEqual(floats());
  session.dispose();
  const scalar = { dtype: float32, data: Float32Array.from([3]), sizes: [] };
  const negate = sessionOf({
    ...modelOf("Neg", ["x"]),
    inputs: [{ name: "x", dtype: "float32", sizes: [] }],
    outputs: [{ name: "y", dtype: "float32", sizes: [] }],
  });
  expect(negate.run([scalar])[0]).toEqual({ ...scalar, data: Float32Array.from([-3]) });
  negate.dispose();
});

test("what ONNX Runtime refuses it says itself, and the session goes on", () => {
  expect(() => sessionOf(modelOf("NoSuchOperator", ["x"]))).toThrow("NoSuchOperator");
  const session = sessionOf(modelOf("Add", ["a", "b"]));
  expect(() => session.run([floats(1, 2), floats(1, 2, 3)])).toThrow(/broadcast/i);
  expect(session.run([floats(1, 2), floats(3, 4)])[0]).toEqual(floats(4, 6));
  session.dispose();
  expect(() => session.run([floats(1, 2), floats(3, 4)])).toThrow("the session was disposed of");
});

test("a hundred thousand runs keep no memory", () => {
  const session = sessionOf(modelOf("Add", ["a", "b"]));
  const [a, b] = [floats(...new Float32Array(1000)), floats(...new Float32Array(1000))];
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 100_000; i++) session.run([a, b]);
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  session.dispose();
});

test("a process in which onnxruntime-node came first multiplies all the same", () => {
  const program = `
    import ort from "onnxruntime-node";
    import { torch } from "./dist/runtime.js";
    try { await ort.InferenceSession.create(new Uint8Array(4)); } catch {}
    const x = torch.ones([300, 300]);
    console.log(x.matmul(x).sum().item(), torch.backend().name);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("27000000 onnxruntime\n");
});
