/** Collation: a list of samples becomes one batch, whatever samples are built of. Source: torch/utils/data/_utils/collate.py. */
import { RuntimeError } from "../errors.ts";
import { stack } from "../ops/functions.ts";
import { fromData } from "../tensor/from-data.ts";
import { Tensor } from "../tensor/tensor.ts";

/** The type of a batch of samples of type T: tensors are stacked, numbers become a tensor, lists and records keep their form. */
export type Collated<T> = T extends Tensor | number | bigint | boolean
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { [K in keyof T]: Collated<T[K]> }
        : unknown;

/**
 * One batch of samples: tensors are stacked along a new first dimension, numbers become a tensor as `torch.tensor`
 * makes one (so class labels are best given as bigints or tensors), strings a list; lists and records are collated
 * item by item.
 */
export function defaultCollate<T>(samples: readonly T[]): Collated<T> {
  return collate(samples) as Collated<T>;
}

function collate(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (first instanceof Tensor) return stack(samples as Tensor[]);
  if (typeof first === "number" || typeof first === "bigint" || typeof first === "boolean")
    return fromData(samples as number[]);
  if (typeof first === "string") return [...samples];
  if (Array.isArray(first)) {
    const lists = samples as unknown[][];
    if (lists.some((list) => list.length !== first.length))
      throw new RuntimeError("each element in list of batch should be of equal size");
    return first.map((_, i) => collate(lists.map((list) => list[i])));
  }
  if (ArrayBuffer.isView(first)) return stack(samples.map((item) => fromData(item as Float32Array)));
  if (typeof first === "object" && first !== null) {
    const records = samples as Record<string, unknown>[];
    return Object.fromEntries(
      Object.keys(first).map((key) => [key, collate(records.map((record) => record[key]))]),
    );
  }
  throw new TypeError(
    `default_collate: batch must contain tensors, numbers, strings, lists or records; found ${first === null ? "null" : typeof first}`,
  );
}
