/**
 * Functions that low files need from higher ones, where a plain import would close a circle while modules load. Each
 * is set, once, by the file that knows it. This file imports nothing that runs.
 */
import type { AutogradMeta, Edge } from "../autograd/node.ts";
import type { DType } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

interface LateFunctions {
  /** The record that ties a tensor to the gradient graph; set by autograd/node.ts. */
  makeAutogradMeta: (tensor: Tensor) => AutogradMeta;
  /** The edge of a tensor, renewed if its base was changed in place; set by autograd/edges.ts. */
  refreshEdge: (tensor: Tensor) => Edge | null;
  /** The text of a tensor; set by tensor/display.ts. */
  print: (tensor: Tensor) => string;
  /** A tensor of zeros; set by tensor/filled.ts. */
  zeros: (sizes: readonly number[], dtype: DType) => Tensor;
  /** `torch.cat`; set by ops/joining.ts. */
  cat: (tensors: readonly Tensor[], dim: number) => Tensor;
  /** Runs a functional kernel and writes its result to `self`; set by kernels/inplace.ts. */
  writeBack: (self: Tensor, kernel: (...args: never[]) => unknown, rest: readonly unknown[]) => Tensor;
  /** Runs a functional kernel and writes its result to `out`, which takes its shape; set by kernels/inplace.ts. */
  writeOut: (
    name: string,
    out: Tensor,
    kernel: (...args: never[]) => unknown,
    args: readonly unknown[],
  ) => Tensor;
}

export const late = {} as LateFunctions;
