/**
 * What pooling asks of its arguments, in torch's words and order.
 * Source: aten/src/ATen/native/Pool.h (pooling_output_shape, pool2d_shape_check, pool3d_shape_check).
 */
import { IndexError, RuntimeError } from "../errors.ts";
import { cppName, int64 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type PoolWindow, poolOutputSize } from "./pooling.ts";

const counts = ["", "one", "two", "three"];

/** Throws unless each list has one int, or one for each of the `rank` dimensions. */
export function checkPoolLists(
  name: string,
  rank: number,
  lists: Readonly<Record<string, readonly number[]>>,
): void {
  const must = name === "avg_pool3d" ? "must be" : "must either be";
  for (const [list, values] of Object.entries(lists)) {
    if (values.length === 1 || values.length === rank || (list === "stride" && values.length === 0)) continue;
    const omitted = list === "stride" ? "omitted, " : "";
    throw new RuntimeError(
      `${name}: ${list} ${must} ${omitted}a single int, or a tuple of ${counts[rank]} ints`,
    );
  }
}

/** Throws unless each list has the one int of one-dimensional pooling. */
export function checkSingles(name: string, lists: Readonly<Record<string, readonly number[]>>): void {
  for (const [list, values] of Object.entries(lists)) {
    if (values.length === 1 || (list === "stride" && values.length === 0)) continue;
    throw new RuntimeError(`${name}() argument '${list}' should contain one int (got ${values.length})`);
  }
}

/** Throws if `self` has not the dimensions that pooling in one dimension takes. */
export function checkLineDims(name: string, self: Tensor): void {
  if (self.ndim === 2 || self.ndim === 3) return;
  throw new RuntimeError(
    `Expected 2 to 3 dimensions, but got ${self.ndim}-dimensional tensor for argument #1 'self' (while checking arguments for ${name})`,
  );
}

/** Throws if a window does not fit. */
export function checkPool(name: string, self: Tensor, window: PoolWindow): void {
  const rank = window.size.length;
  checkRank(name, self, rank);
  checkSteps(window);
  const letters = "THW".slice(3 - rank);
  const named = (prefix: string, values: readonly number[]): string =>
    values.map((value, i) => `${prefix}${letters[i]}: ${value}`).join(" ");
  for (const [what, prefix, values] of [
    ["kernel size", "k", window.size],
    ["stride", "d", window.stride],
    ["dilation", "dilation", window.dilation],
  ] as const) {
    if (values.some((value) => value <= 0))
      throw new RuntimeError(`${what} should be greater than zero, but got ${named(prefix, values)}`);
  }
  checkNotEmpty(name, self, rank);
  const sizes = self.sizes.slice(-rank);
  if (name === "avg_pool3d") checkImage(sizes, window, named);
  checkHalf(window);
  const output = sizes.map((size, i) => poolOutputSize(size, window, i));
  if (output.some((size) => size < 1)) {
    const [c] = self.sizes.slice(-rank - 1);
    throw new RuntimeError(
      `Given input size: (${[c, ...sizes].join("x")}). Calculated output size: (${[c, ...output].join("x")}). Output size is too small`,
    );
  }
}

function checkRank(name: string, self: Tensor, rank: number): void {
  if (self.ndim === rank + 1 || self.ndim === rank + 2) return;
  if (name === "avg_pool2d" && self.ndim < 3) {
    throw new IndexError(
      self.ndim === 0
        ? "Dimension specified as -3 but tensor has no dimensions"
        : `Dimension out of range (expected to be in range of [${-self.ndim}, ${self.ndim - 1}], but got -3)`,
    );
  }
  throw new RuntimeError(`non-empty ${rank + 1}D or ${rank + 2}D (batch mode) tensor expected for input`);
}

function checkSteps({ size, stride, padding, dilation }: PoolWindow): void {
  for (const [i, pad] of padding.entries()) {
    if (stride[i] === 0) throw new RuntimeError("stride should not be zero");
    if (pad < 0) throw new RuntimeError(`pad must be non-negative, but got pad: ${pad}`);
    if (pad > Math.trunc(((size[i] - 1) * dilation[i] + 1) / 2)) {
      throw new RuntimeError(
        `pad should be at most half of effective kernel size, but got pad=${pad}, kernel_size=${size[i]} and dilation=${dilation[i]}`,
      );
    }
  }
}

function checkNotEmpty(name: string, self: Tensor, rank: number): void {
  const inner = self.sizes.slice(self.ndim === rank + 2 ? 1 : 0);
  const empty = inner.indexOf(0);
  if (empty < 0) return;
  const shape = `[${self.sizes.join(", ")}]`;
  const caller = name === "max_pool3d" ? "max_pool3d_with_indices_out_cpu_template" : name;
  throw new RuntimeError(
    rank === 3
      ? `${caller}(): Expected input's non-batch dimensions to have positive length, but input has a shape of ${shape} and non-batch dimension ${empty} has length zero!`
      : `Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:${shape}`,
  );
}

function checkImage(
  sizes: readonly number[],
  { size, padding }: PoolWindow,
  named: (prefix: string, values: readonly number[]) => string,
): void {
  if (sizes.some((length, i) => length + 2 * padding[i] < size[i])) {
    throw new RuntimeError(
      `input image (${named("", sizes)}) smaller than kernel size (${named("k", size)})`,
    );
  }
}

function checkHalf({ size, padding }: PoolWindow): void {
  if (padding.every((pad, i) => pad <= Math.trunc(size[i] / 2))) return;
  const last = size.length - 1;
  throw new RuntimeError(
    size.length === 2
      ? `pad should be smaller than or equal to half of kernel size, but got padW = ${padding[1]}, padH = ${padding[0]}, kW = ${size[1]}, kH = ${size[0]}`
      : `pad should be smaller than or equal to half of kernel size, but got kT: ${size[0]} kW: ${size[last]} kH: ${size[1]} padT: ${padding[0]} padW: ${padding[last]} padH: ${padding[1]}`,
  );
}

/** Throws if a gradient has another dtype than the input it is for. */
export function checkGradientDtype(grad: Tensor, self: Tensor): void {
  if (grad.dtype !== self.dtype) {
    throw new RuntimeError(
      `expected dtype ${cppName(self.dtype)} for \`gradOutput\` but got dtype ${cppName(grad.dtype)}`,
    );
  }
}

/** Throws if what comes back to pooling has not the sizes of its result. */
export function checkArrived(
  self: Tensor,
  window: PoolWindow,
  arrived: Readonly<Record<string, Tensor>>,
): void {
  const rank = window.size.length;
  const output = self.sizes.slice(-rank).map((size, i) => poolOutputSize(size, window, i));
  const expected = [...self.sizes.slice(0, -rank), ...output];
  for (const [name, { ndim, sizes, dtype }] of Object.entries(arrived)) {
    for (let i = 0; i <= self.ndim; i++) {
      const dim = (self.ndim - rank - 1 + i) % self.ndim;
      if (ndim === self.ndim && sizes[dim] === expected[dim]) continue;
      throw new RuntimeError(
        `Expected a tensor of dimension ${self.ndim} and tensor.size[${dim}] == ${expected[dim]} but got: dimension ${ndim} and tensor.size[${dim}] = ${sizes[dim]}`,
      );
    }
    if (name === "indices" && dtype !== int64)
      throw new RuntimeError(`expected scalar type Long but found ${dtype.scalarName}`);
  }
}
