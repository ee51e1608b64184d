/**
 * Tensors from JavaScript data: numbers, booleans, bigints, typed arrays, and nested arrays of them.
 * Numbers become float32 as in R torch, bigints int64, booleans bool; typed arrays keep their dtype.
 */
import { ValueError } from "../errors.ts";
import { rawValuesOf } from "./access.ts";
import { bool, type DType, float32, float64, int8, int16, int32, int64, uint8 } from "./dtype.ts";
import { getDefaultDtype } from "./promotion.ts";
import { allocateNumbers, encode, type StorageArray } from "./storage.ts";
import { Tensor, tensorFromArray } from "./tensor.ts";

/** What `torch.tensor` takes. */
export type TensorData = number | boolean | bigint | TypedArray | Tensor | readonly TensorData[];

/** Typed arrays that have a dtype. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

const typedArrayDtypes: readonly (readonly [new (...args: never[]) => TypedArray, DType])[] = [
  [Float32Array, float32],
  [Float64Array, float64],
  [BigInt64Array, int64],
  [Int32Array, int32],
  [Int16Array, int16],
  [Int8Array, int8],
  [Uint8Array, uint8],
];

/** The dtype of a typed array, undefined for other values. */
const dtypeOfTypedArray = (value: unknown): DType | undefined =>
  typedArrayDtypes.find(([type]) => value instanceof type)?.[1];

/** The shape of nested data; all parts of a level must agree. Throws torch's ValueError for ragged data. */
function shapeOf(data: TensorData, path: number): number[] {
  if (data instanceof Tensor) return [...data.sizes];
  if (dtypeOfTypedArray(data) !== undefined) return [(data as TypedArray).length];
  if (!Array.isArray(data)) return [];
  const first = data.length === 0 ? [] : shapeOf(data[0], path + 1);
  data.forEach((part: TensorData, i) => {
    const shape = shapeOf(part, path + 1);
    if (shape.length !== first.length || shape.some((size, k) => size !== first[k])) {
      throw new ValueError(
        shape.length === first.length
          ? `expected sequence of length ${first[0]} at dim ${path + 1} (got ${shape[0]})`
          : `expected every element at dim ${path} to have shape [${first.join(", ")}], but element ${i} has shape [${shape.join(", ")}]`,
      );
    }
  });
  return [data.length, ...first];
}

type Leaf = number | boolean | bigint;

function leavesOf(data: TensorData, out: Leaf[]): Leaf[] {
  if (data instanceof Tensor) for (const value of rawValuesOf(data)) out.push(value as Leaf);
  else if (dtypeOfTypedArray(data) !== undefined) for (const value of data as Float32Array) out.push(value);
  else if (Array.isArray(data)) for (const part of data) leavesOf(part, out);
  else if (typeof data === "number" || typeof data === "boolean" || typeof data === "bigint") out.push(data);
  else
    throw new TypeError(
      `torch.tensor(): expected numbers, booleans, bigints or arrays of them, but got ${describe(data)}`,
    );
  return out;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object"
    ? `an object of ${value.constructor?.name ?? "no class"}`
    : `a ${typeof value} (${JSON.stringify(value)})`;
}

function inferDtype(leaves: readonly Leaf[], data: TensorData): DType {
  const typed = firstTyped(data);
  if (typed !== undefined) return typed;
  if (leaves.length === 0) return getDefaultDtype();
  if (leaves.every((leaf) => typeof leaf === "boolean")) return bool;
  if (leaves.every((leaf) => typeof leaf !== "number")) return int64;
  return getDefaultDtype();
}

function firstTyped(data: TensorData): DType | undefined {
  if (data instanceof Tensor) return data.dtype;
  return Array.isArray(data) ? (data.length > 0 ? firstTyped(data[0]) : undefined) : dtypeOfTypedArray(data);
}

/** A tensor with a copy of `data`. */
export function fromData(data: TensorData, dtype?: DType): Tensor {
  const own = dtypeOfTypedArray(data);
  if (own !== undefined && (dtype === undefined || dtype === own)) {
    return tensorFromArray((data as Float32Array).slice() as StorageArray, own, [
      (data as TypedArray).length,
    ]);
  }
  const sizes = shapeOf(data, 0);
  const leaves = leavesOf(data, []);
  const target = dtype ?? inferDtype(leaves, data);
  if (target === int64) {
    return tensorFromArray(
      BigInt64Array.from(leaves, (leaf) => toBigInt(leaf)),
      int64,
      sizes,
    );
  }
  const values = allocateNumbers(target, leaves.length);
  for (let i = 0; i < values.length; i++)
    values[i] = target === bool ? (leaves[i] ? 1 : 0) : Number(leaves[i]);
  return tensorFromArray(encode(values, target), target, sizes);
}

function toBigInt(leaf: Leaf): bigint {
  if (typeof leaf === "bigint") return leaf;
  const whole = Math.trunc(Number(leaf));
  if (!Number.isSafeInteger(whole)) {
    throw new ValueError(
      `${leaf} cannot be a torch.int64 exactly: pass whole numbers beyond 2^53 as bigints, as in 9007199254740993n`,
    );
  }
  return BigInt(whole);
}
