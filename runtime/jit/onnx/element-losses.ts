/** Lowerings of losses that compare element with element. Source: aten/src/ATen/native/Loss.cpp. */
import { int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** at::Reduction: none, mean, sum. */
function reduced(c: LoweringContext, losses: string, reduction: number): string {
  const how = c.int(reduction, 1);
  if (how === 0) return losses;
  return c.reduce(how === 1 ? "ReduceMean" : "ReduceSum", losses, []);
}

const difference = (c: LoweringContext): string => {
  const { dtype } = c.result();
  return c.op("Sub", c.tensor(0, dtype), c.tensor(1, dtype));
};

/** `mse_loss(self, target, reduction)` */
export const mseLoss: LoweringFunction = (c) => {
  const off = difference(c);
  return reduced(c, c.op("Mul", off, off), 2);
};

/** `l1_loss(self, target, reduction)` */
export const l1Loss: LoweringFunction = (c) => reduced(c, c.op("Abs", difference(c)), 2);

/** A parabola within `width` of 0 and lines outside, which `slope` scales. */
function rounded(c: LoweringContext, width: number, overWidth: boolean): string {
  const { dtype } = c.result();
  const off = c.op("Abs", difference(c));
  const half = c.op("Mul", c.op("Mul", off, off), c.number(overWidth ? 0.5 / width : 0.5, dtype));
  const line = c.op("Sub", off, c.number(0.5 * width, dtype));
  const beyond = overWidth ? line : c.op("Mul", line, c.number(width, dtype));
  return c.op("Where", c.op("Less", off, c.number(width, dtype)), half, beyond);
}

/** `smooth_l1_loss(self, target, reduction, beta)` */
export const smoothL1Loss: LoweringFunction = (c) => {
  const beta = c.float(3, 1);
  return reduced(c, beta === 0 ? c.op("Abs", difference(c)) : rounded(c, beta, true), 2);
};

/** `huber_loss(self, target, reduction, delta)` */
export const huberLoss: LoweringFunction = (c) => reduced(c, rounded(c, c.float(3, 1), false), 2);

/** `soft_margin_loss(self, target, reduction)`: `log(1 + exp(-target self))` */
export const softMarginLoss: LoweringFunction = (c) =>
  reduced(c, c.op("Softplus", c.op("Neg", c.op("Mul", c.tensor(0), c.tensor(1, c.result().dtype)))), 2);

/** Losses times their weights, where there are any. */
const weighed = (c: LoweringContext, losses: string, weight: number): string =>
  c.isNone(weight) ? losses : c.op("Mul", losses, c.tensor(weight));

/** `binary_cross_entropy(self, target, weight, reduction)`, whose logarithms are -100 at least. */
export const binaryCrossEntropy: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [one, least] = [c.number(1, dtype), c.number(-100, dtype)];
  const [x, target] = [c.tensor(0), c.tensor(1)];
  const log = (value: string): string => c.op("Max", c.op("Log", value), least);
  const no = c.op("Mul", c.op("Sub", target, one), log(c.op("Sub", one, x)));
  return reduced(c, weighed(c, c.op("Sub", no, c.op("Mul", target, log(x))), 2), 3);
};

/** `binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction)` */
export const binaryCrossEntropyWithLogits: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const one = c.number(1, dtype);
  const [x, target] = [c.tensor(0), c.tensor(1)];
  const against = c.op("Mul", c.op("Sub", one, target), x);
  const soft = c.op("Softplus", c.op("Neg", x));
  if (c.isNone(3)) return reduced(c, weighed(c, c.op("Add", against, soft), 2), 4);
  const more = c.op("Add", c.op("Mul", c.op("Sub", c.tensor(3), one), target), one);
  return reduced(c, weighed(c, c.op("Add", against, c.op("Mul", more, soft)), 2), 4);
};

/** `multi_margin_loss(self, target, p, margin, weight, reduction)`: by how much other classes come too near the wanted one. */
export const multiMarginLoss: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [power, margin] = [2, 3].map((i) => c.float(i, 1));
  const zero = c.number(0, dtype);
  const target = c.tensor(1, int64);
  const at = c.op("Unsqueeze", target, c.vector([-1]));
  const wanted = c.emit("GatherElements", [c.tensor(0), at], { axis: { int: -1 } });
  const near = c.op("Add", c.op("Sub", c.tensor(0), wanted), c.number(margin, dtype));
  const over = c.op("Max", near, zero);
  const classes = c.range(c.size(0, -1));
  const others = c.op(
    "Where",
    c.op("Equal", classes, at),
    zero,
    power === 1 ? over : c.op("Mul", over, over),
  );
  const losses = c.reduce("ReduceMean", others, [-1]);
  const weights = c.isNone(4) ? null : c.emit("Gather", [c.tensor(4), target], { axis: { int: 0 } });
  return reduced(c, weights === null ? losses : c.op("Mul", losses, weights), 5);
};
