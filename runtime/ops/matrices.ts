/**
 * Matrices from vectors and indices: diagonals, triangles, powers.
 * Source: derivatives.yaml, aten/src/ATen/native/TensorShape.cpp (diag_embed), TensorFactories.cpp.
 */

import { aten, op } from "../dispatch/op.ts";
import { onlyIndices, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { fromValues } from "../tensor/access.ts";
import { type DType, dtypeOfCode, int64 } from "../tensor/dtype.ts";
import { makeZeros } from "../tensor/filled.ts";
import { wrapDim } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorOptions } from "./creation.ts";
import { cat } from "./joining.ts";
import { cumprod } from "./scans.ts";

const composite = { composite: true } as const;

/** Matrices with the vectors of the last dimension on a diagonal. */
export const diagEmbed: (self: Tensor, offset?: number, dim1?: number, dim2?: number) => Tensor = aten(
  op(
    "aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    (self, offset, dim1, dim2) => {
      const rank = self.ndim + 1;
      const [a, b] = [wrapDim(dim1, rank), wrapDim(dim2, rank)];
      if (a === b) throw new RuntimeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
      const size = self.sizes[self.ndim - 1] + Math.abs(offset);
      const sizes = [...self.sizes.slice(0, -1)];
      for (const dim of [a, b].sort((x, y) => x - y)) sizes.splice(dim, 0, size);
      const out = makeZeros(sizes, self.dtype);
      out.diagonal(offset, a, b).copy_(self);
      return out;
    },
    { grad: { self: ({ grad, offset, dim1, dim2 }) => grad.diagonal(offset, dim1, dim2) } },
  ),
);

/**
 * A matrix with a vector on a diagonal, or a diagonal of a matrix.
 * @example x.diag() // [1, 4]
 */
export const diag: (self: Tensor, diagonal?: number) => Tensor = aten(
  op(
    "aten::diag(Tensor self, int diagonal=0) -> Tensor",
    (self, diagonal) => {
      if (self.ndim !== 1 && self.ndim !== 2) {
        throw new RuntimeError(`diag(): Supports 1D or 2D tensors. Got ${self.ndim}D`);
      }
      return self.ndim === 1 ? diagEmbed(self, diagonal) : self.diagonal(diagonal).clone();
    },
    composite,
  ),
);

/** A matrix with all elements on a diagonal. */
export const diagflat: (self: Tensor, offset?: number) => Tensor = aten(
  op(
    "aten::diagflat(Tensor self, int offset=0) -> Tensor",
    (self, offset) => diagEmbed(self.reshape([-1]), offset),
    composite,
  ),
);

/** The rows and columns of the places of a triangle. */
export type TriangleIndices = (row: number, col: number, offset?: number, options?: TensorOptions) => Tensor;

function triangleIndices(
  name: string,
  inside: (row: number, column: number, offset: number) => boolean,
): TriangleIndices {
  return aten(
    op(
      `aten::${name}(int row, int col, int offset=0, *, ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor` as "aten::f(int row, int col, int offset=0, *, ScalarType? dtype=4) -> Tensor",
      (rows, columns, offset, dtype: DType | number | null) => {
        if (rows < 0) throw new RuntimeError(`row must be non-negative, got${rows}`);
        if (columns < 0) throw new RuntimeError(`col must be non-negative, got${columns}`);
        const found: [number, number][] = [];
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) if (inside(i, j, offset)) found.push([i, j]);
        const result = typeof dtype === "number" ? dtypeOfCode(dtype) : (dtype ?? int64);
        refuse(onlyIndices(name), result);
        const out = allocateNumbers(result, 2 * found.length);
        out.set([...found.map(([row]) => row), ...found.map(([, column]) => column)]);
        return fromValues(out, [2, found.length], result);
      },
    ),
  );
}

/**
 * Rows and columns of the lower triangle of a matrix, as a 2 × n tensor.
 * @example torch.trilIndices(2, 2) // [[0, 1, 1], [0, 0, 1]]
 */
export const trilIndices = triangleIndices("tril_indices", (row, column, offset) => column - row <= offset);
/** Rows and columns of the upper triangle of a matrix, as a 2 × n tensor. */
export const triuIndices = triangleIndices("triu_indices", (row, column, offset) => column - row >= offset);

/** Powers of each element: `[..., n]` becomes `[..., n, N]`. */
export const linalgVander: (x: Tensor, options?: { N?: number | null }) => Tensor = aten(
  op(
    "aten::linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor",
    (vector, given) => {
      const x = vector.ndim === 0 ? vector.reshape([1]) : vector;
      if (x.dtype.category === "bool" || (x.isFloatingPoint() && x.dtype.itemSize === 2)) {
        throw new RuntimeError(
          `linalg.vander supports floating point, complex, and integer tensors, but got ${x.dtype.scalarName}`,
        );
      }
      const n = given ?? x.sizes[x.ndim - 1];
      if (n <= 1) throw new RuntimeError("N must be greater than 1.");
      const powers = cumprod(x.unsqueeze(-1).expand([...x.sizes, n - 1]), -1);
      return cat([powers.narrow(-1, 0, 1).onesLike(), powers], -1);
    },
    composite,
  ),
);
