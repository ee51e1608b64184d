/**
 * The checks of a distribution's parameters.
 */

import { RuntimeError } from "../errors.ts";

/** Throws a RuntimeError with torch's message unless the parameters are in bounds. */
export function checkBounds(inBounds: boolean, message: () => string): void {
  if (!inBounds) throw new RuntimeError(message());
}
