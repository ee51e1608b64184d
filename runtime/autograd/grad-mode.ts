/** Whether calls are recorded for gradients. The user's own switches are modes.ts's. */

/** Whether calls are recorded; `noGrad` and the engine switch it off. */
export const gradMode = { enabled: true };

/** Runs `fn` with recording switched on or off. */
export function withGradMode<T>(enabled: boolean, fn: () => T): T {
  const saved = gradMode.enabled;
  gradMode.enabled = enabled;
  try {
    return fn();
  } finally {
    gradMode.enabled = saved;
  }
}
