/** `torch.unique` as Python has it: what was asked for of `_unique2` and `unique_dim`. Source: torch/functional.py. */
import type { Tensor } from "../tensor/tensor.ts";
import { _unique2, uniqueDim } from "./unique.ts";

export interface UniqueOptions {
  /** In order; they always are here. */
  readonly sorted?: boolean;
  /** Also where each element went. */
  readonly returnInverse?: boolean;
  /** Also how often each occurs. */
  readonly returnCounts?: boolean;
  /** Distinct slices along this dimension instead of distinct elements. */
  readonly dim?: number | null;
}

type Plain = UniqueOptions & { readonly returnInverse?: false; readonly returnCounts?: false };
type One = UniqueOptions & ({ readonly returnInverse: true } | { readonly returnCounts: true });

/**
 * The distinct elements in order; with their places or counts where the options ask for them.
 * @example const [values, counts] = torch.unique(x, { returnCounts: true })
 */
export function unique(
  self: Tensor,
  options: UniqueOptions & { readonly returnInverse: true; readonly returnCounts: true },
): [output: Tensor, inverse: Tensor, counts: Tensor];
export function unique(self: Tensor, options: One): [output: Tensor, inverseOrCounts: Tensor];
export function unique(self: Tensor, options?: Plain): Tensor;
export function unique(self: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  const { sorted = true, returnInverse = false, returnCounts = false, dim = null } = options;
  const [output, inverse, counts] =
    dim === null
      ? _unique2(self, sorted, returnInverse, returnCounts)
      : uniqueDim(self, dim, sorted, returnInverse, returnCounts);
  if (!returnInverse && !returnCounts) return output;
  return [output, ...(returnInverse ? [inverse] : []), ...(returnCounts ? [counts] : [])];
}
