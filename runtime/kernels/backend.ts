/**
 * The backend for heavy float32 work: a library that multiplies matrices and convolves faster than JavaScript can. The first
 * that is there is taken: ONNX Runtime, TensorFlow's native library, TensorFlow.js in WebAssembly. Small work and other
 * dtypes stay with the host loops of the kernels themselves.
 */
import { isMainThread } from "node:worker_threads";
import { sessionsAvailable, sessionsInstalled } from "../onnx/session.ts";
import type { DType } from "../tensor/dtype.ts";
import type { ConvOptions } from "./convolution.ts";
import { onnxruntimeKernels } from "./onnxruntime.ts";
import type { PoolWindow } from "./pooling.ts";
import type { SimdOperation } from "./simd.ts";
import { nativeKernels, wasmKernels } from "./tensorflow.ts";

export type FloatArray = Float32Array<ArrayBuffer>;

/** A batch of row-major float32 matrices; `transposed` ones are stored with rows and columns swapped. */
export interface MatrixBatch {
  readonly data: FloatArray;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/** Row-major float32 elements with their sizes. */
export interface Shaped {
  readonly data: FloatArray;
  readonly sizes: readonly number[];
}

/** The greatest elements of windows, and their places. */
export interface Pooled {
  readonly values: FloatArray;
  readonly indices: BigInt64Array<ArrayBuffer>;
}

/** What a backend computes. For what one leaves out there are the host's loops. */
export interface HeavyKernels {
  /** The products of two batches of matrices. */
  matmul(a: MatrixBatch, b: MatrixBatch): FloatArray;
  /** `out = x ∘ y`, or `out = ∘ x`, for each element; operands have as many dimensions as `out` and are broadcast to it. */
  readonly pointwise?: Readonly<
    Partial<Record<SimdOperation, (x: Shaped, y: Shaped | null, out: Shaped) => void>>
  >;
  /** The sum of each row of a matrix. */
  sumRows?(x: FloatArray, rows: number, columns: number): FloatArray;
  /** The greatest element under each window on planes [planes, ...], and its place in its plane; null for windows it does not know. */
  maxPool?(x: Shaped, output: readonly number[], window: PoolWindow): Pooled | null;
  readonly convolution?: {
    forward(x: Shaped, w: Shaped, bias: Shaped | null, options: ConvOptions): FloatArray;
    /** The transposed convolution of the gradient `x` by the result. */
    inputGradient(x: Shaped, w: Shaped, outputPadding: readonly number[], options: ConvOptions): FloatArray;
    /** From the gradient `g` by the result and the input `x`; NaN may stand for infinities. */
    weightGradient(g: Shaped, x: Shaped, weightSizes: readonly number[], options: ConvOptions): FloatArray;
  };
}

/** Which backend is in use, for `%backend` and `torch.backend()`. */
export interface BackendInfo {
  /** `host` where no other loads. */
  readonly name: "onnxruntime" | "tensorflow" | "wasm" | "host";
  readonly description: string;
}

interface Candidate extends BackendInfo {
  /** Throws or rejects where it is not to be had. */
  load(): HeavyKernels | Promise<HeavyKernels>;
}

const candidates: readonly Candidate[] = [
  {
    name: "onnxruntime",
    description: "ONNX Runtime's native kernels (onnxruntime-node)",
    load() {
      if (!sessionsInstalled()) throw new Error("onnxruntime-node is not installed");
      return onnxruntimeKernels;
    },
  },
  {
    name: "tensorflow",
    description: "TensorFlow's native kernels (@tensorflow/tfjs-node)",
    load: nativeKernels,
  },
  {
    name: "wasm",
    description: "TensorFlow.js WebAssembly kernels (@tensorflow/tfjs-backend-wasm)",
    load: wasmKernels,
  },
];

const host: BackendInfo = {
  name: "host",
  description: "plain JavaScript loops: no library for heavy work could be loaded",
};

let kernels: HeavyKernels | null = null;
let info: BackendInfo = host;

/** The backend in use. */
export function backend(): BackendInfo {
  loadedKernels();
  return info;
}

/** What counts as heavy: below this many operations on numbers a call into a backend costs more than it saves. */
export const heavyWork = { least: 20_000 };

/** What work of so many operations on numbers of `dtype` goes to; null for the host's own loops. */
export const heavyKernels = (dtype: DType, operations: number): HeavyKernels | null =>
  dtype.name === "float32" && operations >= heavyWork.least ? loadedKernels() : null;

function loadedKernels(): HeavyKernels | null {
  // ONNX Runtime is loaded when it is first needed, which keeps start-up short; only then is it seen whether it can be.
  if (info.name === "onnxruntime" && !sessionsAvailable()) {
    [kernels, info] = [null, host];
    void loadBackend(["tensorflow", "wasm"]);
  }
  return kernels;
}

/** Takes the first backend that can be had. `TRACEBOOK_BACKEND` (a name, or `host` for none) asks for a certain one. */
export async function loadBackend(
  names: readonly string[] = wantedNames(process.env["TRACEBOOK_BACKEND"]),
): Promise<void> {
  [kernels, info] = [null, host];
  for (const { load, name, description } of candidates.filter((candidate) =>
    names.includes(candidate.name),
  )) {
    try {
      kernels = await load();
      info = { name, description };
      return;
    } catch {
      // The next one, then.
    }
  }
}

/** A worker thread takes no native library by itself: see onnx/session.ts. */
const wantedNames = (wanted: string | undefined): readonly string[] => {
  if (wanted !== undefined) return [wanted];
  return isMainThread ? candidates.map(({ name }) => name) : ["wasm"];
};
