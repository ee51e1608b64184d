/**
 * The backend for heavy float32 work: TensorFlow.js, with its native library where `@tensorflow/tfjs-node` is installed
 * and its WebAssembly kernels everywhere else. Small products and other dtypes stay with the host loops of matmul.ts.
 */
import type * as TensorFlow from "@tensorflow/tfjs-core";

/** Which backend is in use, for `%backend` and `torch.backend()`. */
export interface BackendInfo {
  /** `tensorflow` (native), `wasm`, or `host` where neither loads. */
  readonly name: "tensorflow" | "wasm" | "host";
  readonly description: string;
}

let tf: typeof TensorFlow | null = null;
let info: BackendInfo = {
  name: "host",
  description: "plain JavaScript loops: TensorFlow.js could not be loaded",
};

/** The backend in use. */
export const backend = (): BackendInfo => info;

/** Loads the best backend there is. `TRACEBOOK_BACKEND` (`tensorflow`, `wasm` or `host`) asks for a certain one. */
export async function loadBackend(): Promise<void> {
  const wanted = process.env.TRACEBOOK_BACKEND;
  if (wanted === undefined || wanted === "tensorflow") {
    // The package is optional: its install step fails where its library cannot be downloaded.
    const native = "@tensorflow/tfjs-node";
    try {
      tf = (await import(native)) as typeof TensorFlow;
      info = { name: "tensorflow", description: "TensorFlow's native kernels (@tensorflow/tfjs-node)" };
      return;
    } catch {
      tf = null;
    }
  }
  if (wanted === "host") return;
  try {
    tf = await withoutNewListeners(async () => {
      const core = await import("@tensorflow/tfjs-core");
      await import("@tensorflow/tfjs-backend-wasm");
      await core.setBackend("wasm");
      await core.ready();
      return core;
    });
    info = { name: "wasm", description: "TensorFlow.js WebAssembly kernels (@tensorflow/tfjs-backend-wasm)" };
  } catch {
    tf = null;
  }
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

/** A batch of row-major float32 matrices; `transposed` ones are stored with rows and columns swapped. */
export interface MatrixBatch {
  readonly data: Float32Array;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/** The products of two batches of matrices, or null if no backend is loaded. */
export function backendMatmul(a: MatrixBatch, b: MatrixBatch): Float32Array<ArrayBuffer> | null {
  if (tf === null) return null;
  return info.name === "wasm" ? multiplyEach(tf, a, b) : multiplyBatch(tf, a, b);
}

function multiplyBatch(core: typeof TensorFlow, a: MatrixBatch, b: MatrixBatch): Float32Array<ArrayBuffer> {
  return valuesFrom(core, () => {
    const sizes = ({ batch, rows, columns, transposed }: MatrixBatch): [number, number, number] =>
      transposed ? [batch, columns, rows] : [batch, rows, columns];
    const left = core.tensor3d(a.data, sizes(a), "float32");
    const right = core.tensor3d(b.data, sizes(b), "float32");
    return core.matMul(left, right, a.transposed, b.transposed);
  });
}

/** What is computed, with everything on the way released. */
function valuesFrom(core: typeof TensorFlow, compute: () => TensorFlow.Tensor): Float32Array<ArrayBuffer> {
  const result = core.tidy(compute);
  const values = result.dataSync() as Float32Array<ArrayBuffer>;
  result.dispose();
  return values;
}

/** The WebAssembly kernels are fast for one plain product at a time only; batches and transposed operands get a naive loop. */
function multiplyEach(core: typeof TensorFlow, a: MatrixBatch, b: MatrixBatch): Float32Array<ArrayBuffer> {
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
