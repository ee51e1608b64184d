/**
 * Reading indices: the items of `x.index([0, ":", torch.slice(1, null, 2), null, "...", mask])` and of strings such as
 * `"1:3, ..., -1"`. Applying them is index-methods.ts's.
 * Source of rules: torch/csrc/autograd/python_variable_indexing.cpp.
 */
import { hostReads } from "../dispatch/interpreter.ts";
import { IndexError, ValueError } from "../errors.ts";
import { firstValue } from "./access.ts";
import { bool, int64, uint8 } from "./dtype.ts";
import { fromData, type TypedArray } from "./from-data.ts";
import { Tensor } from "./tensor.ts";

/** Python's `start:stop:step`; null leaves an end open. */
export interface Slice {
  readonly kind: "slice";
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number;
}

/** Sizes that were read in a trace are tensors behind the type `number`; outside of one they are the numbers they hold. */
const isSize = (value: unknown): value is Tensor =>
  value instanceof Tensor && value.ndim === 0 && value.dtype.category === "integral" && value.dtype !== uint8;

const sizeOf = (value: Tensor): number =>
  hostReads.current === null ? firstValue(value) : (value as unknown as number);

/**
 * One index. A number picks along a dimension, a slice or its text (`"1:3"`, `":"`, `"::2"`) takes a part, null adds a
 * dimension, `"..."` stands for the dimensions not named, a boolean keeps all or nothing; tensors, typed arrays and
 * lists of numbers pick by index, boolean tensors by mask.
 */
export type IndexItem =
  | number
  | bigint
  | boolean
  | null
  | string
  | Slice
  | Tensor
  | TypedArray
  | readonly number[]
  | readonly (readonly number[])[];

/** What `index` takes: a list with an item for each dimension, a string of items, or one item that is no list. */
export type IndexArgument = readonly IndexItem[] | Exclude<IndexItem, readonly unknown[]>;

/** An index that has been read. */
export type ReadIndex =
  | { readonly kind: "pick"; readonly at: number }
  | Slice
  | { readonly kind: "new" }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "whether"; readonly value: boolean }
  | { readonly kind: "tensor"; readonly tensor: Tensor };

/**
 * A slice, as Python's `start:stop:step`.
 * @example x.index([torch.slice(1, null, 2)]) // x[1::2]
 */
export function makeSlice(start: number | null = null, stop: number | null = null, step = 1): Slice {
  for (const value of [start, stop, step]) {
    if (value !== null && !isSize(value) && !Number.isInteger(value))
      throw new TypeError(`slice(): expected whole numbers or null, but got ${value}`);
  }
  if (step === 0) throw new ValueError("slice step cannot be zero");
  if (step < 0) throw new ValueError("step must be greater than zero");
  return Object.freeze({ kind: "slice", start, stop, step });
}

/** The items of an argument. Throws an IndexError for what is no index. */
export function readIndices(argument: IndexArgument): ReadIndex[] {
  if (typeof argument === "string") return argument.split(",").map((text) => readText(text));
  return (Array.isArray(argument) ? (argument as readonly IndexItem[]) : [argument as IndexItem]).map(
    readItem,
  );
}

function readItem(item: IndexItem): ReadIndex {
  if (item === null) return { kind: "new" };
  if (typeof item === "string") return readText(item);
  if (typeof item === "boolean") return { kind: "whether", value: item };
  if (typeof item === "bigint") return { kind: "pick", at: Number(item) };
  if (typeof item === "number") {
    if (!Number.isInteger(item)) throw invalid("float");
    return { kind: "pick", at: item };
  }
  if (isSize(item)) return { kind: "pick", at: sizeOf(item) };
  if (item instanceof Tensor) return readTensor(item);
  if (Array.isArray(item)) return readTensor(fromData(item, int64).to({ device: "cpu", dtype: int64 }));
  if (ArrayBuffer.isView(item)) return readTensor(fromData(item as TypedArray));
  if (typeof item === "object" && (item as Slice).kind === "slice") return item as Slice;
  throw invalid(typeof item);
}

const invalid = (type: string): IndexError =>
  new IndexError(
    `only integers, slices (\`:\`), ellipsis (\`...\`), None and long or byte Variables are valid indices (got ${type})`,
  );

function readTensor(tensor: Tensor): ReadIndex {
  if (
    tensor.dtype !== int64 &&
    tensor.dtype.name !== "int32" &&
    tensor.dtype !== bool &&
    tensor.dtype !== uint8
  )
    throw new IndexError("tensors used as indices must be long, int, byte or bool tensors");
  return { kind: "tensor", tensor };
}

function readText(given: string): ReadIndex {
  const text = given.trim();
  if (text === "...") return { kind: "ellipsis" };
  if (text === "None" || text === "null") return { kind: "new" };
  if (text === "True" || text === "true") return { kind: "whether", value: true };
  if (text === "False" || text === "false") return { kind: "whether", value: false };
  if (/^[-+]?\d+$/.test(text)) return { kind: "pick", at: Number(text) };
  const parts = text.split(":").map((part) => part.trim());
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => !/^([-+]?\d+)?$/.test(part))) {
    throw new IndexError(
      `cannot read the index "${text}": expected a whole number, a slice such as "1:3" or "::2", "...", or "None"`,
    );
  }
  const [start, stop, step] = parts.map((part) => (part === "" ? null : Number(part)));
  return makeSlice(start, stop, step ?? 1);
}

/** How many dimensions of the tensor an index takes up. */
export function takenDims(index: ReadIndex): number {
  if (index.kind === "pick" || index.kind === "slice") return 1;
  if (index.kind !== "tensor") return 0;
  const { dtype, ndim } = index.tensor;
  return dtype === bool || dtype === uint8 ? ndim : 1;
}
