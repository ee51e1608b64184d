/**
 * Storage: the memory of one or more tensors, a typed array with a version counter; and the two directions between
 * memory and the numbers kernels compute with. Views, sizes and strides are tensor.ts's.
 */
import { spendBytes } from "../budget.ts";
import { RuntimeError } from "../errors.ts";
import type { DType, DTypeName } from "./dtype.ts";
import { bfloat16FromFloat32, bfloat16ToFloat32, float16FromFloat32, float16ToFloat32 } from "./half.ts";

/** The arrays memory is held in: one for each dtype's element layout. Halves are held as their 16 bits. */
export type StorageArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;

/** The arrays kernels compute with: int64 is computed in float64, halves in float32. */
export type NumberArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

type ArrayConstructor<T> = {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): T;
};

/** The memory layout of each dtype. */
export const storageArrays: Readonly<Record<DTypeName, ArrayConstructor<StorageArray>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** What kernels compute each dtype in. */
export const numberArrays: Readonly<Record<DTypeName, ArrayConstructor<NumberArray>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int64: Float64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** Whether tensors are being made inside `torch.inferenceMode`. */
export const inferenceMode = { enabled: false };

/** The memory that tensors share when they are views of each other. */
export class Storage {
  data: StorageArray;
  /** Counts in-place writes; autograd and device copies compare it. */
  version = 0;
  /** Made inside `torch.inferenceMode`: never part of a gradient graph. */
  readonly inference: boolean = inferenceMode.enabled;
  private int64Words: Int32Array | null = null;

  constructor(data: StorageArray) {
    this.data = data;
  }

  /** Takes other memory of the same length in place of its own: a write to every element without a copy. */
  replace(data: StorageArray): void {
    this.data = data;
    this.int64Words = null;
    this.version++;
  }

  /** The elements of an int64 storage as pairs of 32-bit words, low word first. */
  words(): Int32Array {
    this.int64Words ??= new Int32Array(this.data.buffer, this.data.byteOffset, this.data.length * 2);
    return this.int64Words;
  }
}

/** True if `dtype`'s memory is the very array kernels compute with, so that no conversion is needed. */
export const isDirect = (dtype: DType): boolean => storageArrays[dtype.name] === numberArrays[dtype.name];

/**
 * Small arrays are cut from slabs, as Node's buffers are: V8 gives every array above 64 bytes a buffer of its own, which
 * takes longer than adding up what is in it.
 */
const slabBytes = 8192;
const [leastCut, mostCut] = [64, 1024];
let slab = new ArrayBuffer(slabBytes);
let slabUsed = 0;

/** An array for kernels that write every element: a long one is not cleared first. */
export function allocateUnset(dtype: DType, length: number): NumberArray {
  const Numbers = numberArrays[dtype.name];
  const bytes = length * Numbers.BYTES_PER_ELEMENT;
  if (bytes < leastUnset) return allocateNumbers(dtype, length);
  spendBytes(bytes);
  return new Numbers(Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer);
}

/** Memory of a tensor of `dtype`, for a library that writes every element. */
export function allocateStorage(dtype: DType, length: number): StorageArray {
  if (isDirect(dtype)) return allocateUnset(dtype, length);
  const Elements = storageArrays[dtype.name];
  spendBytes(length * Elements.BYTES_PER_ELEMENT);
  return new Elements(length);
}

/** Below this many bytes clearing costs nothing. */
const leastUnset = 65536;

/** A zeroed array of the kind kernels write results of `dtype` to. */
export function allocateNumbers(dtype: DType, length: number): NumberArray {
  const Numbers = numberArrays[dtype.name];
  const bytes = length * Numbers.BYTES_PER_ELEMENT;
  spendBytes(bytes);
  if (bytes <= leastCut || bytes > mostCut) return new Numbers(length);
  if (slabUsed + bytes > slabBytes) {
    slab = new ArrayBuffer(slabBytes);
    slabUsed = 0;
  }
  const cut = new Numbers(slab, slabUsed, length);
  slabUsed += (bytes + 7) & ~7;
  return cut;
}

/** Wraps what a kernel computed as the memory of a tensor of `dtype`; no copy where the layouts agree. */
export function encode(values: NumberArray, dtype: DType): StorageArray {
  switch (dtype.name) {
    case "int64":
      return encodeInt64(values);
    case "float16":
      return mapToBits(values, float16FromFloat32);
    case "bfloat16":
      return mapToBits(values, bfloat16FromFloat32);
    default:
      return values;
  }
}

function mapToBits(values: NumberArray, convert: (value: number) => number): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = convert(values[i]);
  return bits;
}

const twoTo31 = 2147483648;
const twoTo32 = 4294967296;

function encodeInt64(values: NumberArray): BigInt64Array<ArrayBuffer> {
  const result = new BigInt64Array(values.length);
  const words = new Int32Array(result.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const low = value | 0;
    if (low === value) {
      words[2 * i] = low;
      words[2 * i + 1] = low >> 31;
    } else writeInt64(words, i, value);
  }
  return result;
}

/** Reads as many int64 elements as `out` has room for, from element `start` on. Throws as `readInt64` does. */
export function decodeInt64(words: Int32Array, start: number, out: NumberArray): void {
  for (let i = 0, at = 2 * start; i < out.length; i++, at += 2) {
    const low = words[at];
    out[i] = words[at + 1] === low >> 31 ? low : readInt64(words, at / 2);
  }
}

/** Writes a whole number to element `index` of int64 words. Throws beyond ±2^53, where doubles skip integers. */
function writeInt64(words: Int32Array, index: number, value: number): void {
  if (value >= 0 && value < twoTo31) {
    words[2 * index] = value;
    words[2 * index + 1] = 0;
    return;
  }
  if (!(value >= -9007199254740992 && value <= 9007199254740992)) throw int64RangeError(value);
  const high = Math.floor(value / twoTo32);
  words[2 * index] = value - high * twoTo32;
  words[2 * index + 1] = high;
}

/** Reads element `index` of int64 words as a number. Throws beyond ±2^53. */
function readInt64(words: Int32Array, index: number): number {
  const high = words[2 * index + 1];
  // 2^53 / 2^32 = 2^21: within these high words every integer is exact.
  if (high >= 0x200000 || high < -0x200000) throw int64RangeError(high * twoTo32 + (words[2 * index] >>> 0));
  return high * twoTo32 + (words[2 * index] >>> 0);
}

/** Whether an error says that an int64 lies beyond what JavaScript computes with. */
export const isInt64RangeError = (error: Error): boolean =>
  error.message.startsWith("int64 value ") && error.message.includes("2^53");

function int64RangeError(value: number): RuntimeError {
  return new RuntimeError(
    `int64 value ${value} cannot be computed with: JavaScript numbers are exact only up to 2^53. ` +
      "Copying, printing and saving such values works; convert with .to(torch.float64) to compute with rounded ones.",
  );
}

/** The number element `index` of `storage` stands for. */
export function readElement(storage: Storage, dtype: DType, index: number): number {
  switch (dtype.name) {
    case "int64":
      return readInt64(storage.words(), index);
    case "float16":
      return float16ToFloat32(storage.data[index] as number);
    case "bfloat16":
      return bfloat16ToFloat32(storage.data[index] as number);
    default:
      return storage.data[index] as number;
  }
}

/** Writes a number to element `index` of `storage`, rounded or wrapped as the dtype's memory does. */
export function writeElement(storage: Storage, dtype: DType, index: number, value: number): void {
  switch (dtype.name) {
    case "int64":
      writeInt64(storage.words(), index, value);
      break;
    case "float16":
      storage.data[index] = float16FromFloat32(value);
      break;
    case "bfloat16":
      storage.data[index] = bfloat16FromFloat32(value);
      break;
    default:
      storage.data[index] = value;
  }
}
