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

/** What a backend computes. One without convolutions has them composed of products. */
export interface HeavyKernels {
  /** The products of two batches of matrices. */
  matmul(a: MatrixBatch, b: MatrixBatch): FloatArray;
  readonly convolution?: {
    forward(x: Shaped, w: Shaped, bias: Shaped | null, options: ConvOptions): FloatArray;
    /** The transposed convolution of the gradient `x` by the result. */
    inputGradient(x: Shaped, w: Shaped, outputPadding: readonly number[], options: ConvOptions): FloatArray;
    /** From the gradient `g` by the result and the input `x`, for one group of channels. */
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

/** What counts as heavy: below this many multiplications a call into a backend costs more than it saves. */
export const heavyWork = { least: 20_000 };

/** What work of so many multiplications in `dtype` goes to; null for the host's own loops. */
export const heavyKernels = (dtype: DType, multiplications: number): HeavyKernels | null =>
  dtype.name === "float32" && multiplications >= heavyWork.least ? loadedKernels() : null;

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
