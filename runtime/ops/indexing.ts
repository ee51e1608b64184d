/**
 * Indexing: elements picked, filled and scattered by index tensors and masks.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp.
 */
import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import { ternary } from "../kernels/pointwise.ts";
import { fromValues, rawValuesOf, valuesAs, valuesOf } from "../tensor/access.ts";
import { bool, int64, uint8 } from "../tensor/dtype.ts";
import { broadcastSizes, numelOf, sameSizes, wrapDim } from "../tensor/geometry.ts";
import { canCast } from "../tensor/promotion.ts";
import { type Scalar, scalarCategory } from "../tensor/scalar.ts";
import { allocateNumbers, type NumberArray, storageArrays } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const choose = ternary((mask, value, x) => (mask !== 0 ? value : x));

function maskedFillKernel(self: Tensor, mask: Tensor, value: Tensor): Tensor {
  if (mask.dtype !== bool) {
    throw new RuntimeError(
      `masked_fill_ only supports boolean masks, but got mask with dtype ${mask.dtype.scalarName.toLowerCase()}`,
    );
  }
  if (!canCast(value.dtype, self.dtype)) {
    throw new RuntimeError(
      `value cannot be converted to type ${self.dtype.scalarName.toLowerCase()} without overflow`,
    );
  }
  return choose(mask, value, self, [bool, self.dtype, self.dtype], self.dtype);
}

/** `value` where `mask` is true, else the element. */
export const maskedFill: (self: Tensor, mask: Tensor, value: Scalar | Tensor) => Tensor = aten(
  op(
    "aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
    (self, mask, value) => {
      if (scalarCategory(value) === "floating" && self.dtype.category !== "floating") {
        throw new RuntimeError(`value cannot be converted to type ${self.dtype.name}_t without overflow`);
      }
      return maskedFillKernel(self, mask, wrapScalar(value));
    },
    { grad: { self: ({ grad, mask }) => grad.maskedFill(mask, 0) } },
  ),
  op(
    "aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
    (self, mask, value) => {
      if (value.sizes.length > 0) {
        throw new RuntimeError(
          `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.sizes.length} dimension(s).`,
        );
      }
      return maskedFillKernel(self, mask, value);
    },
    {
      gradName: "MaskedFillBackward1",
      grad: {
        self: ({ grad, mask }) => grad.maskedFill(mask, 0),
        value: ({ grad, mask }) => grad.mul(mask).sum(),
      },
    },
  ),
);
export const maskedFill_ = inplaceOf(maskedFill);

/** Checked indices as numbers, negative ones wrapped. */
function indicesOf(index: Tensor, size: number, name: string, dim: number, wraps: boolean): NumberArray {
  if (index.dtype.category !== "integral") {
    throw new RuntimeError(
      `${name}(): Expected dtype int32/int64 for index but got: ${index.dtype.scalarName}`,
    );
  }
  const values = valuesOf(index);
  const out = allocateNumbers(int64, values.length);
  for (let i = 0; i < values.length; i++) {
    const at = values[i];
    if (at >= size || at < (wraps ? -size : 0)) {
      throw wraps
        ? new IndexError(`index ${at} is out of bounds for dimension ${dim} with size ${size}`)
        : new RuntimeError(`index ${at} is out of bounds for dimension ${dim} with size ${size}`);
    }
    out[i] = at < 0 ? at + size : at;
  }
  return out;
}

/** The slices of `dim` that `index`, a vector, names. */
export const indexSelect: (self: Tensor, dim: number, index: Tensor) => Tensor = aten(
  op(
    "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
    (self, dim, index) => {
      if (index.sizes.length > 1) throw new IndexError("index_select(): Index is supposed to be a vector");
      const d = wrapDim(dim, self.sizes.length);
      const sizes = self.sizes.length === 0 ? [] : self.sizes.with(d, index.elements);
      const at = indicesOf(index, self.sizes[d] ?? 1, "index_select", d, false);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](numelOf(sizes));
      const inner = numelOf(self.sizes.slice(d + 1));
      const outer = numelOf(self.sizes.slice(0, d));
      let k = 0;
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < at.length; i++) {
          const from = (o * (self.sizes[d] ?? 1) + at[i]) * inner;
          for (let j = 0; j < inner; j++) out[k++] = raw[from + j];
        }
      }
      return tensorFromArray(out, self.dtype, sizes);
    },
    { grad: { self: ({ grad, self, dim, index }) => self.zerosLike().indexAdd(dim, index, grad) } },
  ),
);

/** The elements that `index` names along `dim`; the result has the shape of `index`. */
export const gather: (self: Tensor, dim: number, index: Tensor) => Tensor = aten(
  op(
    "aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    (self, dim, index) => {
      const d = checkScatterShapes(self, dim, index, "gather");
      const at = indicesOf(index, self.sizes[d] ?? 1, "gather", d, false);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](at.length);
      forEachIndexed(self, d, index.sizes, at, (target, i) => {
        out[i] = raw[target];
      });
      return tensorFromArray(out, self.dtype, index.sizes);
    },
    { grad: { self: ({ grad, self, dim, index }) => self.zerosLike().scatterAdd(dim, index, grad) } },
  ),
);

function checkScatterShapes(self: Tensor, dim: number, index: Tensor, name: string): number {
  const d = wrapDim(dim, self.sizes.length);
  if (index.dtype !== int64 && index.dtype.name !== "int32") {
    throw new RuntimeError(`${name}(): Expected dtype int32/int64 for index`);
  }
  if (Math.max(index.sizes.length, 1) !== Math.max(self.sizes.length, 1)) {
    throw new RuntimeError("Index tensor must have the same number of dimensions as input tensor");
  }
  index.sizes.forEach((size, i) => {
    if (i !== d && size > self.sizes[i]) {
      throw new RuntimeError(
        `Size does not match at dimension ${i} expected index [${index.sizes.join(", ")}] to be no larger than self [${self.sizes.join(", ")}] apart from dimension ${d}`,
      );
    }
  });
  return d;
}

/** For each index element: the row-major place in `self` it names. */
function forEachIndexed(
  self: Tensor,
  dim: number,
  sizes: readonly number[],
  at: NumberArray,
  visit: (target: number, i: number) => void,
): void {
  const rank = sizes.length;
  const index = new Array<number>(rank).fill(0);
  for (let i = 0; i < at.length; i++) {
    let target = 0;
    for (let d = 0; d < rank; d++) target = target * self.sizes[d] + (d === dim ? at[i] : index[d]);
    visit(rank === 0 ? at[i] : target, i);
    for (let d = rank - 1; d >= 0 && ++index[d] === sizes[d]; d--) index[d] = 0;
  }
}

function scatterKernel(
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  name: string,
  combine: (old: number, value: number) => number,
): Tensor {
  const d = checkScatterShapes(self, dim, index, name);
  if (src.dtype !== self.dtype && !src.wrapped) {
    throw new RuntimeError(`${name}(): Expected self.dtype to be equal to src.dtype`);
  }
  const at = indicesOf(index, self.sizes[d] ?? 1, name, d, false);
  const out = valuesOf(self).slice();
  const from = valuesAs(src, self.dtype);
  const place = sourcePlaces(index.sizes, src.sizes);
  forEachIndexed(self, d, index.sizes, at, (target, i) => {
    out[target] = combine(out[target], from[src.wrapped ? 0 : place(i)]);
  });
  return fromValues(out, self.sizes, self.dtype);
}

/** Where element i of `index` lies in a `src` that may be larger. */
function sourcePlaces(indexSizes: readonly number[], srcSizes: readonly number[]): (i: number) => number {
  if (sameSizes(indexSizes, srcSizes)) return (i) => i;
  return (i) => {
    let rest = i;
    let place = 0;
    let stride = 1;
    for (let d = indexSizes.length - 1; d >= 0; d--) {
      place += (rest % indexSizes[d]) * stride;
      rest = Math.floor(rest / indexSizes[d]);
      stride *= srcSizes[d];
    }
    return place;
  };
}

/** A copy with elements of `src` put where `index` says along `dim`. */
export const scatter: (
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | Scalar,
  options?: { reduce: "add" | "multiply" },
) => Tensor = aten(
  op(
    "aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    (self, dim, index, src) => scatterKernel(self, dim, index, src, "scatter", (_, value) => value),
    {
      grad: {
        self: ({ grad, dim, index }) => grad.scatter(dim, index, 0),
        src: ({ grad, dim, index }) => grad.gather(dim, index),
      },
    },
  ),
  op(
    "aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    (self, dim, index, value) => scatterKernel(self, dim, index, wrapScalar(value), "scatter", (_, v) => v),
    { gradName: "ScatterBackward1", grad: { self: ({ grad, dim, index }) => grad.scatter(dim, index, 0) } },
  ),
  op(
    "aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    (self, dim, index, src, reduce) => scatterKernel(self, dim, index, src, "scatter", combiner(reduce)),
  ),
  op(
    "aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    (self, dim, index, value, reduce) =>
      scatterKernel(self, dim, index, wrapScalar(value), "scatter", combiner(reduce)),
  ),
);
export const scatter_ = inplaceOf(scatter);

function combiner(reduce: string): (old: number, value: number) => number {
  if (reduce === "add") return (old, value) => old + value;
  if (reduce === "multiply") return (old, value) => old * value;
  throw new RuntimeError("reduce argument must be either add or multiply.");
}

/** A copy with elements of `src` added where `index` says along `dim`. */
export const scatterAdd: (self: Tensor, dim: number, index: Tensor, src: Tensor) => Tensor = aten(
  op(
    "aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    (self, dim, index, src) =>
      scatterKernel(self, dim, index, src, "scatter_add", (old, value) => old + value),
    { grad: { self: ({ grad }) => grad, src: ({ grad, dim, index }) => grad.gather(dim, index) } },
  ),
);
export const scatterAdd_ = inplaceOf(scatterAdd);

/** A copy with slices of `source`, times `alpha`, added where `index`, a vector, says along `dim`. */
export const indexAdd: (
  self: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options?: { alpha?: Scalar },
) => Tensor = aten(
  op(
    "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
    (self, dim, index, source, alpha) => {
      const d = wrapDim(dim, self.sizes.length);
      const at = indicesOf(index, self.sizes[d] ?? 1, "index_add", d, false);
      const out = valuesOf(self).slice();
      const from = valuesAs(alpha === 1 ? source : source.mul(alpha), self.dtype);
      const inner = numelOf(self.sizes.slice(d + 1));
      const outer = numelOf(self.sizes.slice(0, d));
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < at.length; i++) {
          const target = (o * (self.sizes[d] ?? 1) + at[i]) * inner;
          const start = (o * at.length + i) * inner;
          for (let j = 0; j < inner; j++) out[target + j] += from[start + j];
        }
      }
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      grad: {
        self: ({ grad }) => grad,
        source: ({ grad, dim, index, alpha }) => grad.indexSelect(dim, index).mul(alpha),
      },
    },
  ),
);
export const indexAdd_ = inplaceOf(indexAdd);

/** Index tensors of one shape, masks turned to the indices they hold. */
function expandIndices(self: Tensor, indices: readonly (Tensor | null)[]): (Tensor | null)[] {
  const result: (Tensor | null)[] = [];
  for (const index of indices) {
    if (index !== null && (index.dtype === bool || index.dtype === uint8)) {
      index.sizes.forEach((size, i) => {
        const dim = result.length + i;
        if (size !== self.sizes[dim]) {
          throw new IndexError(
            `The shape of the mask [${index.sizes.join(", ")}] at index ${i} does not match the shape of the indexed tensor [${self.sizes.join(", ")}] at index ${dim}`,
          );
        }
      });
      const places = index.nonzero();
      result.push(...(index.sizes.length === 0 ? [places.select(1, 0)] : places.unbind(1)));
    } else result.push(index);
  }
  if (result.length > self.sizes.length) {
    throw new IndexError(
      `too many indices for tensor of dimension ${self.sizes.length} (got ${result.length})`,
    );
  }
  return [...result, ...new Array<null>(self.sizes.length - result.length).fill(null)];
}

interface IndexPlan {
  readonly sizes: readonly number[];
  /** The row-major place in the indexed tensor of each element of the result. */
  readonly places: Float64Array;
}

function planIndex(self: Tensor, given: readonly (Tensor | null)[]): IndexPlan {
  const indices = expandIndices(self, given);
  const used = indices.map((index, i) => (index === null ? -1 : i)).filter((i) => i >= 0);
  let shape: readonly number[] = [];
  try {
    for (const i of used) shape = broadcastSizes(shape, (indices[i] as Tensor).sizes);
  } catch {
    const shapes = used.map((i) => `[${(indices[i] as Tensor).sizes.join(", ")}]`).join(", ");
    throw new IndexError(
      `shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes}`,
    );
  }
  // Indices that stand side by side leave their dimensions in place; otherwise these come first.
  const adjacent = used.every((dim, i) => i === 0 || dim === used[i - 1] + 1);
  const before = adjacent ? indices.slice(0, used[0]).map((_, i) => i) : [];
  const after = indices.map((_, i) => i).filter((i) => indices[i] === null && !before.includes(i));
  const sizes = [...before.map((i) => self.sizes[i]), ...shape, ...after.map((i) => self.sizes[i])];
  const strides = self.sizes.map((_, i) => numelOf(self.sizes.slice(i + 1)));
  const count = numelOf(shape);
  const picked = new Float64Array(count);
  for (const i of used) {
    const at = indicesOf((indices[i] as Tensor).expand(shape), self.sizes[i], "index", i, true);
    for (let k = 0; k < count; k++) picked[k] += at[k] * strides[i];
  }
  const beforePlaces = placesOf(
    before.map((i) => self.sizes[i]),
    before.map((i) => strides[i]),
  );
  const afterPlaces = placesOf(
    after.map((i) => self.sizes[i]),
    after.map((i) => strides[i]),
  );
  const places = new Float64Array(numelOf(sizes));
  let k = 0;
  for (const b of beforePlaces) for (const p of picked) for (const a of afterPlaces) places[k++] = b + p + a;
  return { sizes, places };
}

function placesOf(sizes: readonly number[], strides: readonly number[]): number[] {
  return sizes.reduce<number[]>(
    (places, size, d) =>
      places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[d])),
    [0],
  );
}

/** The elements that index tensors or masks name, one for each leading dimension; null takes a whole dimension. */
export const indexTensor: (self: Tensor, indices: readonly (Tensor | null)[]) => Tensor = aten(
  op(
    "aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
    (self, indices) => {
      const { sizes, places } = planIndex(self, indices);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](places.length);
      for (let i = 0; i < places.length; i++) out[i] = raw[places[i]];
      return tensorFromArray(out, self.dtype, sizes);
    },
    { grad: { self: ({ grad, self, indices }) => self.zerosLike().indexPut(indices, grad, true) } },
  ),
);

/** A copy with `values` put (or added, with `accumulate`) where index tensors or masks say. */
export const indexPut: (
  self: Tensor,
  indices: readonly (Tensor | null)[],
  values: Tensor,
  accumulate?: boolean,
) => Tensor = aten(
  op(
    "aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
    (self, indices, values, accumulate) => {
      if (values.dtype !== self.dtype) {
        throw new RuntimeError(
          `Index put requires the source and destination dtypes match, got ${self.dtype.scalarName} for the destination and ${values.dtype.scalarName} for the source.`,
        );
      }
      const { sizes, places } = planIndex(self, indices);
      const from = valuesOf(values.expand(sizes));
      const out = valuesOf(self).slice();
      for (let i = 0; i < places.length; i++)
        out[places[i]] = accumulate ? out[places[i]] + from[i] : from[i];
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      grad: {
        self: ({ grad, indices, accumulate }) =>
          accumulate ? grad : grad.indexPut(indices, wrapScalar(0).to(grad.dtype), false),
        values: ({ grad, indices }) => grad.indexTensor(indices),
      },
    },
  ),
);
export const indexPut_ = inplaceOf(indexPut);

/** The indices of elements that are not zero, one row each. */
export const nonzero: (self: Tensor) => Tensor = aten(
  op("aten::nonzero(Tensor self) -> Tensor", (self) => {
    const x = valuesOf(self);
    const rank = self.sizes.length;
    const found: number[] = [];
    for (let i = 0; i < x.length; i++) if (x[i] !== 0) found.push(i);
    const out = allocateNumbers(int64, found.length * rank);
    found.forEach((place, row) => {
      let rest = place;
      for (let d = rank - 1; d >= 0; d--) {
        out[row * rank + d] = rest % self.sizes[d];
        rest = Math.floor(rest / self.sizes[d]);
      }
    });
    return fromValues(out, [found.length, rank], int64);
  }),
);

/** The elements where `mask` is true, as a vector. */
export const maskedSelect: (self: Tensor, mask: Tensor) => Tensor = aten(
  op(
    "aten::masked_select(Tensor self, Tensor mask) -> Tensor",
    (self, mask) => {
      if (mask.dtype !== bool) throw new RuntimeError("masked_select: expected BoolTensor for mask");
      const sizes = broadcastSizes(self.sizes, mask.sizes);
      return self.expand(sizes).indexTensor([mask.expand(sizes)]);
    },
    { composite: true },
  ),
);

function triangle(
  keep: (row: number, column: number, diagonal: number) => boolean,
): (self: Tensor, diagonal: number) => Tensor {
  return (self, diagonal) => {
    const rank = self.sizes.length;
    if (rank < 2) throw new RuntimeError("tril: input tensor must have at least 2 dimensions");
    const [rows, columns] = [self.sizes[rank - 2], self.sizes[rank - 1]];
    const out = rawValuesOf(self).slice();
    const zero = self.dtype === int64 ? 0n : 0;
    for (let i = 0; i < out.length; i++) {
      if (!keep(Math.floor(i / columns) % rows, i % columns, diagonal)) out[i] = zero;
    }
    return tensorFromArray(out, self.dtype, self.sizes);
  };
}

/** The lower triangle of matrices; the rest is 0. */
export const tril: (self: Tensor, diagonal?: number) => Tensor = aten(
  op(
    "aten::tril(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle((row, column, diagonal) => column - row <= diagonal),
    {
      grad: { self: ({ grad, diagonal }) => grad.tril(diagonal) },
    },
  ),
);
export const tril_ = inplaceOf(tril);

/** The upper triangle of matrices; the rest is 0. */
export const triu: (self: Tensor, diagonal?: number) => Tensor = aten(
  op(
    "aten::triu(Tensor self, SymInt diagonal=0) -> Tensor",
    triangle((row, column, diagonal) => column - row >= diagonal),
    {
      grad: { self: ({ grad, diagonal }) => grad.triu(diagonal) },
    },
  ),
);
export const triu_ = inplaceOf(triu);
