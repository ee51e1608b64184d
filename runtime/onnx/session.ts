/**
 * A session of ONNX Runtime, run synchronously. The public API of onnxruntime-node is asynchronous in form only; its binding,
 * which this file alone reaches for, is not. Where the binding is missing or has another shape, `sessionsAvailable` says no.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { NotImplementedError } from "../errors.ts";
import { type DType, dtypes } from "../tensor/dtype.ts";
import type { StorageArray } from "../tensor/storage.ts";

/** A tensor as ONNX Runtime takes and gives it. */
export interface OrtTensor {
  readonly type: string;
  readonly data: StorageArray;
  readonly dims: readonly number[];
  readonly location: "cpu";
}

/** The session options that are used here. */
export interface SessionOptions {
  readonly intraOpNumThreads?: number;
  readonly enableCpuMemArena?: boolean;
  /** Constants that lie beside the model. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Entries of ONNX Runtime's own configuration, nested by the dots of their names. */
  readonly extra?: object;
}

interface OrtSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Record<string, OrtTensor>;
  dispose(): void;
}

interface OrtBinding {
  readonly binding: { readonly InferenceSession: new () => OrtSession };
  initOrt(): void;
}

const bindingPath = "onnxruntime-node/dist/binding";
let loaded: OrtBinding | Error | null = null;

/**
 * Ending a worker thread by `terminate()` while it holds a session aborts the whole process (the binding throws as it is torn
 * down), so that a worker has sessions only where it is asked for.
 */
const allowedHere = (): boolean => isMainThread || process.env["TRACEBOOK_BACKEND"] === "onnxruntime";

function load(): OrtBinding | Error {
  if (loaded === null) {
    try {
      if (!allowedHere())
        throw new Error(
          "ONNX Runtime is left out in worker threads, which could not be terminated safely; TRACEBOOK_BACKEND=onnxruntime asks for it",
        );
      const found = createRequire(import.meta.url)(bindingPath) as OrtBinding;
      if (typeof found.binding?.InferenceSession?.prototype?.loadModel !== "function") {
        throw new Error("this version of onnxruntime-node has no synchronous binding");
      }
      found.initOrt();
      loaded = found;
    } catch (error) {
      loaded = error as Error;
    }
  }
  return loaded;
}

/** Whether the package is there, which is quickly seen. */
export function sessionsInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve(bindingPath);
    return true;
  } catch {
    return false;
  }
}

/** Whether sessions can be made; loads the library when first asked. */
export const sessionsAvailable = (): boolean => !(load() instanceof Error);

/** ONNX Runtime's own name of a dtype. */
export const ortType = (dtype: DType): string => dtype.name;

/** The dtype of a result. */
export function dtypeOfOrt(type: string): DType {
  const dtype = (dtypes as Readonly<Record<string, DType>>)[type];
  if (dtype === undefined)
    throw new NotImplementedError(`ONNX Runtime gave a tensor of type ${type}, which is no dtype here`);
  return dtype;
}

/** One loaded model. */
export class Session {
  readonly #session: OrtSession;
  readonly #fetches: Readonly<Record<string, null>>;

  /**
   * Loads a model. Throws where ONNX Runtime is missing or refuses it.
   * @param options further session options, as onnxruntime-node names them
   */
  constructor(model: Uint8Array, outputs: readonly string[], options: SessionOptions = {}) {
    const found = load();
    if (found instanceof Error) throw found;
    this.#session = new found.binding.InferenceSession();
    this.#session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      ...options,
    });
    this.#fetches = Object.fromEntries(outputs.map((name) => [name, null]));
  }

  run(feeds: Readonly<Record<string, OrtTensor>>): Record<string, OrtTensor> {
    return this.#session.run(feeds, this.#fetches, {});
  }

  dispose(): void {
    this.#session.dispose();
  }
}
