/**
 * What kind of tensor one is: its type by torch's older names, its device, its size in memory. Loading this file gives these methods
 * to every tensor. Source: torch/csrc/autograd/python_variable_methods.cpp (type, cpu, cuda), native_functions.yaml.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import { checkDevice } from "../tensor/device.ts";
import { bool, type DType, dtypes } from "../tensor/dtype.ts";
import { sameSizes } from "../tensor/geometry.ts";
import { Tensor } from "../tensor/tensor.ts";

declare module "../tensor/tensor.ts" {
  interface Tensor {
    /** The type's name, as in `torch.FloatTensor`; or the tensor converted to the type named so or to a dtype. */
    type(): string;
    type(target: DType | string): Tensor;
    /** This tensor: it is on the CPU. */
    cpu(): Tensor;
    /** Throws torch's AssertionError, as Tracebook computes on the CPU. */
    cuda(): Tensor;
    /** The device's number; -1 is the CPU. */
    getDevice(): number;
    /** Same as `numel()`. */
    nelement(): number;
    /** Same as `dim()`. */
    ndimension(): number;
    /** Whether the tensor is on a GPU: it is not. */
    readonly isCuda: boolean;
    /** Bytes per element. */
    readonly itemsize: number;
    /** Bytes of all elements. */
    readonly nbytes: number;
  }
}

/** What torch calls a tensor of this dtype. */
const typeNameOf = (dtype: DType): string => `torch.${dtype.scalarName}Tensor`;

function typed(self: Tensor, target: DType | string): Tensor {
  if (typeof target !== "string") return self.to(target);
  const dtype = Object.values(dtypes).find((one) => typeNameOf(one) === target);
  if (dtype === undefined) throw new ValueError(`invalid type: '${target}'`);
  return self.to("cpu", dtype);
}

Object.assign(Tensor.prototype, {
  type(this: Tensor, target?: DType | string): string | Tensor {
    return target === undefined ? typeNameOf(this.dtype) : typed(this, target);
  },
  cpu(this: Tensor): Tensor {
    return this.to("cpu");
  },
  cuda: () => checkDevice("cuda"),
  getDevice: () => -1,
  nelement(this: Tensor): number {
    return this.numel();
  },
  ndimension(this: Tensor): number {
    return this.dim();
  },
});

const fields: Readonly<Record<string, (tensor: Tensor) => unknown>> = {
  isCuda: () => false,
  itemsize: ({ dtype }) => dtype.itemSize,
  nbytes: ({ dtype, elements }) => dtype.itemSize * elements,
};
for (const [name, read] of Object.entries(fields)) {
  Object.defineProperty(Tensor.prototype, name, {
    get(this: Tensor): unknown {
      return read(this);
    },
    configurable: true,
  });
}

/** Whether the elements are complex numbers: they never are here. */
export const isComplex: (self: Tensor) => boolean = aten(
  op("aten::is_complex(Tensor self) -> bool", () => false),
);

/** Whether the dtype has negative numbers. */
export const isSigned: (self: Tensor) => boolean = aten(
  op("aten::is_signed(Tensor self) -> bool", ({ dtype }) => dtype.isSigned),
);

/** Whether the tensor is a conjugate that is yet to be computed: never here. */
export const isConj: (self: Tensor) => boolean = aten(op("aten::is_conj(Tensor self) -> bool", () => false));

/** Whether the tensor is a negative that is yet to be computed: never here. */
export const isNeg: (self: Tensor) => boolean = aten(op("aten::is_neg(Tensor self) -> bool", () => false));

/** Whether both tensors have the same sizes. */
export const isSameSize: (self: Tensor, other: Tensor) => boolean = aten(
  op("aten::is_same_size(Tensor self, Tensor other) -> bool", (self, other) =>
    sameSizes(self.sizes, other.sizes),
  ),
);

/** Whether the one element is other than 0. Throws torch's RuntimeError for more or fewer elements. */
export const isNonzero: (self: Tensor) => boolean = aten(
  op("aten::is_nonzero(Tensor self) -> bool", (self) => {
    if (self.elements !== 1) {
      const what = self.elements === 0 ? "no values" : "more than one value";
      throw new RuntimeError(`Boolean value of Tensor with ${what} is ambiguous`);
    }
    const value: number | boolean = self.item<number | boolean>();
    return self.dtype === bool ? value === true : value !== 0;
  }),
);
