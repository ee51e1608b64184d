/**
 * The generator that random operators use when none is given, seeded unforeseeably at start as torch's is.
 */

import { Generator } from "./generator.ts";

/** `torch.default_generator`. */
export const defaultGenerator = new Generator();
defaultGenerator.seed();

/**
 * Restarts the default generator: `torch.manualSeed(0); torch.rand(2)` gives torch's numbers.
 * Throws a ValueError for a seed that is not a whole number of 64 bits.
 * @example
 * torch.manualSeed(0);
 * torch.rand([1]).item().toFixed(4) // "0.4963"
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}

/** Seeds the default generator unforeseeably and returns the seed. */
export function seed(): bigint {
  return defaultGenerator.seed();
}

/** The seed the default generator was last started from. */
export function initialSeed(): bigint {
  return defaultGenerator.initialSeed();
}
