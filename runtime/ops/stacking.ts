/**
 * Several tensors made one or made alike: stacks by row, column and depth, grids, products and combinations.
 * Source: aten/src/ATen/native/TensorShape.cpp, Itertools.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as shapes from "../jit/onnx/shapes.ts";
import { fromValues } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { broadcastSizes, sameSizes } from "../tensor/geometry.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat, stack } from "./joining.ts";

const composite = { composite: true } as const;

/** Joins tensors. */
export type Join = (tensors: readonly Tensor[]) => Tensor;

/** The same as `cat`. */
export const concat: (tensors: readonly Tensor[], dim?: number) => Tensor = aten(
  op("aten::concat(Tensor[] tensors, int dim=0) -> Tensor", (tensors, dim) => cat(tensors, dim), composite),
);

function join(name: string, f: Join): Join {
  return aten(
    op(
      `aten::${name}(Tensor[] tensors) -> Tensor` as "aten::f(Tensor[] tensors) -> Tensor",
      (tensors) => {
        if (tensors.length === 0) throw new RuntimeError(`${name} expects a non-empty TensorList`);
        return f(tensors);
      },
      composite,
    ),
  );
}

const atLeast1d = (x: Tensor): Tensor => (x.ndim === 0 ? x.reshape([1]) : x);
const atLeast2d = (x: Tensor): Tensor => (x.ndim < 2 ? atLeast1d(x).unsqueeze(0) : x);
const atLeast3d = (x: Tensor): Tensor => (x.ndim < 3 ? atLeast2d(x).unsqueeze(-1) : x);

/** Side by side: along dimension 1, of vectors along 0. */
export const hstack = join("hstack", (tensors) => {
  const all = tensors.map(atLeast1d);
  return cat(all, all[0].ndim === 1 ? 0 : 1);
});
/** One below the other; vectors are rows. */
export const vstack = join("vstack", (tensors) => cat(tensors.map(atLeast2d), 0));
/** Along dimension 2. */
export const dstack = join("dstack", (tensors) => cat(tensors.map(atLeast3d), 2));
/** Side by side; vectors are columns. */
export const columnStack = join("column_stack", (tensors) => {
  const columns = tensors.map((x) => (x.ndim <= 1 ? x.reshape([x.elements, 1]) : x));
  return hstack(columns);
});

/** Every combination of one element of each vector, one in a row. */
export const cartesianProd = join("cartesian_prod", (tensors) => {
  for (const tensor of tensors) {
    if (tensor.ndim !== 1) {
      throw new RuntimeError(`Expect a 1D vector, but got shape [${tensor.sizes.join(", ")}]`);
    }
  }
  if (tensors.length === 1) return tensors[0];
  return stack(
    meshgrid(tensors, { indexing: "ij" }).map((grid) => grid.flatten()),
    1,
  );
});

/**
 * Grids of coordinates: result i varies with vector i along dimension i ("ij"), or with the first two swapped ("xy").
 * @example torch.meshgrid([torch.arange(2), torch.arange(2)], { indexing: "ij" })[0] // [[0, 0], [1, 1]]
 */
export const meshgrid: (
  tensors: readonly Tensor[],
  options?: { indexing?: "ij" | "xy" },
) => readonly Tensor[] = aten(
  op(
    "aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
    (tensors, indexing) => {
      if (indexing !== "ij" && indexing !== "xy") {
        throw new RuntimeError(
          `torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${indexing}`,
        );
      }
      return grids(tensors, indexing === "xy");
    },
    composite,
  ),
  op("aten::meshgrid(Tensor[] tensors) -> Tensor[]", (tensors) => grids(tensors, false), composite),
);

function grids(tensors: readonly Tensor[], swapped: boolean): readonly Tensor[] {
  if (tensors.length === 0) throw new RuntimeError("meshgrid expects a non-empty TensorList");
  const swap = swapped && tensors.length >= 2;
  const inputs = swap ? [tensors[1], tensors[0], ...tensors.slice(2)] : tensors;
  for (const tensor of inputs) {
    if (tensor.ndim > 1) {
      throw new RuntimeError(
        `torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: [${tensor.sizes.join(", ")}]`,
      );
    }
    if (tensor.dtype !== inputs[0].dtype)
      throw new RuntimeError("meshgrid expects all tensors to have the same dtype");
  }
  const sizes = inputs.map((tensor) => tensor.elements);
  const results = inputs.map((tensor, i) =>
    tensor.reshape(sizes.map((size, d) => (d === i ? size : 1))).expand(sizes),
  );
  if (!swap) return results;
  return [results[1], results[0], ...results.slice(2)];
}

/** Views of the tensors in the one shape they broadcast to. */
export const broadcastTensors: (tensors: readonly Tensor[]) => readonly Tensor[] = aten(
  op(
    "aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]",
    (tensors) => {
      const sizes = tensors.reduce<readonly number[]>(
        (common, tensor) => broadcastSizes(common, tensor.sizes),
        [],
      );
      // What needs no broadcasting is given back itself, as in torch.
      return tensors.map((tensor) => (sameSizes(tensor.sizes, sizes) ? tensor : tensor.expand(sizes)));
    },
    { ...composite, onnxExport: shapes.broadcastTensors },
  ),
);

/** Every choice of `r` elements of a vector, one in a row. */
export const combinations: (self: Tensor, r?: number, withReplacement?: boolean) => Tensor = aten(
  op(
    "aten::combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor",
    (self, r, withReplacement) => {
      if (self.ndim !== 1)
        throw new RuntimeError(`Expect a 1D vector, but got shape [${self.sizes.join(", ")}]`);
      if (r < 0) throw new RuntimeError(`Expect a non-negative number, but got ${r}`);
      const rows: number[][] = [];
      const choose = (chosen: number[], from: number): void => {
        if (chosen.length === r) rows.push(chosen);
        else for (let i = from; i < self.sizes[0]; i++) choose([...chosen, i], withReplacement ? i : i + 1);
      };
      if (r > 0) choose([], 0);
      const index = fromValues(Float64Array.from(rows.flat()), [rows.length * r], int64);
      return r === 0 ? self.narrow(0, 0, 0) : self.indexSelect(0, index).reshape([rows.length, r]);
    },
    composite,
  ),
);
