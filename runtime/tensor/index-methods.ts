/**
 * Indexing as in Python: `x.index(...)` reads and `x.indexPut_(..., value)` writes what index-notation.ts describes.
 * Loading this file makes them methods of every tensor.
 * Source: torch/csrc/autograd/python_variable_indexing.cpp, aten/src/ATen/TensorIndexing.h.
 */
import { hostReads, interpreter, withoutInterpreter } from "../dispatch/interpreter.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import { bool, uint8 } from "./dtype.ts";
import { makeFull } from "./filled.ts";
import { sameSizes } from "./geometry.ts";
import { type IndexArgument, type ReadIndex, readIndices, type Slice, takenDims } from "./index-notation.ts";
import { isScalar, type Scalar } from "./scalar.ts";
import { Tensor } from "./tensor.ts";

declare module "./tensor.ts" {
  interface Tensor {
    /**
     * The elements that Python's `x[...]` gives: a view where only numbers, slices and new dimensions are named, a copy
     * where tensors or masks pick.
     * @example x.index([":", -1]) // [2, 4]
     * @example x.index("1:, ...") // [[3, 4]]
     * @example x.index([0, null, torch.slice(1)]) // [[2]]
     * @example x.index(x.gt(2)) // [3, 4]
     */
    index(indices: IndexArgument): Tensor;
    /**
     * Writes `values`, broadcast, where Python's `x[...] = values` does; with `accumulate` adds them. In a list of
     * nothing but tensors and nulls, null is a whole dimension, as in `aten::index_put_`.
     * @example x.indexPut_([0, "1:"], 5)
     */
    indexPut_(indices: IndexArgument, values: Tensor | Scalar, accumulate?: boolean): Tensor;
  }
}

/** What is left after all but index tensors are applied: a view, and a tensor (or null) for each leading dimension. */
interface Partly {
  readonly view: Tensor;
  readonly tensors: readonly (Tensor | null)[];
}

function apply(self: Tensor, indices: readonly ReadIndex[]): Partly {
  const taken = indices.reduce((sum, index) => sum + takenDims(index), 0);
  if (taken > self.ndim && self.ndim > 0) {
    throw new IndexError(`too many indices for tensor of dimension ${self.ndim}`);
  }
  let view = self;
  let dim = 0;
  const tensors: (Tensor | null)[] = [];
  for (const index of indices) {
    switch (index.kind) {
      case "pick":
        view = pick(view, dim, index.at);
        break;
      case "slice":
        view = part(view, dim++, index);
        break;
      case "new":
        view = view.unsqueeze(dim++);
        break;
      case "ellipsis":
        dim += self.ndim - taken;
        break;
      case "whether":
        view = view.unsqueeze(dim);
        put(tensors, dim++, ops.full([1], index.value, { dtype: bool }));
        break;
      case "tensor":
        put(tensors, dim, index.tensor);
        // A mask of several dimensions takes up as many.
        dim += Math.max(takenDims(index), index.tensor.ndim === 0 ? 0 : 1);
        if (isMask(index.tensor) && index.tensor.ndim === 0) view = view.unsqueeze(dim++);
        break;
    }
  }
  return { view, tensors: merged(tensors) };
}

const isMask = (tensor: Tensor): boolean => tensor.dtype === bool || tensor.dtype === uint8;

function put(tensors: (Tensor | null)[], dim: number, tensor: Tensor): void {
  while (tensors.length < dim) tensors.push(null);
  tensors[dim] = tensor;
}

/** A mask of several dimensions stands once in the list that the operator takes. */
function merged(tensors: readonly (Tensor | null | undefined)[]): (Tensor | null)[] {
  const result: (Tensor | null)[] = [];
  for (let dim = 0; dim < tensors.length; dim++) {
    const tensor = tensors[dim] ?? null;
    result.push(tensor);
    if (tensor !== null && isMask(tensor) && tensor.ndim > 1) dim += tensor.ndim - 1;
  }
  return result;
}

function pick(view: Tensor, dim: number, at: number): Tensor {
  if (view.ndim === 0) {
    throw new IndexError(
      "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
    );
  }
  const size = view.sizes[dim] ?? 0;
  if (typeof at === "number" && (at >= size || at < -size))
    throw new IndexError(`index ${at} is out of bounds for dimension ${dim} with size ${size}`);
  return view.select(dim, at);
}

/** Whole dimensions are left alone, but traces show them as torch's do. */
function part(view: Tensor, dim: number, { start, stop, step }: Slice): Tensor {
  if (view.ndim === 0) throw new IndexError("slice() cannot be applied to a 0-dim tensor.");
  if (start === null && stop === null && step === 1 && interpreter.current === null) return view;
  return view.slice(dim, start ?? 0, stop ?? Number.MAX_SAFE_INTEGER, step);
}

function index(this: Tensor, indices: IndexArgument): Tensor {
  const { view, tensors } = apply(this, readIndices(indices));
  const result = tensors.length > 0 ? view.indexTensor(tensors) : view === this ? ops.alias(this) : view;
  hostReads.current?.returned?.(result, "index");
  return result;
}

const rawIndexPut_ = ops.indexPut_;

function indexPut_(
  this: Tensor,
  indices: IndexArgument,
  values: Tensor | Scalar,
  accumulate = false,
): Tensor {
  if (isRaw(indices) && values instanceof Tensor) return rawIndexPut_(this, indices, values, accumulate);
  const { view, tensors } = apply(this, readIndices(indices));
  const source = isScalar(values) ? makeFull([], values, this.dtype) : values;
  if (tensors.length > 0) rawIndexPut_(view, tensors, fitting(source, view, tensors), accumulate);
  else if (accumulate) view.add_(source);
  else if (sameSizes(source.sizes, view.sizes)) view.copy_(source);
  else if (source.ndim === 0) view.fill_(source);
  else {
    const plain = source.view(source.sizes.slice(leadingOnes(source)));
    view.copy_(sameSizes(plain.sizes, view.sizes) ? plain : plain.expand(view.sizes));
  }
  return this;
}

const isRaw = (indices: IndexArgument): indices is readonly (Tensor | null)[] =>
  Array.isArray(indices) && indices.every((item) => item === null || item instanceof Tensor);

/** How many dimensions of size 1 come first, which are no hindrance, as in Python. */
function leadingOnes({ sizes }: Tensor): number {
  const first = sizes.findIndex((size) => size !== 1);
  return first < 0 ? sizes.length : first;
}

function fitting(source: Tensor, view: Tensor, tensors: readonly (Tensor | null)[]): Tensor {
  const { sizes } = withoutInterpreter(() => ops.indexTensor(view.detach(), tensors));
  const ones = leadingOnes(source);
  const values = ones === 0 ? source : source.view(source.sizes.slice(ones));
  const fits =
    values.ndim <= sizes.length &&
    values.sizes.every((size, i) => size === 1 || size === sizes[sizes.length - values.ndim + i]);
  if (!fits) {
    throw new RuntimeError(
      `shape mismatch: value tensor of shape [${source.sizes.join(", ")}] cannot be broadcast to indexing result of shape [${sizes.join(", ")}]`,
    );
  }
  return values;
}

for (const [name, value] of Object.entries({ index, indexPut_ }))
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });

// Brackets are JavaScript's own: what is not there is undefined, and goes on unseen. The first ones say what to write instead.
for (const at of [-1, ...Array(10).keys()]) {
  const refuse = (): never => {
    throw new TypeError(
      `a tensor has no [${at}]: x.index(${at}) reads it, x.indexPut_(${at}, value) writes it`,
    );
  };
  Object.defineProperty(Tensor.prototype, at, { get: refuse, set: refuse });
}
