/** Several tensors of one size changed together in one pass, as the steps of optimizers do. */
import { checkInterrupt } from "../interrupt.ts";
import { valuesOf, writeValues } from "../tensor/access.ts";
import type { NumberArray } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Hands the elements of `targets` to `change`, which overwrites them: their own memory where it can be, else copies that
 * are written back. Unlike operators this is not recorded, neither for gradients nor in traces.
 */
export function updateTogether(
  targets: readonly Tensor[],
  change: (values: readonly NumberArray[]) => void,
): void {
  checkInterrupt();
  const values = targets.map(valuesOf);
  change(values);
  targets.forEach((target, i) => {
    if (values[i].buffer === target.storage.data.buffer) target.storage.version++;
    else writeValues(target, values[i]);
  });
}
