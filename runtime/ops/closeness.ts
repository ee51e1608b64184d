/**
 * Comparisons within tolerances, and membership. Source: aten/src/ATen/native/TensorCompare.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { mapValues } from "../kernels/map.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { bool } from "../tensor/dtype.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How far apart numbers may be: |self - other| <= atol + rtol * |other|. */
export interface Tolerances {
  readonly rtol?: number;
  readonly atol?: number;
  readonly equalNan?: boolean;
}

/** Whether elements are equal within tolerances. */
export const isclose: {
  (self: Tensor, other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): Tensor;
  (self: Tensor, other: Tensor, tolerances?: Tolerances): Tensor;
} = aten(
  op(
    "aten::isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    (self, other, rtol, atol, equalNan) => {
      if (self.dtype !== other.dtype) {
        throw new RuntimeError(`${self.dtype.scalarName} did not match ${other.dtype.scalarName}`);
      }
      if (!(rtol >= 0)) throw new RuntimeError(`rtol must be greater than or equal to zero, but got ${rtol}`);
      if (!(atol >= 0)) throw new RuntimeError(`atol must be greater than or equal to zero, but got ${atol}`);
      let close = self.eq(other);
      const floating = self.isFloatingPoint();
      if (equalNan && floating) close = close.logicalOr(self.isnan().logicalAnd(other.isnan()));
      if (rtol === 0 && atol === 0) return close;
      const asNumber = (tensor: Tensor): Tensor => (floating ? tensor : tensor.double());
      const allowed = asNumber(other).mul(rtol).abs().add(atol);
      const actual = asNumber(self).sub(asNumber(other)).abs();
      return close.logicalOr(actual.isfinite().logicalAnd(actual.le(allowed)));
    },
    { composite: true },
  ),
);

/**
 * Whether all elements are equal within tolerances.
 * @example torch.allclose(x, x.add(1e-9)) // true
 */
export const allclose: {
  (self: Tensor, other: Tensor, rtol?: number, atol?: number, equalNan?: boolean): boolean;
  (self: Tensor, other: Tensor, tolerances?: Tolerances): boolean;
} = aten(
  op(
    "aten::allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool",
    (self, other, rtol, atol, equalNan) => isclose(self, other, rtol, atol, equalNan).all().item<boolean>(),
    { composite: true },
  ),
);

/** Of equal elements, promised to be none, torch finds all but the last: its sorting looks for an equal neighbour behind. */
function amongThoseBehind(elements: Tensor, known: Set<number>, invert: boolean): Tensor {
  const values = valuesOf(elements);
  const out = allocateNumbers(bool, values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    out[i] = known.has(values[i]) !== invert ? 1 : 0;
    if (!Number.isNaN(values[i])) known.add(values[i]);
  }
  return fromValues(out, elements.sizes, bool);
}

/** Whether each element is among `testElements`. */
export const isin: (
  elements: Tensor,
  testElements: Tensor,
  options?: { assumeUnique?: boolean; invert?: boolean },
) => Tensor = aten(
  op(
    "aten::isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    (elements, testElements, assumeUnique, invert) => {
      for (const { dtype } of [elements, testElements]) {
        if (dtype === bool) throw new RuntimeError("Unsupported input type encountered for isin(): Bool");
      }
      // A view in torch, so that it must lie as one where there are few.
      const isSmall = testElements.elements < Math.trunc(10 * elements.elements ** 0.145);
      const known = new Set<number>(valuesOf(isSmall ? testElements.view([-1]) : testElements));
      // A set finds NaN, which equals nothing.
      known.delete(Number.NaN);
      if (assumeUnique && !isSmall) return amongThoseBehind(elements, known, invert);
      return mapValues(elements, (x) => (known.has(x) !== invert ? 1 : 0), bool);
    },
    { picks: [] },
  ),
);
