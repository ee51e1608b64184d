/**
 * The heavy float32 kernels in TensorFlow.js: its native library, or its WebAssembly kernels. Only products of matrices;
 * convolutions are composed of them.
 */
import type * as TensorFlow from "@tensorflow/tfjs-core";
import type { FloatArray, HeavyKernels, MatrixBatch } from "./backend.ts";

/** TensorFlow's own library. Throws where the package, which is optional, or its library is missing. */
export async function nativeKernels(): Promise<HeavyKernels> {
  const native = "@tensorflow/tfjs-node";
  // It tells of the processor's features on stderr, which in a kernel is the cell's.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  const core = (await import(native)) as typeof TensorFlow;
  return { matmul: (a, b) => multiplyBatch(core, a, b) };
}

/** The WebAssembly kernels, which run everywhere. */
export async function wasmKernels(): Promise<HeavyKernels> {
  const core = await withoutNewListeners(async () => {
    const loaded = await import("@tensorflow/tfjs-core");
    await import("@tensorflow/tfjs-backend-wasm");
    await loaded.setBackend("wasm");
    await loaded.ready();
    return loaded;
  });
  return { matmul: (a, b) => multiplyEach(core, a, b) };
}

/**
 * Emscripten's start-up code hangs handlers on the process that rethrow every uncaught error; in a kernel such an error
 * belongs to its cell, so they are taken off again.
 */
async function withoutNewListeners<T>(load: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  const loaded = await load();
  events.forEach((event, i) => {
    for (const listener of process.rawListeners(event)) {
      if (!before[i].includes(listener)) process.removeListener(event, listener as () => void);
    }
  });
  return loaded;
}

function multiplyBatch(core: typeof TensorFlow, a: MatrixBatch, b: MatrixBatch): FloatArray {
  return valuesFrom(core, () => {
    const sizes = ({ batch, rows, columns, transposed }: MatrixBatch): [number, number, number] =>
      transposed ? [batch, columns, rows] : [batch, rows, columns];
    const left = core.tensor3d(a.data, sizes(a), "float32");
    const right = core.tensor3d(b.data, sizes(b), "float32");
    return core.matMul(left, right, a.transposed, b.transposed);
  });
}

/** What is computed, with everything on the way released. */
function valuesFrom(core: typeof TensorFlow, compute: () => TensorFlow.Tensor): FloatArray {
  const result = core.tidy(compute);
  const values = result.dataSync() as FloatArray;
  result.dispose();
  return values;
}

/** The WebAssembly kernels are fast for one plain product at a time only; batches and transposed operands get a naive loop. */
function multiplyEach(core: typeof TensorFlow, a: MatrixBatch, b: MatrixBatch): FloatArray {
  const product = (i: number) =>
    valuesFrom(core, () => core.matMul(matrixOf(core, a, i), matrixOf(core, b, i)));
  if (a.batch === 1) return product(0);
  const size = a.rows * b.columns;
  const out = new Float32Array(a.batch * size);
  for (let i = 0; i < a.batch; i++) out.set(product(i), i * size);
  return out;
}

/** Matrix `i` of a batch, laid out as it is multiplied. */
function matrixOf(core: typeof TensorFlow, batch: MatrixBatch, i: number): TensorFlow.Tensor2D {
  const { data, rows, columns, transposed } = batch;
  const values = data.subarray(i * rows * columns, (i + 1) * rows * columns);
  if (!transposed) return core.tensor2d(values, [rows, columns], "float32");
  return core.transpose(core.tensor2d(values, [columns, rows], "float32"));
}
