/**
 * Embedding: rows of a table picked by index.
 * Source: native_functions.yaml, derivatives.yaml, aten/src/ATen/native/Embedding.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { checkIndices } from "../kernels/indices.ts";
import * as layers from "../jit/onnx/layers.ts";
import { makeZeros } from "../tensor/filled.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The rows of `weight` that `indices` name; the gradient leaves row `paddingIdx` alone. */
export const embedding: (
  weight: Tensor,
  indices: Tensor,
  paddingIdx?: number,
  scaleGradByFreq?: boolean,
  sparse?: boolean,
) => Tensor = aten(
  op(
    "aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor",
    (weight, indices) => {
      if (weight.sizes.length !== 2) throw new RuntimeError("'weight' must be 2-D");
      checkIndices(indices, 1, "embedding");
      return weight.indexSelect(0, indices.reshape([-1])).view([...indices.sizes, weight.sizes[1]]);
    },
    {
      onnx: layers.embedding,
      grad: {
        weight: ({ grad, weight, indices, padding_idx: padding, scale_grad_by_freq: byFrequency }) => {
          const flat = (indices as Tensor).reshape([-1]);
          let rows = (grad as Tensor).reshape([-1, weight.sizes[1]]);
          if (padding >= 0) rows = rows.maskedFill(flat.eq(padding).unsqueeze(1), 0);
          if (byFrequency) {
            const ones = makeZeros([weight.sizes[0]], weight.dtype).indexAdd(
              0,
              flat,
              rows.select(1, 0).onesLike(),
            );
            rows = rows.div(ones.indexSelect(0, flat).unsqueeze(1));
          }
          return weight.zerosLike().indexAdd(0, flat, rows);
        },
      },
    },
  ),
);

/** Shortens the rows that `indices` name and whose norm is greater than `maxNorm` to it, in place. */
export const embeddingRenorm_: (self: Tensor, indices: Tensor, maxNorm: number, normType: number) => Tensor =
  aten(
    op(
      "aten::embedding_renorm_(Tensor(a!) self, Tensor indices, float max_norm, float norm_type) -> Tensor(a!)",
      (self, indices, maxNorm, normType) => {
        if (self.ndim !== 2) {
          throw new RuntimeError(
            `Expected 2-dimensional tensor, but got ${self.ndim}-dimensional tensor for argument #1 'self' (while checking arguments for embedding_renorm_)`,
          );
        }
        checkIndices(indices, 2, "embedding_renorm_");
        for (const row of new Set(indices.reshape([-1]).tolist<number[]>().map(Number))) {
          const vector = self.select(0, row);
          const length = vector.norm(normType).item<number>();
          if (length > maxNorm) vector.mul_(maxNorm / (length + 1e-7));
        }
        return self;
      },
    ),
  );
