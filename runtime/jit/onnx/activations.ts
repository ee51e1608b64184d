/** Lowerings of activation units with settings. Source: torch/nn/functional.py, aten/src/ATen/native/Activation.cpp. */
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** `hardtanh(self, min_val, max_val)` */
export const hardtanh: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [least, most] = [c.float(1, -1), c.float(2, 1)];
  return c.op("Min", c.op("Max", c.tensor(0), c.number(least, dtype)), c.number(most, dtype));
};

/** `celu(self, alpha)`, by way of ELU: ONNX Runtime's own gives NaN for slopes other than 1. */
export const celu: LoweringFunction = (c) => {
  const alpha = c.number(c.float(1, 1), c.result().dtype);
  return c.op("Mul", c.op("Elu", c.op("Div", c.tensor(0), alpha)), alpha);
};

export const relu6: LoweringFunction = (c) => {
  const { dtype } = c.result();
  return c.op("Min", c.op("Max", c.tensor(0), c.number(0, dtype)), c.number(6, dtype));
};

export const hardsigmoid: LoweringFunction = (c) =>
  c.emit("HardSigmoid", [c.tensor(0)], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });

/** 0 within `lambd` of 0; outside, `bias` is taken off towards 0. */
const shrink =
  (bias: boolean): LoweringFunction =>
  (c) => {
    const lambd = { float: c.float(1, 0.5) };
    return c.emit("Shrink", [c.tensor(0)], { lambd, bias: bias ? lambd : { float: 0 } });
  };
export const hardshrink = shrink(false);
export const softshrink = shrink(true);

/** `threshold(self, threshold, value)` */
export const threshold: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const below = c.op("LessOrEqual", c.tensor(0), c.tensor(1, dtype));
  return c.op("Where", below, c.tensor(2, dtype), c.tensor(0));
};

/** `softplus(self, beta, threshold)`: the line itself above the threshold. */
export const softplus: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const [beta, limit] = [c.float(1, 1), c.float(2, 20)];
  const x = c.tensor(0);
  const scaled = beta === 1 ? x : c.op("Mul", x, c.number(beta, dtype));
  const soft = c.op("Softplus", scaled);
  const unscaled = beta === 1 ? soft : c.op("Div", soft, c.number(beta, dtype));
  return c.op("Where", c.op("Greater", scaled, c.number(limit, dtype)), x, unscaled);
};

export const logSigmoid: LoweringFunction = (c) => c.op("Neg", c.op("Softplus", c.op("Neg", c.tensor(0))));

/** `x * tanh(softplus(x))`; Mish itself came with operator set 18. */
export const mish: LoweringFunction = (c) =>
  c.op("Mul", c.tensor(0), c.op("Tanh", c.op("Softplus", c.tensor(0))));

export const glu: LoweringFunction = (c) => {
  const axis = { int: c.int(1, -1) };
  const [kept, gate] = c.sink.emit("Split", [c.tensor(0)], { axis }, 2);
  return c.op("Mul", kept, c.op("Sigmoid", gate));
};

/** One slope, or one for each channel, which is dimension 1. */
export const prelu: LoweringFunction = (c) => {
  const rank = c.rank(0);
  const slopes = rank > 2 ? c.vector([-1, ...new Array<number>(rank - 2).fill(1)]) : c.vector([-1]);
  return c.op("PRelu", c.tensor(0), c.op("Reshape", c.tensor(1), slopes));
};

/** `rrelu(self, lower, upper, training)` of evaluation: the slope in the middle. */
export const rrelu: LoweringFunction = (c) => {
  if (c.known(3) === true) throw inTraining(c);
  return c.emit("LeakyRelu", [c.tensor(0)], { alpha: { float: (c.float(1) + c.float(2)) / 2 } });
};

const inTraining = (c: LoweringContext): Error =>
  c.unsupported("training mode; trace the module after eval()");
