/** Lowerings of operators that occur in gradients only. ONNX has none of its own; they are put together from forward ones. */
import type { LoweringFunction } from "./lowering.ts";

/** `threshold_backward(grad_output, self, threshold)`: passes where `self` is above; NaN counts as above. */
export const thresholdBackward: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const below = c.emit("LessOrEqual", [c.tensor(1, dtype), c.tensor(2, dtype)]);
  return c.emit("Where", [below, c.number(0, dtype), c.tensor(0, dtype)]);
};

/**
 * `convolution_weight_gradient(output_grad, input, weight, stride, padding, dilation, groups)`: a convolution of the input by the
 * gradient, in which examples and channels change places, and stride and dilation too.
 */
export const convolutionWeightGradient: LoweringFunction = (c) => {
  if (c.int(6) !== 1) throw c.unsupported("more than one group");
  const kernel = c.result().sizes.slice(2);
  const each = (values: readonly number[]): number[] =>
    values.length === kernel.length ? [...values] : kernel.map(() => values[0]);
  const order = { perm: { ints: [1, 0, ...kernel.map((_, i) => i + 2)] } };
  const padding = each(c.ints(4));
  const product = c.emit(
    "Conv",
    [c.emit("Transpose", [c.tensor(1)], order), c.emit("Transpose", [c.tensor(0)], order)],
    {
      strides: { ints: each(c.ints(5)) },
      pads: { ints: [...padding, ...padding] },
      dilations: { ints: each(c.ints(3)) },
    },
  );
  // Where a stride left out the last rows, the product has more of them than the kernel.
  const axes = kernel.map((_, i) => i + 2);
  const sizes = c.emit("Slice", [c.emit("Shape", [c.tensor(2)]), c.vector([2]), c.vector([axes.length + 2])]);
  const cut = c.emit("Slice", [product, c.vector(axes.map(() => 0)), sizes, c.vector(axes)]);
  return c.emit("Transpose", [cut], order);
};

/** `scatter_add(self, dim, index, src)` */
export const scatterAdd: LoweringFunction = (c) =>
  c.emit("ScatterElements", [c.tensor(0), c.tensor(2), c.tensor(3)], {
    axis: { int: c.int(1) },
    reduction: { string: "add" },
  });

/** `max_pool2d_with_indices_backward(grad_output, self, ..., indices)`: each gradient goes back to where its element came from. */
export const maxPoolBackward: LoweringFunction = (c) => {
  // A 0 keeps a size, -1 is all the rest.
  const planes = c.vector([...new Array<number>(c.rank(1) - 2).fill(0), -1]);
  const [shape, axis] = [c.emit("Shape", [c.tensor(1)]), { int: c.rank(1) - 2 }];
  const zeros = c.emit("Reshape", [c.emit("Expand", [c.number(0, c.result().dtype), shape]), planes]);
  const [gradients, places] = [0, 7].map((index) => c.emit("Reshape", [c.tensor(index), planes]));
  const scattered = c.emit("ScatterElements", [zeros, places, gradients], {
    axis,
    reduction: { string: "add" },
  });
  return c.emit("Reshape", [scattered, shape]);
};
