/**
 * Quantiles, with and without NaN. Source: aten/src/ATen/native/Sorting.cpp (quantile).
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { makeFull } from "../tensor/filled.ts";
import { wrapDim } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of a quantile: what to do between two elements. */
export interface QuantileOptions {
  readonly interpolation?: "linear" | "lower" | "higher" | "midpoint" | "nearest";
}

/** The `q`-quantile, or several, of all elements or along `dim`. */
export type Quantile = (
  self: Tensor,
  q: number | Tensor,
  dim?: number | null,
  keepdim?: boolean,
  options?: QuantileOptions,
) => Tensor;

const interpolations = ["linear", "lower", "higher", "midpoint", "nearest"];

function check(self: Tensor, q: Tensor, interpolation: string, name: string): void {
  if (self.elements === 0) throw new RuntimeError(`${name}() input tensor must be non-empty`);
  if (q.ndim > 1) throw new RuntimeError(`${name}() q must be a scalar or 1D tensor`);
  if (self.dtype.name !== "float32" && self.dtype.name !== "float64") {
    throw new RuntimeError(`${name}() input tensor must be either float or double dtype`);
  }
  if (self.dtype !== q.dtype)
    throw new RuntimeError(`${name}() q tensor must be same dtype as the input tensor`);
  if (!interpolations.includes(interpolation)) {
    throw new RuntimeError(
      `${name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ${interpolation}`,
    );
  }
  if (valuesOf(q).some((value) => !(value >= 0 && value <= 1))) {
    throw new RuntimeError(`${name}() q values must be in the range [0, 1]`);
  }
}

function quantileOf(
  self: Tensor,
  q: Tensor,
  dim: number | null,
  keepdim: boolean,
  interpolation: string,
  ignoreNan: boolean,
): Tensor {
  check(self, q, interpolation, "quantile");
  const d = dim === null ? 0 : wrapDim(dim, self.ndim);
  const flat = dim === null || self.ndim === 0;
  const lines = flat ? self.reshape([-1]) : self.movedim(d, -1);
  const [sorted] = lines.sort(-1);
  const nans = lines.detach().isnan();
  const size = lines.sizes[lines.ndim - 1];
  // The rank of the last element that counts, one for each line.
  const last = ignoreNan
    ? (nans.logicalNot().sum([-1], true) as Tensor).sub(1).clamp(0).to(self.dtype)
    : makeFull([...lines.sizes.slice(0, -1), 1], size - 1, self.dtype);
  let rank = last.mul(q);
  if (!ignoreNan) rank = (nans.any(-1, true) as Tensor).where(makeFull([], size - 1, self.dtype), rank);
  // The others do not tell how the quantile depends on its share.
  if (interpolation !== "linear") rank = rank.detach();
  if (interpolation === "lower") rank = rank.floor();
  else if (interpolation === "higher") rank = rank.ceil();
  else if (interpolation === "nearest") rank = rank.round();
  const below = rank.floor();
  let result = sorted.gather(-1, below.long());
  if (interpolation === "linear" || interpolation === "midpoint") {
    const weight = interpolation === "midpoint" ? rank.mul(0).add(0.5) : rank.sub(below);
    const above = sorted.gather(-1, rank.ceil().long());
    result = result.lerp(above, weight);
  }
  // The quantiles come first, then what is left of the input's dimensions.
  const lead = keepdim ? self.sizes.map((n, i) => (flat || i === d ? 1 : n)) : lines.sizes.slice(0, -1);
  const moved = result.movedim(-1, 0);
  return q.ndim === 0 ? moved.reshape(lead) : moved.reshape([q.sizes[0], ...lead]);
}

function quantileRows(name: string, ignoreNan: boolean): Quantile {
  return aten(
    op(
      `aten::${name}(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation="linear") -> Tensor` as 'aten::f(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation="linear") -> Tensor',
      (self, q, dim, keepdim, interpolation) => quantileOf(self, q, dim, keepdim, interpolation, ignoreNan),
      { composite: true },
    ),
    op(
      `aten::${name}.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation="linear") -> Tensor` as 'aten::f(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation="linear") -> Tensor',
      (self, q, dim, keepdim, interpolation) => {
        if (!(q >= 0 && q <= 1))
          throw new RuntimeError(`${name}() q must be in the range [0, 1] but got ${q}`);
        return quantileOf(self, makeFull([], q, self.dtype), dim, keepdim, interpolation, ignoreNan);
      },
      { composite: true },
    ),
  );
}

/**
 * The value below which a share `q` of the elements lies, between two of them by `interpolation`.
 * @example torch.quantile(torch.tensor([1, 2, 3]), 0.5).item() // 2
 */
export const quantile = quantileRows("quantile", false);
/** `quantile` of the elements that are not NaN. */
export const nanquantile = quantileRows("nanquantile", true);
