/** Lowerings of operators that move elements to other places. */
import { farEnd, type LoweringContext, type LoweringFunction } from "./lowering.ts";

/** `pixel_shuffle(self, upscale_factor)` */
export const pixelShuffle: LoweringFunction = (c) => {
  const factor = c.int(1);
  const lead = c.rank(0) - 3;
  const split = c.op(
    "Reshape",
    c.tensor(0),
    c.joined([-1], [...channelsOver(c, factor)], c.shape(0, lead + 1)),
  );
  const moved = c.emit("Transpose", [split], { perm: { ints: [0, 1, 4, 2, 5, 3] } });
  const [height, width] = [sizeAfter(c, -2, "Mul", factor), sizeAfter(c, -1, "Mul", factor)];
  return c.op("Reshape", moved, c.joined(c.shape(0, 0, lead), [channelsOver(c, factor)[0]], height, width));
};

/** A size of the input made greater or less, as a vector of one. */
const sizeAfter = (c: LoweringContext, dim: number, opType: "Mul" | "Div", factor: number): string =>
  c.op(opType, c.op("Unsqueeze", c.size(0, dim), c.vector([0])), c.vector([factor]));

const channelsOver = (c: LoweringContext, factor: number): readonly number[] => {
  const { sizes } = c.result();
  return [sizes[sizes.length - 3], factor, factor];
};

/** `pixel_unshuffle(self, downscale_factor)` */
export const pixelUnshuffle: LoweringFunction = (c) => {
  const factor = c.int(1);
  const [rank, lead] = [c.rank(0), c.rank(0) - 3];
  const channels = c.result().sizes[lead] / factor ** 2;
  const [height, width] = [sizeAfter(c, -2, "Div", factor), sizeAfter(c, -1, "Div", factor)];
  const split = c.op("Reshape", c.tensor(0), c.joined([-1, channels], height, [factor], width, [factor]));
  const moved = c.emit("Transpose", [split], { perm: { ints: [0, 1, 3, 5, 2, 4] } });
  const sizes = c.joined(c.shape(0, 0, rank - 3), [channels * factor ** 2], height, width);
  return c.op("Reshape", moved, sizes);
};

/** `channel_shuffle(self, groups)` */
export const channelShuffle: LoweringFunction = (c) => {
  const rank = c.rank(0);
  const each = c.result().sizes[1] / c.int(1);
  const split = c.op("Reshape", c.tensor(0), c.joined(c.shape(0, 0, 1), [c.int(1), each], c.shape(0, 2)));
  const rest = Array.from({ length: rank - 2 }, (_, i) => i + 3);
  return c.op("Reshape", c.emit("Transpose", [split], { perm: { ints: [0, 2, 1, ...rest] } }), c.shape(0));
};

/** `flip(self, dims)` */
export const flip: LoweringFunction = (c) => {
  const dims = c.ints(1);
  const all = (value: number): string => c.vector(dims.map(() => value));
  return dims.length === 0
    ? c.tensor(0)
    : c.op("Slice", c.tensor(0), all(-1), all(-farEnd), c.vector(dims), all(-1));
};

/** `roll(self, shifts, dims)`: what leaves at the end comes in at the start. */
export const roll: LoweringFunction = (c) => {
  const dims = c.ints(2, []);
  const flat = dims.length === 0;
  let x = flat ? c.op("Reshape", c.tensor(0), c.vector([-1])) : c.tensor(0);
  const { sizes } = c.result();
  for (const [i, shift] of c.ints(1).entries()) {
    const dim = flat ? 0 : dims[i] < 0 ? dims[i] + sizes.length : dims[i];
    const length = flat ? sizes.reduce((a, b) => a * b, 1) : sizes[dim];
    if (Math.abs(shift) > length) throw c.unsupported("a shift beyond the length of its dimension");
    if (shift === 0) continue;
    x = c.emit("Concat", [c.part(x, dim, -shift), c.part(x, dim, 0, -shift)], { axis: { int: dim } });
  }
  return flat ? c.op("Reshape", x, c.shape(0)) : x;
};

/** `unflatten(self, dim, sizes)` */
export const unflatten: LoweringFunction = (c) => {
  const dim = c.dim(1);
  return c.op("Reshape", c.tensor(0), c.joined(c.shape(0, 0, dim), c.sizes(2), c.shape(0, dim + 1)));
};

/** `repeat_interleave(self, repeats, dim)` by the same number for each element. */
export const repeatInterleave: LoweringFunction = (c) => {
  const flat = c.isNone(2);
  const x = flat ? c.op("Reshape", c.tensor(0), c.vector([-1])) : c.tensor(0);
  const [dim, rank] = flat ? [0, 1] : [c.dim(2), c.rank(0)];
  const tall = c.op("Unsqueeze", x, c.vector([dim + 1]));
  const times = Array.from({ length: rank + 1 }, (_, i) => (i === dim + 1 ? c.int(1) : 1));
  const wide = c.op("Expand", tall, c.vector(times));
  const shape = flat ? c.vector([-1]) : c.joined(c.shape(0, 0, dim), [-1], c.shape(0, dim + 1));
  return c.op("Reshape", wide, shape);
};

/** A pair of settings that may be given as one number. */
const pair = (values: readonly number[]): readonly [number, number] => [values[0], values[1] ?? values[0]];

/** What each place of a window sees, as the kernels of a convolution: one is 1 at that place. */
function windowKernels(c: LoweringContext, [down, across]: readonly [number, number]): string {
  const count = down * across;
  const ones = Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
  return c.sink.constant(c.result().dtype.name, [count, 1, down, across], ones);
}

/** `im2col(self, kernel_size, dilation, padding, stride)`: a convolution whose kernels pick one element each. */
export const im2col: LoweringFunction = (c) => {
  const [kernel, dilation, padding, stride] = [1, 2, 3, 4].map((index) => pair(c.ints(index)));
  const lead = c.rank(0) - 3;
  const planes = c.op("Reshape", c.tensor(0), c.joined([-1, 1], c.shape(0, lead + 1)));
  const columns = c.emit("Conv", [planes, windowKernels(c, kernel)], {
    dilations: { ints: dilation },
    pads: { ints: [...padding, ...padding] },
    strides: { ints: stride },
  });
  // The planes of an example lie side by side, each with its kernels' columns: together they are its rows.
  return c.op("Reshape", columns, c.joined(c.shape(0, 0, lead), [c.result().sizes[lead], -1]));
};

/** `col2im(self, output_size, kernel_size, dilation, padding, stride)`: the transposed convolution of im2col's kernels. */
export const col2im: LoweringFunction = (c) => {
  const [size, kernel, dilation, padding, stride] = [1, 2, 3, 4, 5].map((index) => pair(c.ints(index)));
  const reach = kernel.map((length, i) => dilation[i] * (length - 1) + 1);
  const blocks = size.map((length, i) => Math.floor((length + 2 * padding[i] - reach[i]) / stride[i]) + 1);
  const rest = size.map((length, i) => length + 2 * padding[i] - reach[i] - (blocks[i] - 1) * stride[i]);
  const columns = c.op("Reshape", c.tensor(0), c.vector([-1, kernel[0] * kernel[1], ...blocks]));
  const planes = c.emit("ConvTranspose", [columns, windowKernels(c, kernel as [number, number])], {
    dilations: { ints: dilation },
    pads: { ints: [...padding, ...padding] },
    strides: { ints: stride },
    output_padding: { ints: rest },
  });
  const { sizes } = c.result();
  const lead = c.rank(0) - 2;
  return c.op("Reshape", planes, c.joined(c.shape(0, 0, lead), [sizes[lead], ...size]));
};
