/**
 * Other names and small variants of views, copies and limits: aliases, `broadcast_to`, `clamp_min`, `new_zeros`, ...
 * Source: native_functions.yaml.
 */
import { nonDifferentiable } from "../autograd/non-differentiable.ts";
import { aten, inplaceOf, type OpFacts, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as forms from "../jit/onnx/forms.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { valuesOf } from "../tensor/access.ts";
import { makeFull, makeZeros } from "../tensor/filled.ts";
import { checkSizes, ofDim, wrapDim } from "../tensor/geometry.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import type { Scalar } from "../tensor/scalar.ts";
import { type Tensor, viewOf } from "../tensor/tensor.ts";
import type { TensorOptions } from "./creation.ts";

const composite = { composite: true } as const;

/** A view of the whole tensor. */
export type Alias = (self: Tensor) => Tensor;

function alias_(name: string): Alias {
  return aten(
    op(
      `aten::${name}(Tensor(a) self) -> Tensor(a)` as "aten::f(Tensor self) -> Tensor",
      (self) => viewOf(self, self.sizes, self.strides),
      { grad: { self: ({ grad }) => grad } },
    ),
  );
}

/** The same tensor seen again: a view of all of it. */
export const alias = alias_("alias");
/** The tensor itself; traces mark constants with it. */
export const liftFresh = alias_("lift_fresh");

/** The tensor itself: there are no complex numbers here. */
export const real: Alias = aten(op("aten::real(Tensor(a) self) -> Tensor(a)", (self) => self, composite));

/** The elements in one dimension. */
export const ravel: Alias = aten(
  op("aten::ravel(Tensor(a) self) -> Tensor(a)", (self) => self.contiguous().view([-1]), composite),
);

/** The same as `expand`. */
export const broadcastTo: (self: Tensor, size: readonly number[]) => Tensor = aten(
  op("aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)", (self, size) => self.expand(size), {
    ...composite,
    onnxExport: shapes.expand,
  }),
);

/** The same as `diagonal`, of the last two dimensions. */
export const linalgDiagonal: (
  A: Tensor,
  options?: { offset?: number; dim1?: number; dim2?: number },
) => Tensor = aten(
  op(
    "aten::linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)",
    (A, offset, dim1, dim2) => A.diagonal(offset, dim1, dim2),
    composite,
  ),
);

/** `src` in the dtype and shape of `self`. */
export const copy: (self: Tensor, src: Tensor, nonBlocking?: boolean) => Tensor = aten(
  op(
    "aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
    (self, src) => self.clone().copy_(src),
    {
      grad: {
        self: ({ grad }) => grad.zerosLike(),
        src: ({ grad, src }) => grad.to(src.dtype),
      },
    },
  ),
);

/** A tensor shaped like `self` of one value. */
export const fill: (self: Tensor, value: Scalar | Tensor) => Tensor = aten(
  op(
    "aten::fill.Scalar(Tensor self, Scalar value) -> Tensor",
    (self, value) => self.emptyLike().fill_(value),
    { grad: { self: ({ grad }) => grad.zerosLike() } },
  ),
  op(
    "aten::fill.Tensor(Tensor self, Tensor value) -> Tensor",
    (self, value) => self.emptyLike().fill_(value),
    { grad: { self: ({ grad }) => grad.zerosLike(), value: ({ grad }) => grad.sum() } },
  ),
);

/** Each element, but at least `min`. */
export const clampMin: (self: Tensor, min: Scalar | Tensor) => Tensor = aten(
  op("aten::clamp_min(Tensor self, Scalar min) -> Tensor", (self, min) => self.clamp(min, null), {
    onnx: forms.pair("Max"),
    grad: { self: ({ grad, self, min }) => grad.mul(self.ge(min)) },
  }),
  op("aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor", (self, min) => self.maximum(min), {
    onnx: forms.pair("Max"),
    gradName: "ClampMinBackward1",
    grad: {
      self: ({ grad, self, min }) => grad.mul(self.ge(min)),
      min: ({ grad, self, min }) => grad.mul(self.lt(min)),
    },
  }),
);
/** `clampMin`, written to `self`. */
export const clampMin_ = inplaceOf(clampMin);

/** Each element, but at most `max`. */
export const clampMax: (self: Tensor, max: Scalar | Tensor) => Tensor = aten(
  op("aten::clamp_max(Tensor self, Scalar max) -> Tensor", (self, max) => self.clamp(null, max), {
    onnx: forms.pair("Min"),
    grad: { self: ({ grad, self, max }) => grad.mul(self.le(max)) },
  }),
  op("aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor", (self, max) => self.minimum(max), {
    onnx: forms.pair("Min"),
    gradName: "ClampMaxBackward1",
    grad: {
      self: ({ grad, self, max }) => grad.mul(self.le(max)),
      max: ({ grad, self, max }) => grad.mul(self.gt(max)),
    },
  }),
);
/** `clampMax`, written to `self`. */
export const clampMax_ = inplaceOf(clampMax);

/** The same as `clamp`. */
export const clip: (self: Tensor, min?: Scalar | Tensor | null, max?: Scalar | Tensor | null) => Tensor =
  aten(
    op(
      "aten::clip(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
      (self, min, max) => self.clamp(min, max),
      composite,
    ),
    op(
      "aten::clip.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor",
      (self, min, max) => self.clamp(min, max),
      composite,
    ),
  );

const tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";

/** A tensor of a shape of its own in the dtype of `self`. */
export type NewFactory = (self: Tensor, size: readonly number[], options?: TensorOptions) => Tensor;

function newRow(name: string, value: number): NewFactory {
  return aten(
    op(
      `aten::${name}(Tensor self, SymInt[] size, *, ${tail}) -> Tensor` as "aten::f(Tensor self, SymInt[] size, *, ScalarType? dtype=None) -> Tensor",
      (self, size, dtype) => makeFull(size, value, dtype ?? self.dtype),
      { onnx: numbers.newFilled(value), grad: nonDifferentiable },
    ),
  );
}

/**
 * Zeros of any shape with the dtype of `self`.
 * @example y.newZeros([2]).dtype // torch.int64
 */
export const newZeros = newRow("new_zeros", 0);
/** Ones of any shape with the dtype of `self`. */
export const newOnes = newRow("new_ones", 1);
/** A tensor of any shape with the dtype of `self`, whose values mean nothing yet. */
export const newEmpty = newRow("new_empty", 0);

/** A tensor of `fillValue` in the dtype of `self`. */
export const newFull: (
  self: Tensor,
  size: readonly number[],
  fillValue: Scalar,
  options?: TensorOptions,
) => Tensor = aten(
  op(
    "aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (self, size, value, dtype) => makeFull(size, value, dtype ?? self.dtype),
    { onnx: numbers.newFilled(null), grad: nonDifferentiable },
  ),
);

/** Whether the tensor was made inside `torch.inferenceMode`. */
export const isInference: (self: Tensor) => boolean = aten(
  op("aten::is_inference(Tensor self) -> bool", (self) => self.isInference()),
);

/** Whether the dtype is a floating one. */
export const isFloatingPoint: (self: Tensor) => boolean = aten(
  op("aten::is_floating_point(Tensor self) -> bool", (self) => self.dtype.category === "floating"),
);

/** The size of one dimension, or all sizes. */
export const size: { (self: Tensor): readonly number[]; (self: Tensor, dim: number): number } = aten(
  op("aten::size(Tensor self) -> SymInt[]", (self) => self.sizes),
  op("aten::size.int(Tensor self, int dim) -> int", (self, dim) => ofDim(self.sizes, dim)),
);

/** Memory that means nothing yet, with given strides; here it is zeros. */
export const emptyStrided: (
  size: readonly number[],
  stride: readonly number[],
  options?: TensorOptions,
) => Tensor = aten(
  op(
    "aten::empty_strided(SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (size, stride, dtype) => {
      if (size.length !== stride.length) {
        throw new RuntimeError(
          `dimensionality of sizes (${size.length}) must match dimensionality of strides (${stride.length})`,
        );
      }
      checkSizes(size);
      if (!size.includes(0) && stride.some((step, i) => step < 0 && size[i] > 1)) {
        throw new RuntimeError(
          `Storage size calculation overflowed with sizes=[${size.join(", ")}] and strides=[${stride.join(", ")}]`,
        );
      }
      const reach = size.includes(0) ? 0 : size.reduce((last, n, i) => last + (n - 1) * stride[i], 1);
      const memory = makeZeros([reach], dtype ?? getDefaultDtype());
      return viewOf(memory, size, stride);
    },
  ),
);

/** The tensor whose strides were changed in place. */
function reshaped(self: Tensor, view: Tensor): Tensor {
  // Sizes and strides are read-only to everybody else; these operators exist to change them.
  return Object.assign(self, { sizes: view.sizes, strides: view.strides });
}

/** `t` in place. */
export const t_: (self: Tensor) => Tensor = aten(
  op("aten::t_(Tensor(a!) self) -> Tensor(a!)", (self) => reshaped(self, self.t()), {
    overlapping: true,
    grad: { self: ({ grad }) => grad.t() },
  }),
);

/** `transpose` in place. */
export const transpose_: (self: Tensor, dim0: number, dim1: number) => Tensor = aten(
  op(
    "aten::transpose_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)",
    (self, dim0, dim1) => reshaped(self, self.transpose(dim0, dim1)),
    { overlapping: true, grad: { self: ({ grad, dim0, dim1 }) => grad.transpose(dim0, dim1) } },
  ),
);

/** `unsqueeze` in place. */
export const unsqueeze_: (self: Tensor, dim: number) => Tensor = aten(
  op(
    "aten::unsqueeze_(Tensor(a!) self, int dim) -> Tensor(a!)",
    (self, dim) => reshaped(self, self.unsqueeze(dim)),
    {
      overlapping: true,
      grad: { self: ({ grad, dim }) => grad.squeeze(dim) },
    },
  ),
);

const unsqueezed: OpFacts = {
  overlapping: true,
  grad: { self: ({ grad, self }) => grad.reshape(self.sizes) },
};

/** `squeeze` in place. */
export const squeeze_: (self: Tensor, dim?: number | readonly number[]) => Tensor = aten(
  op("aten::squeeze_(Tensor(a!) self) -> Tensor(a!)", (self) => reshaped(self, self.squeeze()), unsqueezed),
  op(
    "aten::squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)",
    (self, dim) => reshaped(self, self.squeeze(dim)),
    unsqueezed,
  ),
  op(
    "aten::squeeze_.dims(Tensor(a!) self, int[] dim) -> Tensor(a!)",
    (self, dim) => reshaped(self, self.squeeze(dim)),
    unsqueezed,
  ),
);

/** `narrow` with a start that is computed. */
export const narrowTensor: (self: Tensor, dim: number, start: Tensor, length: number) => Tensor = aten(
  op(
    "aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)",
    (self, dim, start, length) => {
      if (start.ndim !== 0 || start.dtype.category !== "integral") {
        throw new RuntimeError("start must be an 0-dim integral Tensor.");
      }
      const d = wrapDim(dim, self.ndim);
      const first = valuesOf(start)[0];
      return self.narrow(d, first < 0 ? first + self.sizes[d] : first, length);
    },
    composite,
  ),
);
