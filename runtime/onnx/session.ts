/** A session of ONNX Runtime: a loaded model, run synchronously, whose results are written to memory of ours. */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { NotImplementedError } from "../errors.ts";
import { type DType, dtypes } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateStorage, type StorageArray } from "../tensor/storage.ts";
import { type Handle, libraryPath, loadLibrary, type OrtLibrary } from "./c-api.ts";
import { elementTypes } from "./element-types.ts";
import type { OnnxInitializer, OnnxModel } from "./proto.ts";

/** A tensor as ONNX Runtime takes and gives it: contiguous elements and their sizes. */
export interface OrtTensor {
  readonly dtype: DType;
  readonly data: StorageArray;
  readonly sizes: readonly number[];
}

/** What the library can see as a tensor. */
type Wrapped = OrtTensor | OnnxInitializer;

/** The names by which a model knows what it takes and gives, in the order of the arrays of `run`. */
export interface ModelNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The names of a model's own inputs and outputs. */
export const namesOf = ({ inputs, outputs }: OnnxModel): ModelNames => ({
  inputs: inputs.map(({ name }) => name),
  outputs: outputs.map(({ name }) => name),
});

/** The session options that are used here. */
export interface SessionOptions {
  /** Whether it computes without the threads that sessions share: little work is done before they would have woken up. */
  readonly alone?: boolean;
  /** Whether the session keeps memory for its next run. */
  readonly arena?: boolean;
  /** Constants that lie beside the model. Their memory is the session's to read as long as it lives. */
  readonly external?: readonly OnnxInitializer[];
}

let loaded: OrtLibrary | Error | null = null;

/** A worker that ends does not give its sessions back, so that workers have sessions only where it is asked for. */
const allowedHere = (): boolean => isMainThread || process.env["TRACEBOOK_BACKEND"] === "onnxruntime";

function load(): OrtLibrary | Error {
  if (loaded === null) {
    try {
      if (!allowedHere())
        throw new Error(
          "ONNX Runtime is left out in worker threads, which do not give its memory back; TRACEBOOK_BACKEND=onnxruntime asks for it",
        );
      loaded = loadLibrary();
    } catch (error) {
      loaded = error as Error;
    }
  }
  return loaded;
}

/** Whether the library is there, which is quickly seen. */
export function sessionsInstalled(): boolean {
  try {
    libraryPath();
    return true;
  } catch {
    return false;
  }
}

/** Whether sessions can be made; loads the library when first asked. */
export const sessionsAvailable = (): boolean => !(load() instanceof Error);

const dtypeOfElements = new Map(
  Object.values(dtypes).map((dtype: DType) => [elementTypes[dtype.name], dtype] as const),
);

interface Shape {
  readonly dtype: DType;
  readonly sizes: readonly number[];
}

/** What the library reads as long as a session lives. */
const keptAlive = new WeakMap<Session, readonly unknown[]>();

/** One loaded model. */
export class Session {
  readonly #library: OrtLibrary;
  /** 0 once it was disposed of. */
  #session: Handle;
  readonly #inputNames: BigUint64Array;
  readonly #outputNames: BigUint64Array;
  /** One slot for each input, and one for each output. */
  readonly #inputs: readonly BigUint64Array[];
  readonly #outputs: readonly BigUint64Array[];
  readonly #inputSlots: BigUint64Array;
  readonly #outputSlots: BigUint64Array;
  /** The sizes of the last inputs one after the other, and the results they led to. */
  #lastSizes: readonly number[] = [];
  #lastShapes: readonly Shape[] | null = null;
  /** Set once results of inputs of the same sizes differed in theirs. */
  #sizesVary = false;

  /** Loads a model. Throws where ONNX Runtime is missing or refuses it. */
  constructor(model: Uint8Array, { inputs, outputs }: ModelNames, options: SessionOptions = {}) {
    const found = load();
    if (found instanceof Error) throw found;
    this.#library = found;
    const { external = [] } = options;
    const names = (list: readonly string[]) => list.map((name) => Buffer.from(`${name}\0`));
    const [inputNames, outputNames] = [names(inputs), names(outputs)];
    keptAlive.set(this, [inputNames, outputNames, external]);
    this.#inputNames = BigUint64Array.from(inputNames, found.address);
    this.#outputNames = BigUint64Array.from(outputNames, found.address);
    this.#inputSlots = new BigUint64Array(inputs.length);
    this.#outputSlots = new BigUint64Array(outputs.length);
    this.#inputs = inputs.map((_, i) => this.#inputSlots.subarray(i, i + 1));
    this.#outputs = outputs.map((_, i) => this.#outputSlots.subarray(i, i + 1));
    this.#session = sessionOf(model, options, found);
  }

  /**
   * The results for these inputs, in memory of their own.
   * @throws Error with ONNX Runtime's message where the model does not take them
   */
  run(inputs: readonly OrtTensor[]): OrtTensor[] {
    const expected = !this.#sizesVary && haveSizes(inputs, this.#lastSizes) ? this.#lastShapes : null;
    if (expected !== null) {
      const results = expected.map(
        ({ dtype, sizes }): OrtTensor => ({ dtype, sizes, data: allocateStorage(dtype, numelOf(sizes)) }),
      );
      try {
        this.runInto(inputs, results);
        return results;
      } catch {
        // Results may have other sizes for other values: then ONNX Runtime finds the memory for them.
        this.#sizesVary = true;
      }
    }
    const results = this.#call(inputs, () => Array.from(this.#outputSlots, (value) => this.#read(value)));
    this.#lastSizes = inputs.flatMap(({ sizes }) => sizes);
    this.#lastShapes = results.map(({ dtype, sizes }) => ({ dtype, sizes }));
    return results;
  }

  /** Writes the results for these inputs to memory of the caller's, whose dtypes and sizes must be those of the results. */
  runInto(inputs: readonly OrtTensor[], results: readonly OrtTensor[]): void {
    this.#call(inputs, () => undefined, results);
  }

  dispose(): void {
    if (this.#session !== 0n) this.#library.api.ReleaseSession(this.#session);
    this.#session = 0n;
  }

  /** Runs into `results`, or else into memory of the library's, and takes what `read` then finds. */
  #call<T>(inputs: readonly OrtTensor[], read: () => T, results: readonly OrtTensor[] = []): T {
    const { api } = this.#library;
    if (this.#session === 0n) throw new Error("the session was disposed of");
    this.#inputSlots.fill(0n);
    this.#outputSlots.fill(0n);
    try {
      for (let i = 0; i < inputs.length; i++) wrap(this.#library, inputs[i], this.#inputs[i]);
      for (let i = 0; i < results.length; i++) wrap(this.#library, results[i], this.#outputs[i]);
      api.Run(
        this.#session,
        null,
        this.#inputNames,
        this.#inputSlots,
        inputs.length,
        this.#outputNames,
        this.#outputs.length,
        this.#outputSlots,
      );
      return read();
    } finally {
      for (const value of this.#inputSlots) if (value !== 0n) api.ReleaseValue(value);
      for (const value of this.#outputSlots) if (value !== 0n) api.ReleaseValue(value);
    }
  }

  /** A copy of a tensor of the library's. */
  #read(value: Handle): OrtTensor {
    const { api, bytesAt } = this.#library;
    api.GetTensorTypeAndShape(value, slot);
    const info = slot[0];
    api.GetTensorElementType(info, elementType);
    api.GetDimensionsCount(info, slot);
    const rank = Number(slot[0]);
    api.GetDimensions(info, sizeSlots, rank);
    const sizes = Array.from(sizeSlots.subarray(0, rank), Number);
    api.ReleaseTensorTypeAndShapeInfo(info);
    const dtype = dtypeOfElements.get(elementType[0]);
    if (dtype === undefined)
      throw new NotImplementedError(
        `ONNX Runtime gave elements of type ${elementType[0]}, which is no dtype here`,
      );
    const data = allocateStorage(dtype, numelOf(sizes));
    if (data.byteLength > 0) {
      api.GetTensorMutableData(value, slot);
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytesAt(slot[0], data.byteLength));
    }
    return { dtype, data, sizes };
  }
}

/** Tensors have no more dimensions than this (at::kMaxDims is 64, too). */
const mostDims = 64;
const sizeSlots = new BigInt64Array(mostDims);
const sizeWords = new Int32Array(sizeSlots.buffer);
const slot = new BigUint64Array(1);
const elementType = new Int32Array(1);
/** Stands for the memory of a tensor that has no elements: the library takes no null. */
const nothing = new Uint8Array(8);

/** Has the library see an array as a tensor. */
function wrap({ api, memory }: OrtLibrary, { dtype, data, sizes }: Wrapped, into: BigUint64Array): void {
  for (let dim = 0; dim < sizes.length; dim++) sizeWords[2 * dim] = sizes[dim];
  const given = data.byteLength === 0 ? nothing : data;
  const type = elementTypes[typeof dtype === "string" ? dtype : dtype.name];
  api.CreateTensorWithDataAsOrtValue(memory, given, data.byteLength, sizeSlots, sizes.length, type, into);
}

/** False where somebody else in this process, as a cell with onnxruntime-node, came first: their environment has no threads to share. */
let sharesThreads = true;

function sessionOf(model: Uint8Array, options: SessionOptions, library: OrtLibrary): Handle {
  try {
    return createSession(model, options, library);
  } catch (error) {
    if (!sharesThreads || !(error as Error).message.includes("GlobalThreadPools")) throw error;
    sharesThreads = false;
    return createSession(model, options, library);
  }
}

function createSession(model: Uint8Array, options: SessionOptions, library: OrtLibrary): Handle {
  const { api, env, threads, address } = library;
  const { alone = false, arena = true, external = [] } = options;
  api.CreateSessionOptions(slot);
  const handle = slot[0];
  const values = new BigUint64Array(external.length);
  try {
    if (sharesThreads && !alone) api.DisablePerSessionThreads(handle);
    else api.SetIntraOpNumThreads(handle, alone ? 1 : threads);
    if (!arena) api.DisableCpuMemArena(handle);
    const names = external.map(({ name }) => Buffer.from(`${name}\0`));
    for (let i = 0; i < external.length; i++) wrap(library, external[i], values.subarray(i, i + 1));
    if (names.length > 0)
      api.AddExternalInitializers(handle, BigUint64Array.from(names, address), values, names.length);
    api.CreateSessionFromArray(env, model, model.byteLength, handle, slot);
    return slot[0];
  } finally {
    for (const value of values) if (value !== 0n) api.ReleaseValue(value);
    api.ReleaseSessionOptions(handle);
  }
}

/** Whether inputs have these sizes, one after the other; how many each has is fixed by the model. */
function haveSizes(inputs: readonly OrtTensor[], flat: readonly number[]): boolean {
  let at = 0;
  for (let i = 0; i < inputs.length; i++) {
    const { sizes } = inputs[i];
    for (let dim = 0; dim < sizes.length; dim++) if (sizes[dim] !== flat[at++]) return false;
  }
  return at === flat.length;
}
