/** Several tensors of one size changed together in one pass by a formula, as the steps of optimizers do. */
import { checkInterrupt } from "../interrupt.ts";
import { valuesOf, writeValues } from "../tensor/access.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ArrayLoop, type Assignment, javascriptLoop } from "./formula.ts";
import { VectorLoop } from "./vector-loop.ts";

/** Changes the elements of `targets` by what they and those of `given` hold at the same place, and by numbers. */
export type Update = (
  targets: readonly Tensor[],
  given: readonly Tensor[],
  numbers: readonly number[],
) => void;

/**
 * An update by formulas over the arrays of the targets, then those of what is given. Targets are overwritten in their own memory where
 * it can be, else in copies that are written back. Unlike operators this is not recorded, neither for gradients nor in traces.
 * @param arrays how many tensors take part
 * @param numbers how many numbers do
 */
export function elementwiseUpdate(
  arrays: number,
  numbers: number,
  assignments: readonly Assignment[],
): Update {
  const vectors = new VectorLoop(arrays, numbers, [{ assignments, precision: "single" }]);
  let scalars: ArrayLoop | null = null;
  return (targets, given, values) => {
    checkInterrupt();
    const elements = [...targets, ...given].map(valuesOf);
    if (elements.every((array) => array instanceof Float32Array)) vectors.run(elements, values);
    else {
      scalars ??= javascriptLoop(arrays, numbers, assignments);
      scalars(elements, values);
    }
    targets.forEach((target, i) => {
      if (elements[i].buffer === target.storage.data.buffer) target.storage.version++;
      else writeValues(target, elements[i]);
    });
  };
}
