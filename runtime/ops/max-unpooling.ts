/**
 * Undoing max pooling: elements go back to where pooling with indices took them from, all others are 0.
 * Source: derivatives.yaml, aten/src/ATen/native/MaxUnpooling.cpp.
 */
import { aten, type GradFormula, op } from "../dispatch/op.ts";
import { onlyFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { numelOf } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

const shape = (sizes: readonly number[]): string => `[${sizes.join(", ")}]`;

function check(self: Tensor, indices: Tensor, output: readonly number[], rank: 2 | 3): void {
  const [count, names] = rank === 2 ? ["two", "height, width"] : ["three", "depth, height, width"];
  const name = `max_unpooling${rank}d`;
  if (indices.dtype !== int64) {
    throw new RuntimeError(
      `elements in indices should be type int64${rank === 2 ? ` but got: ${indices.dtype.scalarName}` : ""}`,
    );
  }
  const dims = (): void => {
    if (self.ndim === rank + 1 || self.ndim === rank + 2) return;
    throw new RuntimeError(
      `Input to ${name} should be a ${rank + 1}d or ${rank + 2}d Tensor, but got a tensor with ${self.ndim} dimensions.`,
    );
  };
  if (rank === 3) dims();
  if (output.length !== rank) {
    throw new RuntimeError(
      `There should be exactly ${count} elements (${names}) in output_size, but got ${output.length} elements.`,
    );
  }
  if (output.some((size) => size < 0)) {
    throw new RuntimeError(
      `${name}(): output_size must contain non-negative spatial dimensions, but got output_size=(${output.join(", ")})`,
    );
  }
  if (rank === 2) dims();
  if (shape(self.sizes) !== shape(indices.sizes)) {
    throw new RuntimeError(
      `Expected shape of indices to be same as that of the input tensor (${shape(self.sizes)}) but got indices tensor with shape: ${shape(indices.sizes)}`,
    );
  }
  const empty = self.sizes.findIndex((size, d) => d > 0 && size === 0);
  if (empty !== -1) {
    throw new RuntimeError(
      `${name}_forward_out_cpu(): Expected input to have non-zero size for non-batch dimensions, but got ${shape(self.sizes)} with dimension ${empty} being empty.`,
    );
  }
}

function unpool(self: Tensor, indices: Tensor, output: readonly number[]): Tensor {
  const sizes = [...self.sizes.slice(0, -output.length), ...output];
  const [room, from] = [numelOf(output), numelOf(self.sizes.slice(-output.length))];
  if (numelOf(sizes) > 0) refuse(onlyFloats(`max_unpool${output.length}d`), self.dtype);
  const [values, places] = [valuesOf(self), valuesOf(indices)];
  const out = allocateNumbers(self.dtype, numelOf(sizes));
  for (let i = 0; i < (room === 0 ? 0 : values.length); i++) {
    const place = Number(places[i]);
    if (place < 0 || place >= room) {
      throw new RuntimeError(
        `Found an invalid max index: ${place} (output volumes are of size ${output.join("x")})`,
      );
    }
    out[Math.floor(i / from) * room + place] = values[i];
  }
  return fromValues(out, sizes, self.dtype);
}

/** The gradient of an element is that of the place it was put at. */
const gradient =
  (rank: number): GradFormula =>
  ({ grad, self, indices }) => {
    const outer = self.sizes.slice(0, -rank);
    const flat = (tensor: Tensor): Tensor => tensor.reshape([...outer, -1]);
    return flat(grad).gather(outer.length, flat(indices)).reshape(self.sizes);
  };

/** Puts elements of [N, C, H, W] back where `maxPool2dWithIndices` took them from; `outputSize` is [H, W]. */
export const maxUnpool2d: (self: Tensor, indices: Tensor, outputSize: readonly number[]) => Tensor = aten(
  op(
    "aten::max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor",
    (self, indices, output) => {
      check(self, indices, output, 2);
      return unpool(self, indices, output);
    },
    { gradName: "MaxUnpool2DBackward0", grad: { self: gradient(2) } },
  ),
);

/** Puts elements of [N, C, D, H, W] back where `maxPool3dWithIndices` took them from; `outputSize` is [D, H, W]. */
export const maxUnpool3d: (
  self: Tensor,
  indices: Tensor,
  outputSize: readonly number[],
  stride: number | readonly number[],
  padding: number | readonly number[],
) => Tensor = aten(
  op(
    "aten::max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor",
    (self, indices, output, stride, padding) => {
      check(self, indices, output, 3);
      for (const [name, values] of [
        ["stride", stride],
        ["padding", padding],
      ] as const) {
        if (values.length === 3) continue;
        throw new RuntimeError(
          `There should be exactly three elements (depth, height, width) in ${name}, but got: ${values.length} elements.`,
        );
      }
      if (stride.some((step) => step <= 0)) {
        throw new RuntimeError(`strides should be greater than zero, but got stride: ${shape(stride)}`);
      }
      return unpool(self, indices, output);
    },
    { gradName: "MaxUnpool3DBackward0", grad: { self: gradient(3) } },
  ),
);
