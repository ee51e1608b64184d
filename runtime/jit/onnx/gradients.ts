/** Lowerings of operators that occur in gradients only. ONNX has none of its own; they are put together from forward ones. */
import { convOutputSizes, perDim } from "../../kernels/convolution.ts";
import { type NodeTaker, weightGradientNodes } from "../../kernels/weight-gradient.ts";
import { bool, float32 } from "../../tensor/dtype.ts";
import type { LoweringFunction } from "./lowering.ts";

/**
 * `threshold_backward(grad_output, self, threshold)`: passes where `self` is above; NaN counts as above. As a product, since ONNX
 * Runtime's Where takes ten times as long; an infinite gradient that is held back so gives NaN, not 0.
 */
export const thresholdBackward: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const passes = c.emit("Not", [c.emit("LessOrEqual", [c.tensor(1, dtype), c.tensor(2, dtype)])]);
  return c.emit("Mul", [c.tensor(0, dtype), c.cast(passes, bool, dtype)]);
};

/** `convolution_weight_gradient(output_grad, input, weight, stride, padding, dilation, groups)` */
export const convolutionWeightGradient: LoweringFunction = (c) => {
  const { dtype, sizes } = c.result();
  if (dtype !== float32) throw c.unsupported(`a gradient of ${dtype}`);
  const kernel = sizes.slice(2);
  const [stride, padding, dilation] = [3, 4, 5].map((index) => perDim(c.ints(index), kernel.length));
  const options = { stride, padding, dilation, groups: c.int(6) };
  const seen = convOutputSizes(c.exactSizes(1).slice(2), kernel, options);
  if (seen.join() !== c.exactSizes(0).slice(2).join())
    throw c.unsupported("an output padding as large as the stride");
  const to: NodeTaker = {
    emit: (...node) => c.emit(...node),
    constant: (...constant) => c.sink.constant(...constant),
  };
  return weightGradientNodes(to, c.tensor(0), c.tensor(1), sizes, options);
};

/** `scatter_add(self, dim, index, src)` */
export const scatterAdd: LoweringFunction = (c) =>
  c.emit("ScatterElements", [c.tensor(0), c.tensor(2), c.tensor(3)], {
    axis: { int: c.int(1) },
    reduction: { string: "add" },
  });
