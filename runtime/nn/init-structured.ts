/** Initialisers with structure: truncated, orthogonal, sparse and identity-like weights. Source: torch/nn/init.py. */
import { ValueError } from "../errors.ts";
import { erfOf } from "../kernels/special.ts";
import { empty, randperm, where } from "../ops/functions.ts";
import { rawValuesOf, valuesOf, writeValues } from "../tensor/access.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { filled } from "./init.ts";

/** Options of `truncNormal_`. */
export interface TruncNormalOptions {
  readonly mean?: number;
  readonly std?: number;
  /** The bounds; default -2 and 2. */
  readonly a?: number;
  readonly b?: number;
}

/** Normal numbers drawn again until they lie between the bounds `a` and `b`. */
export function truncNormal_(
  tensor: Tensor,
  mean: number | TruncNormalOptions = 0,
  std = 1,
  a = -2,
  b = 2,
): Tensor {
  if (typeof mean === "object")
    return truncNormal_(tensor, mean.mean ?? 0, mean.std ?? 1, mean.a ?? -2, mean.b ?? 2);
  const below = (x: number): number => (1 + erfOf((x - mean) / (std * Math.SQRT2))) / 2;
  // Where little of the bell lies between the bounds, torch draws uniform numbers and accepts by density.
  const draw = below(b) - below(a) > 0.3 ? redrawNormals : acceptUniforms;
  return filled(tensor, () => draw(tensor, mean, std, a, b));
}

function redrawNormals(tensor: Tensor, mean: number, std: number, a: number, b: number): void {
  tensor.normal_(mean, std);
  for (;;) {
    const outside = tensor.lt(a).logicalOr(tensor.gt(b));
    if (!outside.any().item()) return;
    tensor.copy_(where(outside, tensor.emptyLike().normal_(mean, std), tensor));
  }
}

function acceptUniforms(tensor: Tensor, mean: number, std: number, a: number, b: number): void {
  const peak = -0.5 * ((Math.max(a, Math.min(mean, b)) - mean) / std) ** 2;
  const density = (x: Tensor): Tensor => x.sub(mean).div(std).pow(2).mul(-0.5).sub(peak);
  const refused = (x: Tensor): Tensor => {
    const limit = density(x);
    return x.emptyLike().uniform_().log().gt(limit);
  };
  tensor.uniform_(a, b);
  let pending = refused(tensor);
  while (pending.any().item()) {
    const candidates = tensor.emptyLike().uniform_(a, b);
    tensor.copy_(where(pending, candidates, tensor));
    pending = refused(candidates).logicalAnd(pending);
  }
}

/** Rows (or columns, where there are fewer) at right angles and of length `gain`. */
export function orthogonal_(tensor: Tensor, gain: number | { readonly gain?: number } = 1): Tensor {
  if (tensor.ndim < 2) throw new ValueError("Only tensors with 2 or more dimensions are supported");
  if (tensor.elements === 0) return tensor;
  const factor = typeof gain === "object" ? (gain.gain ?? 1) : gain;
  const rows = tensor.sizes[0];
  const columns = tensor.elements / rows;
  const drawn = empty([rows, columns], { dtype: tensor.dtype }).normal_();
  const tall = rows < columns ? drawn.t() : drawn;
  const vectors = orthonormal(tall.t());
  const shortSide = Math.min(rows, columns);
  const longSide = Math.max(rows, columns);
  const out = allocateNumbers(tensor.dtype, tensor.elements);
  for (let i = 0; i < shortSide; i++) {
    for (let j = 0; j < longSide; j++)
      out[rows < columns ? i * columns + j : j * columns + i] = Math.fround(vectors[i][j]) * factor;
  }
  return filled(tensor, () => writeValues(tensor, out));
}

/**
 * The rows made orthonormal, each from those before it: the Q of the QR decomposition whose R has a positive diagonal,
 * which is the one torch makes of LAPACK's.
 */
function orthonormal(rows: Tensor): Float64Array[] {
  const width = rows.sizes[1];
  const values = valuesOf(rows);
  const result: Float64Array[] = [];
  for (let i = 0; i < rows.sizes[0]; i++) {
    const row = Float64Array.from(values.subarray(i * width, (i + 1) * width));
    // Twice is enough to lose no digits.
    for (let pass = 0; pass < 2; pass++) for (const other of result) subtractProjection(row, other);
    const length = Math.hypot(...row);
    result.push(row.map((value) => value / length));
  }
  return result;
}

function subtractProjection(row: Float64Array, unit: Float64Array): void {
  const along = row.reduce((sum, value, i) => sum + value * unit[i], 0);
  for (let i = 0; i < row.length; i++) row[i] -= along * unit[i];
}

/** Normal numbers of which a share `sparsity` of each column is zero. */
export function sparse_(
  tensor: Tensor,
  sparsity: number,
  std: number | { readonly std?: number } = 0.01,
): Tensor {
  if (tensor.ndim !== 2) throw new ValueError("Only tensors with 2 dimensions are supported");
  const [rows, columns] = tensor.sizes;
  const zeros = Math.ceil(sparsity * rows);
  return filled(tensor, () => {
    tensor.normal_(0, typeof std === "object" ? (std.std ?? 0.01) : std);
    const values = valuesOf(tensor).slice() as NumberArray;
    for (let column = 0; column < columns; column++) {
      const order = rawValuesOf(randperm(rows));
      for (let i = 0; i < zeros; i++) values[Number(order[i]) * columns + column] = 0;
    }
    writeValues(tensor, values);
  });
}

/** The identity matrix. */
export function eye_(tensor: Tensor): Tensor {
  if (tensor.ndim !== 2) throw new ValueError("Only tensors with 2 dimensions are supported");
  return filled(tensor, () => tensor.zero_().diagonal().fill_(1));
}

/** A convolution that passes channels on unchanged. */
export function dirac_(tensor: Tensor, groups: number | { readonly groups?: number } = 1): Tensor {
  if (![3, 4, 5].includes(tensor.ndim))
    throw new ValueError("Only tensors with 3, 4, or 5 dimensions are supported");
  const count = typeof groups === "object" ? (groups.groups ?? 1) : groups;
  if (tensor.sizes[0] % count !== 0) throw new ValueError("dim 0 must be divisible by groups");
  const each = tensor.sizes[0] / count;
  return filled(tensor, () => {
    tensor.zero_();
    for (let group = 0; group < count; group++) {
      for (let d = 0; d < Math.min(each, tensor.sizes[1]); d++) {
        let place = tensor.select(0, group * each + d).select(0, d);
        while (place.ndim > 0) place = place.select(0, Math.floor(place.sizes[0] / 2));
        place.fill_(1);
      }
    }
  });
}
