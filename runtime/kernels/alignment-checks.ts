/** What the loss of aligned labels demands of its arguments, in torch's words. Source: aten/src/ATen/native/LossCTC.cpp. */
import { onlyWideFloats, refuse } from "../dispatch/refusal.ts";
import { RuntimeError } from "../errors.ts";
import { bool, int32, int64 } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How the messages of torch's checks end. */
export const whileChecking = " (while checking arguments for ctc_loss_allocate_outputs)";

/** Throws torch's RuntimeError unless each sequence has its length. */
export function checkLengths(lengths: readonly number[], name: string, batch: number): void {
  if (lengths.length !== batch) throw new RuntimeError(`${name} must be of size batch_size`);
}

const className = ({ dtype }: Tensor): string =>
  dtype === bool || dtype.name === "bfloat16"
    ? `CPU${dtype.scalarName}Type`
    : `torch.${dtype.scalarName}Tensor`;

/** Throws torch's errors for scores and labels of other dtypes or dimensions, in the order it looks at them. */
export function checkScores(logProbs: Tensor, targets: Tensor): void {
  if (logProbs.elements === 0) throw new RuntimeError("log_probs tensor must not be empty");
  refuse(onlyWideFloats("ctc_loss_cpu"), logProbs.dtype);
  if (targets.dtype !== int64 && targets.dtype !== int32) {
    throw new RuntimeError(
      `Expected tensor for argument #2 'targets' to have scalar type Int; but got ${className(targets)} instead${whileChecking}`,
    );
  }
  if (logProbs.ndim !== 3) {
    throw new RuntimeError(
      `Expected 3-dimensional tensor, but got ${logProbs.ndim}-dimensional tensor for argument #1 'log_probs'${whileChecking}`,
    );
  }
  if (targets.ndim < 1 || targets.ndim > 2) {
    throw new RuntimeError(
      `Expected 1 to 2 dimensions, but got ${targets.ndim}-dimensional tensor for argument #2 'targets'${whileChecking}`,
    );
  }
}
