/**
 * Numbers as tensors: `x.add(1)` computes with a 0-d tensor that is marked as a number, as Python's binding does.
 * Source: torch/csrc/autograd/python_variable_indexing.cpp, c10::scalar_to_tensor (wrapped numbers).
 */
import { bool, type DType, float64, int64 } from "./dtype.ts";
import { type Scalar, scalarCategory, scalarValue } from "./scalar.ts";
import { encode, numberArrays, Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";

const noSizes: readonly number[] = Object.freeze([]);

const cache = new Map<number, Tensor>();

/** The wrapped 0-d tensor of a scalar: int64, float64 or bool. Shared by equal numbers, so never written to. */
export function wrapScalar(scalar: Scalar): Tensor {
  // -0 and 0 are one key of a Map but two numbers.
  if (typeof scalar !== "number" || Object.is(scalar, -0)) return makeWrapped(scalar);
  let tensor = cache.get(scalar);
  if (tensor === undefined) {
    if (cache.size > 500) cache.clear();
    tensor = makeWrapped(scalar);
    cache.set(scalar, tensor);
  }
  return tensor;
}

function makeWrapped(scalar: Scalar): Tensor {
  const category = scalarCategory(scalar);
  return wrapAs(scalar, category === "floating" ? float64 : category === "integral" ? int64 : bool);
}

function wrapAs(scalar: Scalar, dtype: DType): Tensor {
  if (typeof scalar === "bigint")
    return new Tensor(new Storage(BigInt64Array.of(scalar)), dtype, noSizes, noSizes, 0, true);
  const values = new numberArrays[dtype.name](1);
  values[0] = scalarValue(scalar);
  return new Tensor(new Storage(encode(values, dtype)), dtype, noSizes, noSizes, 0, true);
}
