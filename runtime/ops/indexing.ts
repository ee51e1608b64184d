/**
 * Indexing by tensors and masks, one for each leading dimension.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/TensorAdvancedIndexing.cpp.
 */

import { aten, inplaceOf, op } from "../dispatch/op.ts";
import { IndexError, RuntimeError } from "../errors.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import * as writing from "../jit/onnx/writing.ts";
import { indicesOf } from "../kernels/indices.ts";
import { fromValues, rawValuesOf, valuesOf } from "../tensor/access.ts";
import { bool, int64, uint8 } from "../tensor/dtype.ts";
import { broadcastSizes, numelOf } from "../tensor/geometry.ts";
import { allocateNumbers, storageArrays } from "../tensor/storage.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

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
      if (indices.length === 0) throw new IndexError("at least one index must be provided");
      const { sizes, places } = planIndex(self, indices);
      const raw = rawValuesOf(self);
      const out = new storageArrays[self.dtype.name](places.length);
      for (let i = 0; i < places.length; i++) out[i] = raw[places[i]];
      return tensorFromArray(out, self.dtype, sizes);
    },
    {
      onnx: shapes.index,
      onnxExport: writing.index,
      grad: { self: ({ grad, self, indices }) => self.zerosLike().indexPut(indices, grad, true) },
    },
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
      const extra = values.sizes.length - sizes.length;
      const fits = values.sizes.every((size, i) => size === 1 || (i >= extra && size === sizes[i - extra]));
      if (!fits || extra > 0) {
        throw new RuntimeError(
          `shape mismatch: value tensor of shape [${values.sizes.join(", ")}] cannot be broadcast to indexing result of shape [${sizes.join(", ")}]`,
        );
      }
      const from = valuesOf(values.expand(sizes));
      const out = valuesOf(self).slice();
      if (!accumulate) for (let i = 0; i < places.length; i++) out[places[i]] = from[i];
      else if (self.dtype === bool) for (let i = 0; i < places.length; i++) out[places[i]] |= from[i];
      else for (let i = 0; i < places.length; i++) out[places[i]] += from[i];
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      onnxExport: writing.indexPut,
      overlapping: true,
      grad: {
        self: ({ grad, indices, accumulate }) =>
          accumulate ? grad : grad.indexPut(indices, wrapScalar(0).to(grad.dtype), false),
        values: ({ grad, indices }) => grad.indexTensor(indices),
      },
    },
  ),
);
/** `indexPut`, written to `self`. */
export const indexPut_ = inplaceOf(indexPut);

/**
 * The indices of elements that are not zero, one row each.
 * @example torch.tensor([0, 5]).nonzero() // [[1]]
 */
export const nonzero: (self: Tensor) => Tensor = aten(
  op(
    "aten::nonzero(Tensor self) -> Tensor",
    (self) => {
      const x = valuesOf(self);
      const rank = self.sizes.length;
      const found: number[] = [];
      for (let i = 0; i < x.length; i++) if (x[i] !== 0) found.push(i);
      const out = allocateNumbers(int64, found.length * rank);
      found.forEach((place, row) => {
        let rest = place;
        for (let d = rank - 1; d >= 0; d--) {
          out[d * found.length + row] = rest % self.sizes[d];
          rest = Math.floor(rest / self.sizes[d]);
        }
      });
      // In memory the indices of a dimension lie together, as torch has them.
      return fromValues(out, [rank, found.length], int64).t();
    },
    { onnxExport: writing.nonzero },
  ),
);

/**
 * The elements where `mask` is true, as a vector.
 * @example x.maskedSelect(x.gt(2)) // [3, 4]
 */
export const maskedSelect: (self: Tensor, mask: Tensor) => Tensor = aten(
  op(
    "aten::masked_select(Tensor self, Tensor mask) -> Tensor",
    (self, mask) => {
      if (mask.dtype !== bool) throw new RuntimeError("masked_select: expected BoolTensor for mask");
      const sizes = broadcastSizes(mask.sizes, self.sizes);
      // A number has no dimension to index.
      const spread = sizes.length === 0 ? [1] : sizes;
      return self.expand(spread).indexTensor([mask.expand(spread)]);
    },
    { onnxExport: writing.maskedSelect, composite: true },
  ),
);
