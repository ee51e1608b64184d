/**
 * A tensor's printout in the style that is asked for. Printers see a {@link PrintView}, plain data, not a Tensor;
 * the three layouts are libtorch.ts, r.ts and python.ts.
 */

import type { DType } from "../tensor/dtype.ts";
import { formatLibtorch } from "./libtorch.ts";
import type { PrintOptions } from "./options.ts";
import { formatPython } from "./python.ts";
import { formatR } from "./r.ts";

/** What a printer needs to know of a tensor. */
export interface PrintView {
  readonly dtype: DType;
  readonly sizes: readonly number[];
  /** All elements, contiguous and row-major; bool as 0 and 1, int64 as bigint. */
  readonly values: ArrayLike<number> | ArrayLike<bigint>;
  readonly requiresGrad: boolean;
  /** The name of the node that made the tensor, such as `MulBackward0`; null for a leaf. */
  readonly gradFn: string | null;
}

/**
 * The printout of a tensor, without a final newline.
 *
 * @example
 * formatTensor({ dtype: float32, sizes: [2], values: [1, 2], requiresGrad: false, gradFn: null }, getPrintOptions());
 * // torch_tensor
 * //  1
 * //  2
 * // [ CPUFloatType{2} ]
 */
export function formatTensor(view: PrintView, options: PrintOptions): string {
  switch (options.style) {
    case "r":
      return formatR(view, options.lines);
    case "libtorch":
      return formatLibtorch(view);
    case "python":
      return formatPython(view, options);
  }
}
