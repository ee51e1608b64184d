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
import { checkOverlap } from "../tensor/memory-overlap.ts";
import { convertValues, firstValue, fromValues, rawValuesOf, valuesOf } from "../tensor/access.ts";
import { checkConversion } from "../tensor/checked-conversion.ts";
import { bool, type DType, dtypeOfCode, int64 } from "../tensor/dtype.ts";
import { checkDevice } from "../tensor/device.ts";
import { broadcastSizes, sameSizes } from "../tensor/geometry.ts";
import {
  checkFormat,
  memoryOrder,
  preserveFormat,
  stridesIn,
  suggestedFormat,
} from "../tensor/memory-format.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { type Tensor, tensorFromArray, viewOf } from "../tensor/tensor.ts";
import { wrapScalar } from "../tensor/wrapped.ts";

const copyOf = (self: Tensor): Tensor => {
  const raw = rawValuesOf(self);
  return tensorFromArray(raw.buffer === self.storage.data.buffer ? raw.slice() : raw, self.dtype, self.sizes);
};

/** What a kernel with row-major results makes of a tensor, laid out in a memory format; null is as the tensor itself. */
function laidOut(self: Tensor, format: number | null, kernel: (turned: Tensor) => Tensor): Tensor {
  if (format === null || format === preserveFormat) return inMemoryOrder([self], kernel);
  checkFormat(self.ndim, format);
  const order = memoryOrder(self.ndim, format);
  const turn = (values: readonly number[]): number[] => order.map((dim) => values[dim]);
  const result = kernel(viewOf(self, turn(self.sizes), turn(self.strides)));
  return viewOf(result, self.sizes, stridesIn(self.sizes, format));
}

/**
 * A copy with memory of its own, laid out as the original, or as `memoryFormat` says; gradients flow through.
 * @example x.clone().add_(1).sum().item() // 14
 */
export const clone: (self: Tensor, options?: { memoryFormat?: number | null }) => Tensor = aten(
  op(
    "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
    (self, format) => laidOut(self, format, copyOf),
    { onnx: forms.identity, grad: { self: ({ grad }) => grad } },
  ),
);

/** This tensor if it lies in row-major order (or another memory format) without gaps, else a copy that does. */
export const contiguous: (self: Tensor, options?: { memoryFormat?: number }) => Tensor = aten(
  op(
    "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=0) -> Tensor(a)",
    (self, format) =>
      self.isContiguous({ memoryFormat: format }) ? self : self.clone({ memoryFormat: format }),
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

const toCopy: (self: Tensor, options: { dtype: DType; memoryFormat: number | null }) => Tensor = aten(
  op(
    "aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
    (self, dtype, _layout, _device, _pinned, _nonBlocking, format) =>
      laidOut(self, format, (turned) => converted(turned, dtype ?? self.dtype)),
    { onnx: forms.castToResult, gradName: "ToCopyBackward0", grad: { self: ({ grad }) => grad } },
  ),
);

/** The tensor itself where nothing changes and no copy is asked for. */
function convert(self: Tensor, given: DType | null, copy: boolean, memoryFormat: number | null): Tensor {
  const dtype = given ?? self.dtype;
  const lies =
    memoryFormat === null ||
    memoryFormat === preserveFormat ||
    memoryFormat === suggestedFormat(self.sizes, self.strides);
  return dtype === self.dtype && !copy && lies ? self : toCopy(self, { dtype, memoryFormat });
}

/** `to` with options that the signature does not show, as they mean nothing here. */
const allOptions = (
  self: Tensor,
  options: ToOptions & { dtype: DType; layout: number; device: string },
): Tensor => self.to(options);

/**
 * The tensor in another dtype or memory format (or in the dtype of another tensor); the same object where nothing changes.
 * Devices can be named, as long as they are the CPU: for others torch's error is thrown.
 * @example x.to(torch.int64).dtype // torch.int64
 */
export const to: To = aten(
  op(
    "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, dtype, _nonBlocking, copy, format) => convert(self, dtype, copy, format),
    { onnx: forms.castToResult, composite: true },
  ),
  op(
    "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, device, dtype, _nonBlocking, copy, format) => {
      checkDevice(device);
      return convert(self, dtype, copy, format);
    },
    { onnx: forms.castToResult, composite: true },
  ),
  // Python's `x.to("cpu")`, which is `to.dtype_layout` with everything named below Python.
  op(
    "aten::to.prim_Device(Tensor(a) self, Device? device, int? dtype=None, bool non_blocking=False, bool copy=False) -> Tensor(b|a)",
    (self, device, code, nonBlocking, copy) => {
      const dtype = code === null ? self.dtype : dtypeOfCode(code);
      return allOptions(self, { dtype, layout: 0, device: device ?? "cpu", nonBlocking, copy });
    },
    { composite: true, untraced: true },
  ),
  op(
    "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, dtype, _layout, device, _pin, _nonBlocking, copy, format) => {
      if (device !== null) checkDevice(device);
      return convert(self, dtype, copy, format);
    },
    { onnx: forms.castToResult, composite: true },
  ),
  op(
    "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    (self, other, _nonBlocking, copy, memoryFormat) =>
      self.to({ device: "cpu", dtype: other.dtype, copy, memoryFormat }),
    { onnx: forms.castToResult, composite: true, untraced: true },
  ),
);

/** What a tensor can be converted to. */
export interface To {
  (self: Tensor, dtype: DType, options?: ToOptions): Tensor;
  (self: Tensor, other: Tensor, options?: ToOptions): Tensor;
  (self: Tensor, device: string, dtype?: DType, options?: ToOptions): Tensor;
  (self: Tensor, options: ConversionOptions): Tensor;
}

/** How a tensor is converted: `copy` asks for memory of its own, `memoryFormat` for an order in memory. */
export interface ToOptions {
  readonly nonBlocking?: boolean;
  readonly copy?: boolean;
  readonly memoryFormat?: number | null;
}

/** The same, and into what. */
export interface ConversionOptions extends ToOptions {
  readonly dtype?: DType;
  readonly device?: string;
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
      checkOverlap(self, []);
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
