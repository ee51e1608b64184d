/** The gradient of pools that know where their elements came from. */
import type { GradFormula } from "../dispatch/op.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Gradients put back where the greatest elements came from; `rank` spatial dimensions. */
function putBack(grad: Tensor, self: Tensor, indices: Tensor, rank: number): Tensor {
  if (grad.elements === 0) return self.zerosLike();
  const planes = self.sizes.slice(0, -rank);
  const flat = self.zerosLike().reshape([...planes, -1]);
  const at = indices.reshape([...planes, -1]);
  return flat.scatterAdd(planes.length, at, grad.reshape([...planes, -1])).reshape(self.sizes);
}

/** The gradient of a pool with indices over `rank` dimensions. */
export const pooledGradient =
  (rank: number): GradFormula =>
  ({ grad, self, results }) =>
    putBack(grad, self, results[1], rank);
