/** Parameters: tensors that a module learns. What makes a tensor one is being an instance of this class. */
import { Tensor } from "../tensor/tensor.ts";

/**
 * A tensor that belongs to a module's parameters when it is assigned to one of its fields. Shares memory with `data`.
 * @example this.weight = new nn.Parameter(torch.zeros([3, 2]));
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, requiresGrad = true) {
    super(data.storage, data.dtype, data.sizes, data.strides, data.offset);
    if (requiresGrad) this.requiresGrad_();
  }
}
