/**
 * Copies and conversions: other dtypes, memory of their own, numbers out of tensors and into them.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Copy.cpp, TensorConversions.cpp.
 */

import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { hostReads } from "../dispatch/interpreter.ts";
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as writes from "../jit/optimization/functional-forms.ts";
import { overwrite } from "../kernels/inplace.ts";
import { inMemoryOrder } from "../kernels/memory-order.ts";
import { convertValues, firstValue, fromValues, rawValuesOf, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, type DType, int64 } from "../tensor/dtype.ts";
import { broadcastSizes, sameSizes } from "../tensor/geometry.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { type Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const copyOf = (self: Tensor): Tensor => {
  const raw = rawValuesOf(self);
  return tensorFromArray(raw.buffer === self.storage.data.buffer ? raw.slice() : raw, self.dtype, self.sizes);
};

/**
 * A copy with memory of its own, laid out as the original, or row-major with `memoryFormat` 0; gradients flow through.
 * @example x.clone().add_(1).sum().item() // 14
 */
export const clone: (self: Tensor, options?: { memoryFormat?: number | null }) => Tensor = aten(
  op(
    "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
    (self, format) => (format === 0 ? copyOf(self) : inMemoryOrder([self], copyOf)),
    { onnx: forms.identity, grad: { self: ({ grad }) => grad } },
  ),
);

/** This tensor if it is row-major without gaps, else a copy that is. */
export const contiguous: (self: Tensor) => Tensor = aten(
  op(
    "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
    (self, format) => {
      if (format === CHANNELS_LAST || format === CHANNELS_LAST_3D) return channelsLast(self, format);
      return self.isContiguous() ? self : self.clone({ memoryFormat: 0 });
    },
    { onnx: forms.identity, composite: true },
  ),
);

function converted(self: Tensor, dtype: DType): Tensor {
  if (dtype === int64 && self.dtype.category === "floating") checkFinite(self);
  if (self.dtype === dtype) return copyOf(self);
  const isRounded = self.dtype === int64 && dtype.category === "floating";
  const values = isRounded ? roundedInt64(self) : valuesOf(self);
  return fromValues(convertValues(values, self.dtype, dtype), self.sizes, dtype);
}

/** Integers of any size as the nearest doubles. */
function roundedInt64(self: Tensor): Float64Array<ArrayBuffer> {
  const raw = rawValuesOf(self);
  const words = new Int32Array(raw.buffer, raw.byteOffset, 2 * raw.length);
  const values = new Float64Array(raw.length);
  for (let i = 0; i < values.length; i++) values[i] = words[2 * i + 1] * 2 ** 32 + (words[2 * i] >>> 0);
  return values;
}

/** C++ casts NaN and infinity to the smallest int64; a number beyond 2^53 would be an error later, so it is one here. */
function checkFinite(self: Tensor): void {
  for (const value of valuesOf(self)) {
    if (value - value !== 0)
      throw new RuntimeError(`cannot convert ${value} to torch.int64: the result would not be a number`);
  }
}

const toCopy: (self: Tensor, options?: { dtype?: DType }) => Tensor = aten(
  op(
    "aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
    (self, dtype) => inMemoryOrder([self], (turned) => converted(turned, dtype ?? self.dtype)),
    { onnx: forms.castToResult, gradName: "ToCopyBackward0", grad: { self: ({ grad }) => grad } },
  ),
);

const toDtype = (self: Tensor, dtype: DType | null, copy: boolean): Tensor =>
  dtype === null || (dtype === self.dtype && !copy) ? (copy ? self.clone() : self) : toCopy(self, { dtype });

/** The tensor lying in memory as asked for; by default as what it was made of. */
function laidOut(tensor: Tensor, format: number | null): Tensor {
  if (format === 0) return tensor.contiguous();
  return format === CHANNELS_LAST || format === CHANNELS_LAST_3D ? channelsLast(tensor, format) : tensor;
}

const [CHANNELS_LAST, CHANNELS_LAST_3D] = [2, 3];

/** The tensor with its channels, dimension 1, next to each other in memory. */
function channelsLast(tensor: Tensor, format: number): Tensor {
  const rank = format + 2;
  if (tensor.ndim !== rank)
    throw new RuntimeError(
      `required rank ${rank} tensor to use channels_last${rank === 5 ? "_3d" : ""} format`,
    );
  return tensor.movedim(1, -1).contiguous().movedim(-1, 1);
}

function checkDevice(device: string | null): void {
  if (device !== null && !/^cpu(:0)?$/.test(device)) {
    throw new RuntimeError(`Expected the device cpu, the only one Tracebook computes on, but got ${device}`);
  }
}

/**
 * The tensor in another dtype (or that of another tensor); the same object where nothing changes.
 * @example x.to(torch.int64).dtype // torch.int64
 */
export const to: To = aten(
  op(
    "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, dtype, _nonBlocking, copy, format) => laidOut(toDtype(self, dtype, copy), format),
    { onnx: forms.castToResult, composite: true },
  ),
  op(
    "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, device, dtype, _nonBlocking, copy, format) => {
      checkDevice(device);
      return laidOut(toDtype(self, dtype, copy), format);
    },
    { onnx: forms.castToResult, composite: true },
  ),
  op(
    "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, dtype, _layout, device, _pin, _nonBlocking, copy, format) => {
      checkDevice(device);
      return laidOut(toDtype(self, dtype, copy), format);
    },
    { onnx: forms.castToResult, composite: true },
  ),
  op(
    "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, other, _nonBlocking, copy, format) =>
      laidOut(self.to({ device: "cpu", dtype: other.dtype, copy }), format),
    { onnx: forms.castToResult, composite: true, untraced: true },
  ),
);

/** What a tensor can be converted to. */
export interface To {
  (self: Tensor, dtype: DType, options?: { copy?: boolean }): Tensor;
  (self: Tensor, other: Tensor, options?: { copy?: boolean }): Tensor;
  (self: Tensor, options: { dtype?: DType; device?: string; copy?: boolean }): Tensor;
}

/** The tensor in the dtype of `other`. */
export const typeAs: (self: Tensor, other: Tensor) => Tensor = aten(
  op("aten::type_as(Tensor self, Tensor other) -> Tensor", (self, other) => self.to(other.dtype), {
    onnx: forms.castToResult,
    composite: true,
  }),
);

/** Overwrites the elements with those of `src`, broadcast and cast to this tensor's dtype. */
export const copy_: (self: Tensor, src: Tensor, nonBlocking?: boolean) => Tensor = aten(
  op(
    "aten::copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)",
    (self, src) => {
      const sizes = broadcastSizes(self.sizes, src.sizes);
      if (!sameSizes(sizes, self.sizes)) {
        throw new RuntimeError(
          `output with shape [${self.sizes.join(", ")}] doesn't match the broadcast shape [${sizes.join(", ")}]`,
        );
      }
      return overwrite(self, src.expand(self.sizes));
    },
    {
      plain: writes.copied,
      gradName: "CopyBackwards",
      grad: { self: ({ grad }) => grad.zerosLike(), src: ({ grad }) => grad },
    },
  ),
);

/** Overwrites every element with one value. */
export const fill_: (self: Tensor, value: Scalar | Tensor) => Tensor = aten(
  op(
    "aten::fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)",
    (self, value) => {
      checkConversion(value, self.dtype);
      return overwrite(self, wrapScalar(value).expand(self.sizes));
    },
    {
      overlapping: true,
      plain: writes.filled,
      gradName: "FillBackward0",
      grad: { self: ({ grad }) => grad.zerosLike() },
    },
  ),
  op(
    "aten::fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)",
    (self, value) => {
      if (value.sizes.length > 0) {
        throw new RuntimeError(
          `fill_ only supports 0-dimension value tensor but got tensor with ${value.sizes.length} dimensions.`,
        );
      }
      return overwrite(self, value.expand(self.sizes));
    },
    {
      overlapping: true,
      plain: writes.filled,
      gradName: "FillBackward1",
      grad: { self: ({ grad }) => grad.zerosLike(), value: ({ grad }) => grad.sum() },
    },
  ),
);

/** Overwrites every element with 0. */
export const zero_: (self: Tensor) => Tensor = aten(
  op(
    "aten::zero_(Tensor(a!) self) -> Tensor(a!)",
    (self) => overwrite(self, wrapScalar(0).expand(self.sizes)),
    {
      overlapping: true,
      plain: writes.filled,
      gradName: "ZeroBackward0",
      grad: { self: ({ grad }) => grad.zerosLike() },
    },
  ),
);

/** The number of a one-element tensor as a JavaScript number, a boolean for bool tensors. */
export const item: <T extends number | boolean = number>(self: Tensor) => T = aten(
  op(
    "aten::item(Tensor self) -> Scalar",
    (self) => {
      if (self.elements !== 1) {
        throw new RuntimeError(`a Tensor with ${self.elements} elements cannot be converted to Scalar`);
      }
      hostReads.current?.note(self, "item");
      const value = firstValue(self);
      return self.dtype === bool ? value !== 0 : value;
    },
    { grad: nonDifferentiable },
  ),
);

/** The number of a one-element tensor, as torch's `item` gets it. */
export const _localScalarDense: <T extends number | boolean = number>(self: Tensor) => T = aten(
  op("aten::_local_scalar_dense(Tensor self) -> Scalar", (self) =>
    self.reshape([-1]).narrow(0, 0, 1).item<number | boolean>(),
  ),
);
