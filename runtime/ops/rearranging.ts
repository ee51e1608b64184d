/**
 * Rearranging a tensor's elements: rolling, turning, repeating, stacking rows and columns.
 * Channels and pixels are pixel-shuffling.ts's, views view.ts's, splitting splitting.ts's. Source: derivatives.yaml, aten/src/ATen/native/TensorShape.cpp,
 * TensorTransformations.cpp, Repeat.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { IndexError, NotImplementedError, RuntimeError } from "../errors.ts";
import * as ordering from "../jit/onnx/ordering.ts";
import * as rearranging from "../jit/onnx/rearranging.ts";
import * as writing from "../jit/onnx/writing.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { bool, int32, int64 } from "../tensor/dtype.ts";
import { broadcastSizes, wrapDim } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";

const composite = { composite: true } as const;

/**
 * Shifts elements along dimensions; what leaves at one end comes in at the other.
 * @example torch.arange(3).roll(1) // [2, 0, 1]
 */
export const roll: (
  self: Tensor,
  shifts: number | readonly number[],
  dims?: number | readonly number[],
) => Tensor = aten(
  op("aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor", rollKernel, {
    onnx: rearranging.roll,
    grad: {
      self: ({ grad, shifts, dims }) =>
        roll(
          grad,
          (shifts as readonly number[]).map((shift) => -shift),
          dims,
        ),
    },
  }),
);

function rollKernel(self: Tensor, shifts: readonly number[], dims: readonly number[]): Tensor {
  if (dims.length === 0 && shifts.length === 1) {
    return rollOne(self.reshape([-1]), shifts[0], 0).reshape(self.sizes);
  }
  if (shifts.length === 0) throw new RuntimeError("`shifts` required");
  if (shifts.length !== dims.length) {
    throw new RuntimeError(`shifts and dimensions must align. shifts: ${shifts.length}, dims:${dims.length}`);
  }
  return shifts.reduce((result, shift, i) => rollOne(result, shift, dims[i]), self);
}

function rollOne(self: Tensor, shift: number, dim: number): Tensor {
  if (self.elements === 0) return self.clone();
  const d = wrapDim(dim, self.ndim);
  const size = self.sizes[d];
  const start = (((size - shift) % size) + size) % size;
  return cat([self.narrow(d, start, size - start), self.narrow(d, 0, start)], d);
}

/** Turns by `k` quarter turns in the plane of two dimensions. */
export const rot90: (self: Tensor, k?: number, dims?: readonly number[]) => Tensor = aten(
  op(
    "aten::rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor",
    (self, k, dims) => {
      if (dims.length !== 2) {
        throw new RuntimeError(`expected total rotation dims == 2, but got dims = ${dims.length}`);
      }
      if (self.ndim < 2)
        throw new RuntimeError(`expected total dims >= 2, but got total dims = ${self.ndim}`);
      if (dims[0] === dims[1] || Math.abs(dims[0] - dims[1]) === self.ndim) {
        throw new RuntimeError(
          `expected rotation dims to be different, but got dim0 = ${dims[0]} and dim1 = ${dims[1]}`,
        );
      }
      const [first, second] = dims.map((dim) => wrapDim(dim, self.ndim));
      const turns = ((k % 4) + 4) % 4;
      if (turns === 1) return self.flip([second]).transpose(first, second).clone();
      if (turns === 2) return self.flip([first, second]);
      if (turns === 3) return self.flip([first]).transpose(first, second).clone();
      return self.clone();
    },
    { grad: { self: ({ grad, k, dims }) => rot90(grad, -k, dims) } },
  ),
);

/** The columns in reverse order. */
export const fliplr: (self: Tensor) => Tensor = aten(
  op(
    "aten::fliplr(Tensor self) -> Tensor",
    (self) => {
      if (self.ndim < 2) throw new RuntimeError("Input must be >= 2-d.");
      return self.flip([1]);
    },
    composite,
  ),
);

/** The rows in reverse order. */
export const flipud: (self: Tensor) => Tensor = aten(
  op(
    "aten::flipud(Tensor self) -> Tensor",
    (self) => {
      if (self.ndim < 1) throw new RuntimeError("Input must be >= 1-d.");
      return self.flip([0]);
    },
    composite,
  ),
);

/**
 * The tensor laid out next to itself, `dims` times along each dimension.
 * @example torch.tensor([1, 2]).tile([2]) // [1, 2, 1, 2]
 */
export const tile: {
  (self: Tensor, dims: readonly number[]): Tensor;
  (self: Tensor, ...dims: number[]): Tensor;
} = aten(
  op(
    "aten::tile(Tensor self, SymInt[] dims) -> Tensor",
    (self, dims) => {
      const missing = Math.max(self.ndim - dims.length, 0);
      return self.repeat([...new Array<number>(missing).fill(1), ...dims]);
    },
    composite,
  ),
);

/** Each element repeated, all as often or each its own times. */
export interface RepeatInterleave {
  (self: Tensor, repeats: number | Tensor, dim?: number | null, options?: { outputSize?: number }): Tensor;
  (repeats: Tensor, options?: { outputSize?: number }): Tensor;
}

function repeatedIndices(repeats: Tensor, outputSize: number | null): Tensor {
  if (repeats.dtype !== int64 && repeats.dtype !== int32) {
    throw new NotImplementedError(
      `"repeat_interleave_cpu" not implemented for '${repeats.dtype.scalarName}'`,
    );
  }
  if (repeats.ndim !== 1) throw new RuntimeError("repeat_interleave only accept 1D vector as repeat");
  if (repeats.elements === 0) return repeats.clone();
  const counts = Array.from(valuesOf(repeats));
  if (counts.some((count) => count < 0)) throw new RuntimeError("repeats can not be negative");
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (outputSize !== null && outputSize !== total)
    throw new RuntimeError("allocated size does not match required size");
  if (total >= 2 ** 32) throw new RuntimeError(`no memory holds ${total} repetitions`);
  const indices = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  return fromValues(Float64Array.from(indices), [indices.length], repeats.dtype);
}

function repeatElements(
  self: Tensor,
  repeats: Tensor,
  dim: number | null,
  outputSize: number | null = null,
): Tensor {
  const input = dim === null ? self.flatten() : self;
  const d = wrapDim(dim ?? 0, input.ndim);
  const size = input.sizes[d] ?? 1;
  const counts = repeats.ndim === 0 || repeats.elements === 1 ? repeats.reshape([1]).expand([size]) : repeats;
  if (counts.sizes[0] !== size) {
    throw new RuntimeError(
      `repeats must have the same size as input along dim, but got repeats.size(0) = ${counts.sizes[0]} and input.size(${d}) = ${size}`,
    );
  }
  return input.indexSelect(d, repeatedIndices(counts, outputSize));
}

/**
 * Each element repeated: all as often, or each its own times.
 * @example torch.tensor([1, 2]).repeatInterleave(2) // [1, 1, 2, 2]
 */
export const repeatInterleave: RepeatInterleave = aten(
  op(
    "aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    (self, repeats, dim, outputSize) => {
      if (dim !== null && self.ndim === 0) wrapDim(1, 1);
      const size = dim === null ? self.elements : (self.sizes[wrapDim(dim, self.ndim)] ?? 1);
      if (repeats < 0) throw new RuntimeError("Repeats must be non-negative");
      if (outputSize !== null && outputSize !== size * repeats) {
        throw new RuntimeError(
          `repeat_interleave: Invalid output_size, expected ${size * repeats} but got ${outputSize}`,
        );
      }
      const count = allocateNumbers(int64, 1);
      count[0] = repeats;
      return repeatElements(self, fromValues(count, [1], int64), dim);
    },
    { ...composite, onnxExport: rearranging.repeatInterleave },
  ),
  op(
    "aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    repeatElements,
    composite,
  ),
  op(
    "aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
    repeatedIndices,
  ),
);

/** Class numbers as vectors with a single 1. */
export const oneHot: (self: Tensor, numClasses?: number) => Tensor = aten(
  op(
    "aten::one_hot(Tensor self, int num_classes=-1) -> Tensor",
    (self, numClasses) => {
      if (self.dtype !== int64) {
        throw new RuntimeError(`one_hot is only applicable to index tensor of type LongTensor.`);
      }
      const classes = valuesOf(self);
      if (classes.length === 0 && numClasses <= 0) {
        throw new RuntimeError("Can not infer total number of classes from empty tensor.");
      }
      if (classes.some((c) => c < 0)) throw new RuntimeError("Class values must be non-negative.");
      const greatest = Math.max(-1, ...classes);
      if (numClasses !== -1 && numClasses <= greatest) {
        throw new RuntimeError("Class values must be smaller than num_classes.");
      }
      const count = numClasses < 0 ? greatest + 1 : numClasses;
      const out = allocateNumbers(int64, classes.length * count);
      classes.forEach((c, i) => {
        out[i * count + c] = 1;
      });
      return fromValues(out, [...self.sizes, count], int64);
    },
    { onnxExport: ordering.oneHot },
  ),
);

/** The elements at places of the flattened tensor. */
export const take: (self: Tensor, index: Tensor) => Tensor = aten(
  op(
    "aten::take(Tensor self, Tensor index) -> Tensor",
    (self, index) => {
      if (index.dtype !== int64) {
        throw new RuntimeError(`take(): Expected a long tensor for index, but got ${index.dtype.scalarName}`);
      }
      if (self.elements === 0 && index.elements > 0)
        throw new IndexError("take(): tried to take from an empty tensor");
      return self.reshape([-1]).indexSelect(0, checkedPlaces(index, self.elements)).reshape(index.sizes);
    },
    {
      onnxExport: writing.take,
      grad: { self: ({ grad, self, index }) => put(self.zerosLike(), index, grad, true) },
    },
  ),
);

/** Places counted from the front. Throws an IndexError for those beyond either end. */
function checkedPlaces(index: Tensor, count: number): Tensor {
  const places = Float64Array.from(valuesOf(index), (place) => {
    if (place < -count || place >= count)
      throw new IndexError(`out of range: tried to access index ${place} on a tensor of ${count} elements.`);
    return place < 0 ? place + count : place;
  });
  return fromValues(places, [places.length], int64);
}

/** A copy with `source`'s elements put (or added) at places of the flattened tensor. */
export const put: (self: Tensor, index: Tensor, source: Tensor, accumulate?: boolean) => Tensor = aten(
  op(
    "aten::put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor",
    (self, index, source, accumulate) => {
      if (index.dtype !== int64) {
        throw new RuntimeError(`put_(): Expected a long tensor for index, but got ${index.dtype.scalarName}`);
      }
      if (self.dtype !== source.dtype) {
        throw new RuntimeError(
          `put_(): self and source expected to have the same dtype, but got self.dtype = ${self.dtype.scalarName} and source.dtype = ${source.dtype.scalarName}`,
        );
      }
      if (index.elements !== source.elements) {
        throw new IndexError(
          `put_(): Expected source and index to have the same number of elements, but got source.numel() = ${source.elements}, index.numel() = ${index.elements}`,
        );
      }
      const places = valuesOf(checkedPlaces(index, self.elements));
      const values = valuesOf(source);
      const out = valuesOf(self).slice();
      if (!accumulate) for (let i = 0; i < places.length; i++) out[places[i]] = values[i];
      else if (self.dtype === bool) for (let i = 0; i < places.length; i++) out[places[i]] |= values[i];
      else for (let i = 0; i < places.length; i++) out[places[i]] += values[i];
      return fromValues(out, self.sizes, self.dtype);
    },
    {
      grad: {
        self: ({ grad, index, source, accumulate }) =>
          accumulate ? grad : put(grad, index, source.zerosLike(), false),
        source: ({ grad, index, source }) => take(grad, index).reshape(source.sizes),
      },
    },
  ),
);

/** The elements at `indices` along `dim`, or of the flattened tensor. */
export const takeAlongDim: (self: Tensor, indices: Tensor, dim?: number | null) => Tensor = aten(
  op(
    "aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor",
    (self, indices, dim) => {
      if (dim === null && indices.dtype !== int64) {
        throw new RuntimeError("gather(): Expected dtype int32/int64 for index");
      }
      if (indices.dtype !== int64) {
        throw new RuntimeError(
          `torch.take_along_dim(): dtype of indices should be Long but got ${indices.dtype.scalarName}`,
        );
      }
      if (dim === null) return self.view([-1]).gather(0, indices.view([-1]));
      if (self.ndim !== indices.ndim) {
        throw new RuntimeError(
          `torch.take_along_dim(): input and indices should have the same number of dimensions, but got ${self.ndim} dimensions for input, and ${indices.ndim} dimensions for indices`,
        );
      }
      const d = wrapDim(dim, self.ndim);
      if (self.ndim === 0) throw new IndexError(`Dimension specified as ${d} but tensor has no dimensions`);
      const shared = broadcastSizes(self.sizes.with(d, 1), indices.sizes.with(d, 1));
      const places = indices.remainder(self.sizes[d]).expand(shared.with(d, indices.sizes[d]));
      return self.expand(shared.with(d, self.sizes[d])).gather(d, places);
    },
    composite,
  ),
);
