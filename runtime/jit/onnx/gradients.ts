/** Lowerings of operators that occur in gradients only. ONNX has none of its own; they are put together from forward ones. */
import { bool } from "../../tensor/dtype.ts";
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

/** With fewer channels than this, one product with all taps side by side is faster than a product for each. */
const fewChannels = 8;

/**
 * `convolution_weight_gradient(output_grad, input, weight, stride, padding, dilation, groups)`: each tap of the kernel has seen a part
 * of the padded input, cut out here; its weights' gradient is the product of the output's gradient with that part.
 */
export const convolutionWeightGradient: LoweringFunction = (c) => {
  if (c.int(6) !== 1) throw c.unsupported("more than one group");
  const [channelsOut, channelsIn, ...kernel] = c.result().sizes;
  const each = (values: readonly number[]): number[] =>
    values.length === kernel.length ? [...values] : kernel.map(() => values[0]);
  const [stride, padding, dilation] = [3, 4, 5].map((index) => each(c.ints(index)));
  const axes = kernel.map((_, dim) => dim + 2);
  const channelsFirst = { perm: { ints: [1, 0, ...axes] } };
  const rows = c.vector([0, -1]);
  const grad = c.emit("Reshape", [c.emit("Transpose", [c.tensor(0)], channelsFirst), rows]);
  const turned = c.emit("Transpose", [c.tensor(1)], channelsFirst);
  const border = [0, 0, ...padding];
  const padded = c.emit("Pad", [turned, c.vector([...border, ...border])]);
  const seen = c.exactSizes(0).slice(2);
  const parts = tapsOf(kernel).map((tap) => {
    const start = tap.map((at, dim) => at * dilation[dim]);
    const end = start.map((at, dim) => at + (seen[dim] - 1) * stride[dim] + 1);
    const slice = [padded, c.vector(start), c.vector(end), c.vector(axes), c.vector(stride)];
    return c.emit("Reshape", [c.emit("Slice", slice), rows]);
  });
  const product = (part: string): string => c.emit("Gemm", [grad, part], { transB: { int: 1 } });
  const joined = (names: readonly string[]): string => c.emit("Concat", names, { axis: { int: 0 } });
  // Both ways the products come with the taps before or between the channels; the weight has them last.
  const few = channelsIn < fewChannels;
  const products = few ? product(joined(parts)) : joined(parts.map(product));
  const split = few ? [channelsOut, parts.length, channelsIn] : [parts.length, channelsOut, channelsIn];
  const byTap = c.emit("Reshape", [products, c.vector(split)]);
  const last = c.emit("Transpose", [byTap], { perm: { ints: few ? [0, 2, 1] : [1, 2, 0] } });
  return c.emit("Reshape", [last, c.vector(c.result().sizes)]);
};

/** The index of each place of a kernel, row-major. */
const tapsOf = (kernel: readonly number[]): readonly (readonly number[])[] =>
  kernel.reduce<readonly (readonly number[])[]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  );

/** `scatter_add(self, dim, index, src)` */
export const scatterAdd: LoweringFunction = (c) =>
  c.emit("ScatterElements", [c.tensor(0), c.tensor(2), c.tensor(3)], {
    axis: { int: c.int(1) },
    reduction: { string: "add" },
  });
