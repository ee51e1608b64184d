/**
 * ONNX Runtime's C API, called in its own library: the binding that onnxruntime-node has for it copies every result and takes several
 * times as long for a call. The functions lie in a table (`OrtApi` in onnxruntime_c_api.h) that only ever grows at its end, so their
 * places are as fixed as their signatures. Sessions are session.ts's.
 */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { LibraryHandle } from "koffi";

/** An address in the library's memory. */
export type Handle = bigint;

/** What a pointer to memory may be: an array of ours, an address, or null. */
type Pointer = ArrayBufferView | Handle | null;

/** The functions that are used here; those that may fail throw their message. */
export interface OrtApi {
  /** Creates what `slot[0]` then points to. */
  CreateSessionOptions(slot: BigUint64Array): void;
  DisableCpuMemArena(options: Handle): void;
  SetIntraOpNumThreads(options: Handle, threads: number): void;
  DisablePerSessionThreads(options: Handle): void;
  AddExternalInitializers(
    options: Handle,
    names: BigUint64Array,
    values: BigUint64Array,
    count: number,
  ): void;
  CreateSessionFromArray(
    env: Handle,
    model: Uint8Array,
    length: number,
    options: Handle,
    slot: Pointer,
  ): void;
  CreateTensorWithDataAsOrtValue(
    memory: Handle,
    data: Pointer,
    bytes: number,
    sizes: Pointer,
    rank: number,
    elementType: number,
    slot: Pointer,
  ): void;
  Run(
    session: Handle,
    options: null,
    inputNames: Pointer,
    inputs: Pointer,
    inputCount: number,
    outputNames: Pointer,
    outputCount: number,
    outputs: Pointer,
  ): void;
  GetTensorTypeAndShape(value: Handle, slot: Pointer): void;
  GetTensorElementType(info: Handle, out: Int32Array): void;
  GetDimensionsCount(info: Handle, out: BigUint64Array): void;
  GetDimensions(info: Handle, out: BigInt64Array, count: number): void;
  GetTensorMutableData(value: Handle, slot: Pointer): void;
  ReleaseSession(session: Handle): void;
  ReleaseValue(value: Handle): void;
  ReleaseTensorTypeAndShapeInfo(info: Handle): void;
  ReleaseSessionOptions(options: Handle): void;
}

/** The library, ready for sessions. */
export interface OrtLibrary {
  readonly api: OrtApi;
  /** Held on to: the library is unloaded once nobody does. */
  readonly library: LibraryHandle;
  /** The one environment that all sessions are of; it has the threads that they share. */
  readonly env: Handle;
  /** How many threads that is. */
  readonly threads: number;
  /** Says of a tensor that its memory is the processor's. */
  readonly memory: Handle;
  /** The address of an array's memory, which the caller keeps alive. */
  address(array: ArrayBufferView): Handle;
  /** Memory of the library's as bytes, which are to be read before it is released. */
  bytesAt(address: Handle, count: number): Uint8Array;
}

const [pointer, size] = ["void *", "size_t"];
const [int, text, handle] = ["int", "const char *", "uint64_t"];

/** Where each function lies in the table, and what it takes: all but the releasing ones give an `OrtStatus *`, null if all went well. */
const places: Readonly<Record<keyof OrtApi, readonly [place: number, ...parameters: string[]]>> = {
  CreateSessionFromArray: [8, handle, pointer, size, handle, pointer],
  Run: [9, handle, pointer, pointer, pointer, size, pointer, size, pointer],
  CreateSessionOptions: [10, pointer],
  DisableCpuMemArena: [19, handle],
  SetIntraOpNumThreads: [24, handle, int],
  CreateTensorWithDataAsOrtValue: [49, handle, pointer, size, pointer, size, int, pointer],
  GetTensorMutableData: [51, handle, pointer],
  GetTensorElementType: [60, handle, pointer],
  GetDimensionsCount: [61, handle, pointer],
  GetDimensions: [62, handle, pointer, size],
  GetTensorTypeAndShape: [65, handle, pointer],
  DisablePerSessionThreads: [120, handle],
  ReleaseSession: [95, handle],
  ReleaseValue: [96, handle],
  ReleaseTensorTypeAndShapeInfo: [99, handle],
  ReleaseSessionOptions: [100, handle],
  AddExternalInitializers: [210, handle, pointer, pointer, size],
};

/** The version of the table that has all of these. */
const apiVersion = 18;
/** Nothing below what ends the process is logged. */
const fatalOnly = 4;

/** More threads do not make single operators faster. */
const threads = Math.min(availableParallelism(), 8);

/** Loads the library. Throws where it, or what calls it, is not there for this machine. */
export function loadLibrary(): OrtLibrary {
  const require = createRequire(import.meta.url);
  const koffi = require("koffi") as typeof import("koffi");
  const library = koffi.load(libraryPath(require));
  const base: Handle = library.func("void *OrtGetApiBase()")();
  const getApi: (version: number) => Handle | null = koffi.decode(
    koffi.decode(base, pointer),
    koffi.proto(pointer, ["uint32_t"]),
  );
  const table = getApi(apiVersion);
  if (table === null) throw new Error("this version of ONNX Runtime is too old");
  const entry = (place: number, result: string, parameters: readonly string[]) =>
    koffi.decode(
      koffi.decode(table, place * koffi.sizeof(pointer), pointer),
      koffi.proto(result, [...parameters]),
    );

  const messageOf = entry(2, text, [pointer]);
  const releaseStatus = entry(93, "void", [pointer]);
  const checked = (call: (...args: unknown[]) => Handle | null) => {
    return (...args: unknown[]): void => {
      const status = call(...args);
      if (status === null) return;
      const message: string = messageOf(status);
      releaseStatus(status);
      throw new Error(message);
    };
  };
  const functionOf = (name: string, [place, ...parameters]: readonly [number, ...string[]]) =>
    name.startsWith("Release")
      ? entry(place, "void", parameters)
      : checked(entry(place, pointer, parameters));
  const api = Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, functionOf(name, place)]),
  ) as unknown as OrtApi;

  const slot = new BigUint64Array(1);
  checked(entry(121, pointer, [pointer]))(slot);
  const threading = slot[0];
  checked(entry(147, pointer, [handle, int]))(threading, threads);
  checked(entry(119, pointer, [int, text, handle, pointer]))(fatalOnly, "tracebook", threading, slot);
  const env = slot[0];
  // OrtDeviceAllocator 0, OrtMemTypeDefault 0.
  checked(entry(69, pointer, [int, int, pointer]))(0, 0, slot);
  return {
    api,
    env,
    threads,
    memory: slot[0],
    library,
    address: (array) => koffi.address(array),
    bytesAt: (address, count) => new Uint8Array(koffi.view(address, count)),
  };
}

/** Where onnxruntime-node keeps the library for this machine. Throws where it has none. */
export function libraryPath(require: NodeJS.Require = createRequire(import.meta.url)): string {
  const folder = join(
    dirname(require.resolve("onnxruntime-node/package.json")),
    "bin/napi-v6",
    process.platform,
    process.arch,
  );
  const name = readdirSync(folder).find((file) => /^(lib)?onnxruntime\.(so|dll$|\d+\.dylib$)/.test(file));
  if (name === undefined) throw new Error(`there is no library of ONNX Runtime in ${folder}`);
  return join(folder, name);
}
