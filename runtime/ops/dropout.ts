/**
 * Dropout: random elements or whole channels are zeroed, the rest is scaled up.
 * Source: aten/src/ATen/native/Dropout.cpp, derivatives.yaml.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as layers from "../jit/onnx/layers.ts";
import { inMemoryOrder } from "../kernels/memory-order.ts";
import { fillBernoulli } from "../random/bernoulli.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import { fromValues } from "../tensor/access.ts";
import { bool, type DType, int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { scalar } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Drops with probability `p` while `train` is true; otherwise gives `input` back. */
export type Dropout = (input: Tensor, p: number, train: boolean) => Tensor;

interface Kind {
  /** Whole channels are dropped: one draw for each of the first two dimensions. */
  readonly feature?: boolean;
  /** Dropped elements get SELU's limit, and the result keeps mean and variance. */
  readonly alpha?: boolean;
}

/** Coin flips of probability `p`. */
function coins(sizes: readonly number[], dtype: DType, p: number): Tensor {
  const out = allocateNumbers(dtype, numelOf(sizes));
  fillBernoulli(out, p, defaultGenerator);
  return fromValues(out, sizes, dtype);
}

/** The factor and, for alpha dropout, the summand of every element; null if nothing is to be dropped. */
function noise(
  input: Tensor,
  p: number,
  train: boolean,
  kind: Kind,
): { factor: Tensor; summand: Tensor | null } | null {
  if (!(p >= 0 && p <= 1)) {
    throw new RuntimeError(`dropout probability has to be between 0 and 1, but got ${p}`);
  }
  if (p === 0 || !train || input.elements === 0) return null;
  if (p === 1) return { factor: fromValues(allocateNumbers(input.dtype, 1), [], input.dtype), summand: null };
  if (kind.feature && input.ndim < 2) {
    throw new RuntimeError("Feature dropout requires at least 2 dimensions in the input");
  }
  const sizes = kind.feature ? input.sizes.map((size, dim) => (dim < 2 ? size : 1)) : input.sizes;
  const mask = kind.feature
    ? coins(sizes, input.dtype, 1 - p)
    : inMemoryOrder([input], (turned) => coins(turned.sizes, input.dtype, 1 - p));
  // The mask has the input's dtype and is scaled in place; what alpha dropout adds to a mask of bools makes it int64.
  if (!input.isFloatingPoint()) {
    const scaled = kind.alpha && input.dtype === bool ? int64 : input.dtype;
    throw new RuntimeError(`result type Float can't be cast to the desired output type ${scaled.scalarName}`);
  }
  if (!kind.alpha) return { factor: mask.div(1 - p), summand: null };
  const alpha = 1.7580993408473766;
  const scale = 1 / Math.sqrt((alpha * alpha * p + 1) * (1 - p));
  const summand = mask
    .add(-1)
    .mul(alpha * scale)
    .add(alpha * scale * p);
  return { factor: mask.mul(scale), summand };
}

function row(name: string, kind: Kind): Dropout {
  return aten(
    op(
      `aten::${name}(Tensor input, float p, bool train) -> Tensor` as "aten::f(Tensor input, float p, bool train) -> Tensor",
      (input, p, train) => {
        const drawn = noise(input, p, train, kind);
        if (drawn === null) return input;
        const product = input.mul(drawn.factor);
        return drawn.summand === null ? product : product.add(drawn.summand);
      },
      // Outside of training every kind of dropout is the identity.
      { composite: true, onnx: layers.dropout },
    ),
  );
}

function inplaceRow(name: string, kind: Kind): (self: Tensor, p: number, train: boolean) => Tensor {
  return aten(
    op(
      `aten::${name}(Tensor(a!) self, float p, bool train) -> Tensor(a!)` as "aten::f(Tensor self, float p, bool train) -> Tensor",
      (self, p, train) => {
        const drawn = noise(self, p, train, kind);
        if (drawn === null) return self;
        self.mul_(drawn.factor);
        return drawn.summand === null ? self : self.add_(drawn.summand);
      },
      { composite: true },
    ),
  );
}

/**
 * Zeroes each element with probability `p` and scales the others by 1 / (1 - p), where `train` is true.
 * @example torch.dropout(x, 0.5, false) // [[1, 2], [3, 4]]
 */
export const dropout = row("dropout", {});
/** `dropout`, written to `self`. */
export const dropout_ = inplaceRow("dropout_", {});
/** `nn.functional.dropout1d`, `dropout2d` and `dropout3d`. */
export const featureDropout = row("feature_dropout", { feature: true });
/** `featureDropout`, written to `self`. */
export const featureDropout_ = inplaceRow("feature_dropout_", { feature: true });
/** Dropout that keeps mean and deviation, for SELU networks. */
export const alphaDropout = row("alpha_dropout", { alpha: true });
/** `alphaDropout`, written to `self`. */
export const alphaDropout_ = inplaceRow("alpha_dropout_", { alpha: true });
/** `alphaDropout` of whole channels. */
export const featureAlphaDropout = row("feature_alpha_dropout", { feature: true, alpha: true });
/** `featureAlphaDropout`, written to `self`. */
export const featureAlphaDropout_ = inplaceRow("feature_alpha_dropout_", { feature: true, alpha: true });

/** Dropout that gives its bool mask, too. */
export const nativeDropout: (
  input: Tensor,
  p: number,
  train: boolean | null,
) => [output: Tensor, mask: Tensor] = aten(
  op(
    "aten::native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)",
    (input, p, train) => {
      if (input.elements === 0)
        return [input, fromValues(allocateNumbers(input.dtype, 0), input.sizes, input.dtype)];
      if (train === false) {
        return [input, fromValues(allocateNumbers(bool, input.elements).fill(1), input.sizes, bool)];
      }
      if (input.dtype.category !== "floating") {
        throw new RuntimeError(
          `result type Float can't be cast to the desired output type ${input.dtype.scalarName}`,
        );
      }
      const mask = coins(input.sizes, bool, 1 - p);
      return [input.mul(mask).mul(scaleOf(p)), mask];
    },
    {
      grad: {
        input: ({ grad, results, p, train }) =>
          nativeDropoutBackward(grad, results[1], train === false ? 1 : scaleOf(p)),
      },
    },
  ),
);

const scaleOf = (p: number): number => (p === 1 ? 0 : 1 / (1 - p));

/** The gradient of `nativeDropout`. */
export const nativeDropoutBackward: (gradOutput: Tensor, mask: Tensor, scale: number) => Tensor = aten(
  op(
    "aten::native_dropout_backward(Tensor grad_output, Tensor mask, float scale) -> Tensor",
    (gradOutput, mask, scale) => gradOutput.mul(mask).mul(scalar(scale, "float")),
    {
      grad: {
        grad_output: ({ grad, mask, scale }) => nativeDropoutBackward(grad, mask, scale),
        mask: ({ mask }) => mask.zerosLike(),
      },
    },
  ),
);
