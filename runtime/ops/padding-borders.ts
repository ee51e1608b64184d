/**
 * Padding with what a tensor holds: mirrored, repeated or wrapped borders of the last dimensions. Constant borders are
 * padding.ts's. Source: derivatives.yaml, aten/src/ATen/native/PadNd.cpp, ReflectionPad.cpp, ReplicationPadding.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { notBools } from "../dispatch/refusal.ts";
import { NotImplementedError, RuntimeError } from "../errors.ts";
import * as borders from "../jit/onnx/borders.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { int64 } from "../tensor/dtype.ts";
import { contiguousStrides, numelOf } from "../tensor/geometry.ts";
import { scalar } from "../tensor/scalar.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constantPadNd } from "./padding.ts";

/** For a position along a padded dimension, which may lie outside, the position inside that it shows. */
type Border = (position: number, size: number) => number;

const reflect: Border = (i, size) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
const replicate: Border = (i, size) => Math.min(Math.max(i, 0), size - 1);
const wrap: Border = (i, size) => ((i % size) + size) % size;

/** The widths before and after dimension `dim`: pads are listed from the last dimension on. */
const widths = (pad: readonly number[], rank: number, dim: number): [before: number, after: number] => [
  pad[2 * (rank - 1 - dim)] ?? 0,
  pad[2 * (rank - 1 - dim) + 1] ?? 0,
];

/** The places in a row-major tensor of `sizes` that the elements of the padded tensor show. */
function sources(
  sizes: readonly number[],
  pad: readonly number[],
  border: Border,
): { sizes: number[]; places: Int32Array } {
  const strides = contiguousStrides(sizes);
  const padded: number[] = [];
  let places = Int32Array.of(0);
  sizes.forEach((size, dim) => {
    const [before, after] = widths(pad, sizes.length, dim);
    const length = size + before + after;
    padded.push(length);
    const next = new Int32Array(places.length * length);
    for (let k = 0; k < places.length; k++) {
      for (let i = 0; i < length; i++)
        next[k * length + i] = places[k] + border(i - before, size) * strides[dim];
    }
    places = next;
  });
  return { sizes: padded, places };
}

function padded(self: Tensor, pad: readonly number[], border: Border): Tensor {
  const { sizes, places } = sources(self.sizes, pad, border);
  const x = valuesOf(self);
  const out = allocateNumbers(self.dtype, places.length);
  for (let i = 0; i < out.length; i++) out[i] = x[places[i]];
  return fromValues(out, sizes, self.dtype);
}

/** Each element of the input gets the sum of the gradients of all places that show it. */
function gathered(grad: Tensor, sizes: readonly number[], pad: readonly number[], border: Border): Tensor {
  const { places } = sources(sizes, pad, border);
  const g = valuesOf(grad);
  const out = allocateNumbers(grad.dtype, numelOf(sizes));
  for (let i = 0; i < places.length; i++) out[places[i]] += g[i];
  return fromValues(out, sizes, grad.dtype);
}

/** Pads the last dimensions of a tensor that has a channel, and may have a batch dimension before them. */
export type BorderPad = (self: Tensor, padding: readonly number[]) => Tensor;

function borderRow(name: string, count: number, border: Border): BorderPad {
  return aten(
    op(
      `aten::${name}(Tensor self, SymInt[${2 * count}] padding) -> Tensor` as "aten::f(Tensor self, SymInt[2] padding) -> Tensor",
      (self, padding) => {
        if (padding.length !== 2 * count) {
          const got = border === reflect ? `, but got: ${padding.length}` : "";
          throw new RuntimeError(`padding size is expected to be ${2 * count}${got}`);
        }
        checkInput(self, padding, count, border);
        return padded(self, padding, border);
      },
      {
        onnx: border === reflect ? borders.reflectionPad : borders.replicationPad,
        refuses: notBools(name),
        grad: { self: ({ grad, self, padding }) => gathered(grad, self.sizes, padding, border) },
      },
    ),
  );
}

function checkInput(self: Tensor, pad: readonly number[], count: number, border: Border): void {
  const rank = self.ndim;
  const full = self.sizes.slice(rank === count + 2 ? 1 : 0).every((size) => size > 0);
  if ((rank !== count + 1 && rank !== count + 2) || !full) {
    throw new RuntimeError(
      `Expected ${count + 1}D or ${count + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: [${self.sizes.join(", ")}]`,
    );
  }
  for (let k = 0; k < count; k++) {
    const dim = rank - 1 - k;
    const [before, after] = widths(pad, rank, dim);
    // A mirror needs as many elements as it shows.
    if (border === reflect && (before >= self.sizes[dim] || after >= self.sizes[dim])) {
      throw new RuntimeError(
        `Argument #${4 + 2 * k}: Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${dim} of input [${self.sizes.join(", ")}]`,
      );
    }
    const isTooSmall = (at: number): boolean => {
      const [left, right] = widths(pad, rank, at);
      return self.sizes[at] + left + right < 1;
    };
    // Of several dimensions one with elements is enough.
    const dims = Array.from({ length: count }, (_, i) => rank - 1 - i);
    if (self.sizes[dim] + before + after < 0 || dims.every(isTooSmall)) {
      throw new RuntimeError(
        `input (${"DHW".slice(3 - count)[count - 1 - k]}: ${self.sizes[dim]}) is too small. Calculated output ${"DHW".slice(3 - count)[count - 1 - k]}: ${self.sizes[dim] + before + after}`,
      );
    }
  }
}

/** The last dimension continued as a mirror shows it, without the border itself. */
export const reflectionPad1d = borderRow("reflection_pad1d", 1, reflect);
/** The last two dimensions continued as mirrors show them. */
export const reflectionPad2d = borderRow("reflection_pad2d", 2, reflect);
/** The last three dimensions continued as mirrors show them. */
export const reflectionPad3d = borderRow("reflection_pad3d", 3, reflect);
/** The last dimension continued with its first and last element. */
export const replicationPad1d = borderRow("replication_pad1d", 1, replicate);
/** The last two dimensions continued with their borders. */
export const replicationPad2d = borderRow("replication_pad2d", 2, replicate);
/** The last three dimensions continued with their borders. */
export const replicationPad3d = borderRow("replication_pad3d", 3, replicate);

const byMode: Readonly<Record<string, readonly BorderPad[]>> = {
  reflect: [reflectionPad1d, reflectionPad2d, reflectionPad3d],
  replicate: [replicationPad1d, replicationPad2d, replicationPad3d],
};

/** A border that continues at the other end. */
function circularPad(self: Tensor, pad: readonly number[]): Tensor {
  let result = self;
  for (let dim = self.ndim - pad.length / 2; dim < self.ndim; dim++) {
    const size = self.sizes[dim];
    const [before, after] = widths(pad, self.ndim, dim);
    if (before > size || after > size)
      throw new RuntimeError("Padding value causes wrapping around more than once.");
    if (before + after + size < 0)
      throw new RuntimeError("Negative padding value is resulting in an empty dimension");
    const places = Float64Array.from({ length: size + before + after }, (_, i) => wrap(i - before, size));
    result = result.indexSelect(dim, fromValues(places, [places.length], int64));
  }
  return result;
}

/** Pads the last dimensions: `mode` is "constant", "reflect", "replicate" or "circular". */
export const pad: (self: Tensor, pad: readonly number[], mode?: string, value?: number | null) => Tensor =
  aten(
    op(
      'aten::pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor',
      (self, amounts, mode, value) => {
        if (amounts.length % 2 !== 0) throw new RuntimeError("Padding length must be divisible by 2");
        if (amounts.length > 2 * self.ndim) {
          throw new RuntimeError(
            `Padding length should be less than or equal to two times the input dimension but got padding length ${amounts.length} and input of dimension ${self.ndim}`,
          );
        }
        if (mode === "constant") {
          // As a number with a fraction: one below 0 does not wrap around.
          if (amounts.some((amount) => amount > 0)) checkConversion(scalar(value ?? 0, "float"), self.dtype);
          return constantPadNd(self, amounts, value ?? 0);
        }
        if (value !== null && value !== 0) {
          throw new RuntimeError(`Padding mode "${mode}" doesn't take in value argument`);
        }
        const count = amounts.length / 2;
        if (count === 0 || count > 3 || (self.ndim !== count + 1 && self.ndim !== count + 2)) {
          throw new NotImplementedError(
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now",
          );
        }
        if (mode === "circular") return circularPad(self, amounts);
        if (!(mode in byMode)) throw new NotImplementedError(`Unrecognised padding mode ${mode}`);
        return byMode[mode][count - 1](self, amounts);
      },
      { onnxExport: borders.pad, composite: true },
    ),
  );
