/** Parameters: tensors that a module learns. What makes a tensor one is being an instance of this class. */
import { getPrintOptions } from "../print/options.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * A tensor that belongs to a module's parameters when it is assigned to one of its fields. Shares memory with `data`.
 * @example new nn.Parameter(torch.zeros([3, 2])).requiresGrad // true
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, requiresGrad = true) {
    super(data.storage, data.dtype, data.sizes, data.strides, data.offset);
    if (requiresGrad) this.requiresGrad_();
  }

  /** The tensor as torch prints it; Python's form says that it is a parameter. */
  override toString(): string {
    const text = super.toString();
    return getPrintOptions().style === "python" ? `Parameter containing:\n${text}` : text;
  }
}
