/** Lowerings of the negative log-likelihood and its gradient. Source: aten/src/ATen/native/LossNLL.cpp. */
import { int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** What both directions need of `(self, target, weight, ..., ignore_index)`. */
interface Chosen {
  /** Where the target is no ignored one. */
  readonly valid: string;
  /** The targets' classes, any class where one is ignored; beyond the last where it is none. */
  readonly classes: string;
  /** The weight of each target, 0 for ignored ones. */
  readonly weights: string;
}

const classDim = (c: LoweringContext, self: number): number => (c.rank(self) === 1 ? 0 : 1);

function chosen(c: LoweringContext, self: number, target: number, weight: number, ignored: number): Chosen {
  const { dtype } = c.result();
  const given = c.tensor(target, int64);
  const zero = c.number(0, int64);
  const valid = c.emit("Not", [c.emit("Equal", [given, c.number(c.int(ignored), int64)])]);
  // ONNX counts negative indices from the end; here they are no class.
  const beyond = c.emit("Where", [c.emit("Less", [given, zero]), c.size(self, classDim(c, self)), given]);
  const classes = c.emit("Where", [valid, beyond, zero]);
  const one = c.number(1, dtype);
  const each = c.isNone(weight) ? one : c.emit("Gather", [c.tensor(weight), classes], { axis: { int: 0 } });
  return { valid, classes, weights: c.emit("Where", [valid, each, c.number(0, dtype)]) };
}

/** `nll_loss_forward(self, target, weight, reduction, ignore_index)` gives the loss and the sum of the weights. */
export const nllLoss: LoweringFunction = (c) => {
  const axis = classDim(c, 0);
  const { dtype } = c.result();
  const { valid, classes, weights } = chosen(c, 0, 1, 2, 4);
  const at = c.emit("Unsqueeze", [classes, c.vector([axis])]);
  const scores = c.emit("GatherElements", [c.tensor(0), at], { axis: { int: axis } });
  const picked = c.emit("Squeeze", [scores, c.vector([axis])]);
  const weighed = c.emit("Neg", [c.emit("Mul", [picked, weights])]);
  const losses = c.emit("Where", [valid, weighed, c.number(0, dtype)]);
  if (c.int(3) === 0 && c.rank(1) > 0) return [losses, c.number(0, dtype)];
  const [sum, total] = [c.reduce("ReduceSum", losses, []), c.reduce("ReduceSum", weights, [])];
  return [c.int(3) === 1 ? c.emit("Div", [sum, total]) : sum, total];
};

/** `nll_loss_backward(grad_output, self, target, weight, reduction, ignore_index, total_weight)` */
export const nllLossBackward: LoweringFunction = (c) => {
  const axis = classDim(c, 1);
  const { dtype } = c.result();
  const { classes, weights } = chosen(c, 1, 2, 3, 5);
  const share = c.int(4) === 1 ? c.emit("Div", [c.tensor(0), c.tensor(6)]) : c.tensor(0);
  const values = c.emit("Neg", [c.emit("Mul", [weights, share])]);
  const along = c.vector([axis]);
  const range = c.range(c.size(1, axis));
  const shape = Array.from({ length: c.rank(1) }, (_, dim) => (dim === axis ? -1 : 1));
  const each = c.emit("Reshape", [range, c.vector(shape)]);
  const here = c.emit("Equal", [c.emit("Unsqueeze", [classes, along]), each]);
  return c.emit("Where", [here, c.emit("Unsqueeze", [values, along]), c.number(0, dtype)]);
};
