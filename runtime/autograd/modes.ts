/**
 * The modes a user sets around a piece of code: noGrad, enableGrad, inferenceMode. They take the code as a function; of
 * an async function the mode lasts until its promise settles.
 * Source: torch/autograd/grad_mode.py.
 */
import { hostReads } from "../dispatch/interpreter.ts";
import { inferenceMode as inferring } from "../tensor/storage.ts";
import { gradMode } from "./grad-mode.ts";

function withModes<T>(grad: boolean, inference: boolean, fn: () => T): T {
  const saved = { grad: gradMode.enabled, inference: inferring.enabled };
  const restore = (): void => {
    gradMode.enabled = saved.grad;
    inferring.enabled = saved.inference;
  };
  gradMode.enabled = grad;
  inferring.enabled = inference;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}

/**
 * Runs `fn` without recording for gradients and gives its result.
 * @example const accuracy = torch.noGrad(() => model.forward(x).argmax(1).eq(y).float().mean().item());
 */
export function noGrad<T>(fn: () => T): T {
  const result = withModes(false, inferring.enabled, fn);
  hostReads.current?.returned?.(result, "noGrad");
  return result;
}

/** Runs `fn` with recording for gradients, also inside `noGrad`. */
export const enableGrad = <T>(fn: () => T): T => withModes(true, inferring.enabled, fn);

/** Runs `fn` with recording switched on or off. */
export const setGradEnabled = <T>(enabled: boolean, fn: () => T): T =>
  withModes(enabled, inferring.enabled, fn);

/** Runs `fn` without recording; tensors made in it can never become part of a gradient graph. */
export const inferenceMode = <T>(fn: () => T): T => withModes(false, true, fn);

/** Whether operations are recorded for gradients now. */
export const isGradEnabled = (): boolean => gradMode.enabled;

/** Whether inference mode is on now. */
export const isInferenceModeEnabled = (): boolean => inferring.enabled;
