/**
 * Products of batches of matrices in any dtype: host loops that add up in double precision, and the backend where the
 * work is float32 and large. Broadcasting of batches is linalg.ts's.
 */
import { RuntimeError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { cppName, type DType } from "../tensor/dtype.ts";
import { isContiguous } from "../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { heavyKernels, type MatrixBatch } from "./backend.ts";

/** A batch of row-major matrices; a `transposed` one is stored with rows and columns swapped. */
export interface Matrices {
  readonly data: NumberArray;
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/** A tensor of rank 2 or 3 as a batch of matrices; a transposed view is used as it lies. */
function operandOf(tensor: Tensor): Matrices {
  const rank = tensor.sizes.length;
  const batch = rank === 3 ? tensor.sizes[0] : 1;
  const [rows, columns] = tensor.sizes.slice(rank - 2);
  const swapped = [...tensor.sizes.slice(0, rank - 2), columns, rows];
  const swappedStrides = [
    ...tensor.strides.slice(0, rank - 2),
    tensor.strides[rank - 1],
    tensor.strides[rank - 2],
  ];
  if (!tensor.isContiguous() && isContiguous(swapped, swappedStrides)) {
    return { data: valuesOf(tensor.transpose(-2, -1)), batch, rows, columns, transposed: true };
  }
  return { data: valuesOf(tensor), batch, rows, columns, transposed: false };
}

/** The row-major products of two tensors of rank 2, or of rank 3 with one batch size. */
export function multiply(a: Tensor, b: Tensor): NumberArray {
  if (a.dtype !== b.dtype) {
    throw new RuntimeError(
      `expected m1 and m2 to have the same dtype, but got: ${cppName(a.dtype)} != ${cppName(b.dtype)}`,
    );
  }
  return multiplyMatrices(operandOf(a), operandOf(b), a.dtype);
}

/** The row-major products of two batches of matrices, computed in `dtype`. */
export function multiplyMatrices(left: Matrices, right: Matrices, dtype: DType): NumberArray {
  const work = left.batch * left.rows * left.columns * right.columns;
  const backend = heavyKernels(dtype, work);
  if (backend !== null) return backend.matmul(left as MatrixBatch, right as MatrixBatch);
  return hostMatmul(left, right, dtype);
}

function hostMatmul(a: Matrices, b: Matrices, dtype: DType): NumberArray {
  const [m, k, n] = [a.rows, a.columns, b.columns];
  const out = allocateNumbers(dtype, a.batch * m * n);
  const [aRow, aStep] = a.transposed ? [1, m] : [k, 1];
  const [bRow, bStep] = b.transposed ? [1, k] : [n, 1];
  // Integers of up to 32 bits wrap around, and have products that no double holds.
  const wraps = dtype.category === "integral" && dtype.itemSize < 8;
  for (let batch = 0; batch < a.batch; batch++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        let p = batch * m * k + i * aRow;
        let q = batch * k * n + j * bStep;
        if (wraps)
          for (let s = 0; s < k; s++, p += aStep, q += bRow)
            sum = (sum + Math.imul(a.data[p], b.data[q])) | 0;
        else for (let s = 0; s < k; s++, p += aStep, q += bRow) sum += a.data[p] * b.data[q];
        out[(batch * m + i) * n + j] = sum;
      }
    }
  }
  return out;
}
