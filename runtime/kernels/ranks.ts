/**
 * Kernels that only compare elements and pick from them, on int64 beyond 2^53: each number is replaced by its rank among all
 * that the call holds, which compares alike, and what was picked is replaced back. Nothing is computed, so nothing is lost.
 */
import { int64 } from "../tensor/dtype.ts";
import { type Scalar, scalarCategory, scalarValue } from "../tensor/scalar.ts";
import { Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * Calls `kernel` on ranks in place of int64 elements, and of the numbers among the arguments that `scalars` names. `picked` names
 * the results that hold elements; other int64 results, such as places, stay as they are. Null where other dtypes would have to be
 * compared with them.
 */
export function byRanks(
  kernel: (...args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  scalars: readonly number[],
  picked: readonly number[],
): unknown {
  const tensors = args.filter((value) => value instanceof Tensor);
  if (tensors.some(({ dtype }) => dtype !== int64 && dtype.category !== "bool")) return null;
  const numbers = scalars.map((at) => args[at] as Scalar | null).filter((number) => number !== null);
  if (numbers.some((number) => scalarCategory(number) !== "integral")) return null;
  const wide = tensors.filter(({ dtype }) => dtype === int64);
  const sorted = [
    ...new Set([...wide.flatMap(elementsOf), ...numbers.map((number) => BigInt(scalarValue(number)))]),
  ].sort((a, b) => (a < b ? -1 : 1));
  const ranks = new Map(sorted.map((value, rank) => [value, BigInt(rank)]));
  const rankOf = (element: bigint): bigint => ranks.get(element) ?? 0n;
  const ranked = args.map((value, i) => {
    if (value instanceof Tensor && value.dtype === int64) return replaced(value, rankOf);
    return scalars.includes(i) && value !== null
      ? Number(rankOf(BigInt(scalarValue(value as Scalar))))
      : value;
  });
  const results = kernel(...ranked);
  const back = (result: unknown, i: number): unknown =>
    result instanceof Tensor && picked.includes(i)
      ? replaced(result, (rank) => sorted[Number(rank)] ?? 0n)
      : result;
  return Array.isArray(results) ? results.map(back) : back(results, 0);
}

const elementsOf = ({ storage }: Tensor): bigint[] => Array.from(storage.data as BigInt64Array);

/** The tensor with other elements, lying in memory as it does. */
function replaced(tensor: Tensor, change: (element: bigint) => bigint): Tensor {
  const { storage, dtype, sizes, strides, offset, wrapped } = tensor;
  const memory = (storage.data as BigInt64Array).map(change);
  return new Tensor(new Storage(memory), dtype, sizes, strides, offset, wrapped);
}
