/**
 * Losses over distances and margins, and the distances themselves: cosine, pairwise, hinge, ranking, triplets.
 * Source: aten/src/ATen/native/Loss.cpp, Distance.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import { reduceLoss } from "../kernels/reduce-loss.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { broadcastSizes } from "../tensor/geometry.ts";
import { promoteTypes } from "../tensor/promotion.ts";
import { scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";

const composite = { composite: true } as const;

/** The cosine of the angle between vectors along `dim`. */
export const cosineSimilarity: (x1: Tensor, x2: Tensor, dim?: number, eps?: number) => Tensor = aten(
  op(
    "aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
    (x1, x2, dim, eps) => {
      if (!(eps >= 0)) throw new RuntimeError(`eps must be non-negative, got: ${eps}`);
      // By dtypes alone: a tensor without dimensions counts as much as one with them.
      const dtype = promoteTypes(x1.dtype, x2.dtype);
      if (dtype.category !== "floating") {
        throw new RuntimeError(
          `expected common dtype to be floating point, yet common dtype is ${dtype.scalarName}`,
        );
      }
      const sizes = broadcastSizes(x1.sizes, x2.sizes);
      const normalized = (x: Tensor): Tensor => {
        // Each in its own dtype, if that is one of floats.
        const whole = (x.isFloatingPoint() ? x : x.to(dtype)).expand(sizes);
        const norm = whole.norm(2, dim, true) as Tensor;
        // The limit counts for the value only: the gradient is the norm's own.
        const limited = norm.detach().clamp(eps).sub(norm.detach()).add(norm);
        return whole.div(limited);
      };
      return normalized(x1).mul(normalized(x2)).sum(dim);
    },
    { ...composite, onnxExport: numbers.cosineSimilarity },
  ),
);

/** The p-norm of the difference of vectors along the last dimension. */
export const pairwiseDistance: (
  x1: Tensor,
  x2: Tensor,
  p?: number,
  eps?: number,
  keepdim?: boolean,
) => Tensor = aten(
  op(
    "aten::pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-06, bool keepdim=False) -> Tensor",
    (x1, x2, p, eps, keepdim) =>
      x1
        .sub(x2)
        .add(scalar(eps, "float"))
        .norm(p, Math.max(x1.ndim, x2.ndim) - 1, keepdim),
    composite,
  ),
);

/** Pulls pairs with target 1 together and pushes pairs with target -1 apart, by the cosine. */
export const cosineEmbeddingLoss: (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=1) -> Tensor",
    (input1, input2, target, margin, reduction) => {
      if (target.ndim > 1)
        throw new RuntimeError("0D or 1D target tensor expected, multi-target not supported");
      if (target.ndim === 1 && (input1.ndim !== 2 || input2.ndim !== 2)) {
        throw new RuntimeError(
          `1D target tensor expects 2D input tensors, but found inputs with sizes [${input1.sizes.join(", ")}] and [${input2.sizes.join(", ")}].`,
        );
      }
      if (target.ndim === 0 && (input1.ndim !== 1 || input2.ndim !== 1)) {
        throw new RuntimeError(
          `0D target tensor expects 1D input tensors, but found inputs with sizes [${input1.sizes.join(", ")}] and [${input2.sizes.join(", ")}].`,
        );
      }
      const dim = target.ndim === 1 ? 1 : 0;
      const tiny = 1e-12;
      const lengths = input1.mul(input1).sum(dim).add(tiny).mul(input2.mul(input2).sum(dim).add(tiny)).sqrt();
      const cosine = input1.mul(input2).sum(dim).div(lengths);
      const zeros = cosine.zerosLike();
      const together = target.eq(1).where(cosine.neg().add(1), zeros);
      const apart = target.eq(-1).where(cosine.sub(margin).clamp(0), zeros);
      return reduceLoss(together.add(apart), reduction);
    },
    composite,
  ),
);

/** `self` for target 1, and how far `self` stays below `margin` for target -1. */
export const hingeEmbeddingLoss: (
  self: Tensor,
  target: Tensor,
  margin?: number,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1.0, int reduction=1) -> Tensor",
    (self, target, margin, reduction) => {
      const zeros = self.zerosLike();
      // The margin is computed with in the input's dtype.
      if (!self.isFloatingPoint()) checkConversion(margin, self.dtype);
      const limit = self.isFloatingPoint() ? margin : Math.trunc(margin);
      const apart = target.ne(1).where(self.neg().add(limit).clamp(0), zeros);
      return reduceLoss(apart.add(target.ne(-1).where(self, zeros)), reduction);
    },
    composite,
  ),
);

/** How far the pair falls short of the order that the target (1 or -1) names. */
export const marginRankingLoss: (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  margin?: number,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0.0, int reduction=1) -> Tensor",
    (input1, input2, target, margin, reduction) => {
      return reduceLoss(
        target.neg().mul(input1.sub(input2)).add(scalar(margin, "float")).clamp(0),
        reduction,
      );
    },
    composite,
  ),
);

/** How much nearer the positive is to the anchor than the negative, short of `margin`. */
export const tripletMarginLoss: (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  margin?: number,
  p?: number,
  eps?: number,
  swap?: boolean,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1.0, float p=2, float eps=1e-06, bool swap=False, int reduction=1) -> Tensor",
    (anchor, positive, negative, margin, p, eps, swap, reduction) => {
      const [a, b, c] = [anchor.ndim, positive.ndim, negative.ndim];
      if (a !== b || b !== c) {
        throw new RuntimeError(
          `The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${a}D, positive ${b}D, and negative ${c}D inputs`,
        );
      }
      const near = pairwiseDistance(anchor, positive, p, eps);
      let far = pairwiseDistance(anchor, negative, p, eps);
      if (swap) far = far.minimum(pairwiseDistance(positive, negative, p, eps));
      return reduceLoss(near.add(margin).sub(far).clamp(0), reduction);
    },
    composite,
  ),
);
