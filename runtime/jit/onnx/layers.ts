/** Lowerings of layers: products of matrices, convolution, pooling, normalisation, embedding. */
import { farEnd, type LoweringContext, type LoweringFunction } from "./lowering.ts";

export const matmul: LoweringFunction = (c) => c.emit("MatMul", [c.tensor(0), c.tensor(1)]);

function transposed(c: LoweringContext, index: number): string {
  return c.emit("Transpose", [c.tensor(index)], { perm: { ints: [1, 0] } });
}

export const linear: LoweringFunction = (c) => {
  const hasBias = !c.isNone(2);
  if (c.rank(0) === 2 && hasBias) {
    return c.emit("Gemm", [c.tensor(0), c.tensor(1), c.tensor(2)], { transB: { int: 1 } });
  }
  const product = c.emit("MatMul", [c.tensor(0), transposed(c, 1)]);
  return hasBias ? c.emit("Add", [product, c.tensor(2)]) : product;
};

export const addmm: LoweringFunction = (c) =>
  c.emit("Gemm", [c.tensor(1), c.tensor(2), c.tensor(0)], {
    beta: { float: c.float(3, 1) },
    alpha: { float: c.float(4, 1) },
  });

/** `_convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, ...)` */
export const convolution: LoweringFunction = (c) => {
  const rank = c.rank(1) - 2;
  const each = (values: readonly number[]): number[] =>
    values.length === rank ? [...values] : new Array(rank).fill(values[0]);
  const padding = each(c.ints(4));
  const attributes = {
    strides: { ints: each(c.ints(3)) },
    pads: { ints: [...padding, ...padding] },
    dilations: { ints: each(c.ints(5)) },
    group: { int: c.int(8) },
  };
  const bias = c.isNone(2) ? [] : [c.tensor(2)];
  if (c.known(6) !== true) return c.emit("Conv", [c.tensor(0), c.tensor(1), ...bias], attributes);
  const strides = each(c.ints(3));
  if (each(c.ints(7)).some((rest, dim) => rest >= strides[dim]))
    throw c.unsupported("an output padding as large as the stride");
  const steps = [...strides, ...each(c.ints(5)), c.int(8)];
  if (c.sink.exact && steps.every((step) => step === 1) && each(c.ints(7)).every((rest) => rest === 0)) {
    const turned = turnedConvolution(c, padding, bias);
    if (turned !== null) return turned;
  }
  return c.emit("ConvTranspose", [c.tensor(0), c.tensor(1), ...bias], {
    ...attributes,
    output_padding: { ints: each(c.ints(7)) },
  });
};

/** With fewer channels, or fewer places for each weight, turning the weight round takes longer than it saves. */
const [leastChannels, leastPlaces] = [8, 2000];

/**
 * A transposed convolution in single steps as a plain one by the weight turned round, which is ONNX Runtime's faster one of the two.
 * Null where it is not.
 */
function turnedConvolution(
  c: LoweringContext,
  padding: readonly number[],
  bias: readonly string[],
): string | null {
  const [batch, , ...spatial] = c.exactSizes(0);
  const [, channels, ...kernel] = c.exactSizes(1);
  const border = kernel.map((size, dim) => size - 1 - padding[dim]);
  const places = spatial.reduce((product, size) => product * size, batch);
  if (border.some((size) => size < 0) || channels < leastChannels || places < leastPlaces) return null;
  const dims = kernel.map((_, dim) => dim + 2);
  const exchanged = c.emit("Transpose", [c.tensor(1)], { perm: { ints: [1, 0, ...dims] } });
  const [last, before, backwards] = [-1, -farEnd, -1].map((number) => c.vector(kernel.map(() => number)));
  const weight = c.emit("Slice", [exchanged, last, before, c.vector(dims), backwards]);
  return c.emit("Conv", [c.tensor(0), weight, ...bias], { pads: { ints: [...border, ...border] } });
}

/** `conv2d(input, weight, bias, stride, padding, dilation, groups)` and its kin; borders may be named, as in "same". */
export const plainConvolution: LoweringFunction = (c) => {
  const rank = c.rank(1) - 2;
  if (c.rank(0) !== rank + 2) throw c.unsupported("its input has no dimension of examples");
  const each = (index: number, otherwise: number): number[] => {
    const values = c.ints(index, [otherwise]);
    return values.length === rank ? [...values] : new Array(rank).fill(values[0]);
  };
  const dilation = each(5, 1);
  const pads = named(c) === "same" ? samePads(c, dilation) : named(c) ? [] : [...each(4, 0), ...each(4, 0)];
  const inputs = [c.tensor(0), c.tensor(1), ...(c.isNone(2) ? [] : [c.tensor(2)])];
  return c.emit("Conv", inputs, {
    strides: { ints: each(3, 1) },
    dilations: { ints: dilation },
    group: { int: c.int(6, 1) },
    ...(pads.length === 0 ? {} : { pads: { ints: pads } }),
  });
};

/** The name of the borders, if they are not given as numbers. */
function named(c: LoweringContext): string | null {
  const operand = c.inputs[4];
  return operand?.kind === "known" && typeof operand.value === "string" ? operand.value : null;
}

/** Borders that keep the size, the larger one behind, with kernels of known size. */
function samePads(c: LoweringContext, dilation: readonly number[]): readonly number[] {
  const totals = c
    .knownSizes(1)
    .slice(2)
    .map((size, i) => dilation[i] * (size - 1));
  return [...totals.map((total) => Math.floor(total / 2)), ...totals.map((total) => Math.ceil(total / 2))];
}

/** `avg_pool2d(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)` */
export const averagePool =
  (rank: number): LoweringFunction =>
  (c) => {
    const each = (values: readonly number[]): number[] =>
      values.length === rank ? [...values] : new Array(rank).fill(values[0]);
    if (!c.isNone(6)) throw c.unsupported("divisor_override");
    const kernel = each(c.ints(1));
    const stride = c.ints(2);
    const padding = each(c.ints(3, [0]));
    return c.emit("AveragePool", [c.tensor(0)], {
      kernel_shape: { ints: kernel },
      strides: { ints: stride.length === 0 ? kernel : each(stride) },
      pads: { ints: [...padding, ...padding] },
      ceil_mode: { int: c.known(4) === true ? 1 : 0 },
      count_include_pad: { int: c.isNone(5) || c.known(5) === true ? 1 : 0 },
    });
  };

/** Only the mean over whole planes has an ONNX operator for every input size. */
export const meanOfPlanes: LoweringFunction = (c) => {
  if (c.ints(1).some((size) => size !== 1)) throw c.unsupported("an output size other than 1");
  return c.emit("GlobalAveragePool", [c.tensor(0)]);
};

/** `batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)` */
export const batchNorm: LoweringFunction = (c) => {
  if (c.known(5) === true) throw c.unsupported("training mode; trace the module after eval()");
  return byRunning(c);
};

/** Normalised by the running mean and variance, arguments 3 and 4 of both batch_norm and instance_norm. */
export const byRunning: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const channels = (index: number, otherwise: number): string =>
    c.isNone(index)
      ? c.emit("Expand", [c.number(otherwise, dtype), c.emit("Shape", [c.tensor(3)])])
      : c.tensor(index);
  const inputs = [c.tensor(0), channels(1, 1), channels(2, 0), c.tensor(3), c.tensor(4)];
  return c.emit("BatchNormalization", inputs, { epsilon: { float: c.float(7) } });
};

/** `layer_norm(input, normalized_shape, weight, bias, eps, cudnn_enable)` */
export const layerNorm: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const shape = c.ints(1);
  const scale = c.isNone(2) ? c.emit("Expand", [c.number(1, dtype), c.vector(shape)]) : c.tensor(2);
  const inputs = [c.tensor(0), scale, ...(c.isNone(3) ? [] : [c.tensor(3)])];
  return c.emit("LayerNormalization", inputs, {
    axis: { int: -shape.length },
    epsilon: { float: c.float(4, 1e-5) },
  });
};

/** `embedding(weight, indices, ...)` */
export const embedding: LoweringFunction = (c) =>
  c.emit("Gather", [c.tensor(0), c.tensor(1)], { axis: { int: 0 } });

/** Dropout does nothing outside of training. */
export const dropout: LoweringFunction = (c) => {
  if (c.known(2) === true) throw c.unsupported("training mode; trace the module after eval()");
  return c.tensor(0);
};
