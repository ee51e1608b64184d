/**
 * A session of ONNX Runtime, run synchronously. The public API of onnxruntime-node is asynchronous in form only; its binding,
 * which this file alone reaches for, is not. Where the binding is missing or has another shape, `sessionsAvailable` says no.
 */
import { createRequire } from "node:module";
import { NotImplementedError } from "../../errors.ts";
import { type DType, dtypes } from "../../tensor/dtype.ts";
import type { StorageArray } from "../../tensor/storage.ts";

/** A tensor as ONNX Runtime takes and gives it. */
export interface OrtTensor {
  readonly type: string;
  readonly data: StorageArray;
  readonly dims: readonly number[];
  readonly location: "cpu";
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

let loaded: OrtBinding | Error | null = null;

function load(): OrtBinding | Error {
  if (loaded === null) {
    try {
      const found = createRequire(import.meta.url)("onnxruntime-node/dist/binding") as OrtBinding;
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

  /** Loads a model. Throws where ONNX Runtime is missing or refuses it. */
  constructor(model: Uint8Array, outputs: readonly string[]) {
    const found = load();
    if (found instanceof Error) throw found;
    this.#session = new found.binding.InferenceSession();
    this.#session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
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
