/**
 * Losses of class scores that come within a margin of the target's.
 * Source: aten/src/ATen/native/{LossMultiMargin,LossMultiLabelMargin}.cpp.
 */
import { onlyWideFloats, refuse } from "../dispatch/refusal.ts";
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import * as elementLosses from "../jit/onnx/element-losses.ts";
import { int64 } from "../tensor/dtype.ts";
import { sameSizes } from "../tensor/geometry.ts";
import { type Scalar, scalarValue } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { stack } from "./joining.ts";

const reduced = (losses: Tensor, reduction: number): Tensor =>
  reduction === 0 ? losses : reduction === 1 ? losses.mean() : losses.sum();

/** How far each other class's score comes within `margin` of the target's; [N, C] or [C], with classes [N] or []. */
export const multiMarginLoss: (
  self: Tensor,
  target: Tensor,
  p?: Scalar,
  margin?: Scalar,
  weight?: Tensor | null,
  reduction?: number,
) => Tensor = aten(
  op(
    "aten::multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=Mean) -> Tensor",
    (self, target, p, margin, weight, reduction) => {
      const power = scalarValue(p);
      if (power !== 1 && power !== 2) throw new ValueError("only p == 1 and p == 2 supported");
      if (weight !== null && weight.ndim !== 1) throw new ValueError("weight must be one-dimensional");
      if (self.ndim > 2 || self.sizes[self.ndim - 1] === 0) {
        throw new RuntimeError(
          `Expected non-empty vector or matrix with optional 0-dim batch size, but got: [${self.sizes.join(", ")}]`,
        );
      }
      const rows = self.ndim === 1 ? self.unsqueeze(0) : self;
      if (target.ndim > 1 || target.elements !== (self.ndim === 0 ? 1 : rows.sizes[0])) {
        throw new RuntimeError(
          `multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [${rows.sizes[0] ?? 1}], but got [${target.sizes.join(", ")}]. Input has shape [${self.sizes.join(", ")}].`,
        );
      }
      refuse(onlyWideFloats("multi_margin_loss_cpu_kernel"), self.dtype);
      const classes = target.reshape([-1, 1]);
      let losses = rows.sub(rows.gather(1, classes)).add(scalarValue(margin)).clamp(0);
      if (power === 2) losses = losses.mul(losses);
      if (weight !== null) losses = losses.mul(weight.indexSelect(0, classes.view(-1)).unsqueeze(1));
      const others = losses.scatter(1, classes, 0).sum(1).div(rows.sizes[1]);
      return reduced(self.ndim === 1 ? others.squeeze(0) : others, reduction);
    },
    { onnxExport: elementLosses.multiMarginLoss, composite: true },
  ),
);

/** How far scores of wrong classes come within 1 of those of the target classes, a list that -1 ends. */
export const multilabelMarginLoss: (self: Tensor, target: Tensor, reduction?: number) => Tensor = aten(
  op(
    "aten::multilabel_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
    (self, target, reduction) => {
      if (self.ndim > 2 || self.sizes[self.ndim - 1] === 0) {
        throw new RuntimeError(
          `Expected non-empty vector or matrix with optional 0-dim batch size, but got: [${self.sizes.join(", ")}]`,
        );
      }
      if (self.ndim > 0 ? !sameSizes(self.sizes, target.sizes) : target.ndim > 1 || target.elements !== 1) {
        throw new RuntimeError(
          `inconsistent target size: [${target.sizes.join(", ")}] for input of size: [${self.sizes.join(", ")}]`,
        );
      }
      const asRows = (tensor: Tensor): Tensor => (tensor.ndim < 2 ? tensor.reshape([1, -1]) : tensor);
      const rows = asRows(self);
      const classes = asRows(target).tolist<number[][]>();
      if (classes.flat().some((label) => label < -1 || label >= rows.sizes[1])) {
        throw new RuntimeError("argument #2 'target' is out of range");
      }
      if (self.elements > 0 || self.ndim === 0) requireLong(target);
      refuse(onlyWideFloats("multilabel_margin_loss_forward_out_frame"), self.dtype);
      // Of no rows the sum, and so the mean, is 0.
      if (classes.length === 0) return reduction === 0 ? rows.sum(1) : rows.sum();
      const losses = classes.map((row, i) => marginsOf(rows.select(0, i), row));
      return reduced(self.ndim < 2 ? losses[0] : stack(losses), reduction);
    },
    { composite: true },
  ),
);

function requireLong(target: Tensor): void {
  if (target.dtype !== int64)
    throw new RuntimeError(`expected scalar type Long but found ${target.dtype.scalarName}`);
}

/** The loss of one row of scores. */
function marginsOf(scores: Tensor, row: readonly number[]): Tensor {
  const end = row.indexOf(-1);
  const right = end < 0 ? row : row.slice(0, end);
  const wrong = Array.from({ length: scores.sizes[0] }, (_, k) => k).filter((k) => !right.includes(k));
  const pick = (at: readonly number[]): Tensor => stack(at.map((k) => scores.select(0, k)));
  if (right.length === 0 || wrong.length === 0) return scores.sum().mul(0);
  const gaps = pick(wrong).unsqueeze(0).sub(pick(right).unsqueeze(1)).add(1).clamp(0);
  return gaps.sum().div(scores.sizes[0]);
}
