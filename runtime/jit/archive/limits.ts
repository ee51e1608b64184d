/** What an archive may ask for: the bounds that keep a hostile or broken file from taking all memory or time. */
import { RuntimeError } from "../../errors.ts";

/** A file that is no TorchScript archive, is damaged, or asks for more than the limits allow. */
export class ArchiveError extends RuntimeError {
  override readonly name: string = "ArchiveError";
}

/** Bounds on what reading one archive may take. */
export interface ArchiveLimits {
  /** How much larger than the file all entries together may be, unpacked: weights hardly shrink when packed. */
  readonly growth: number;
  /** Bytes that may be unpacked beyond that. */
  readonly freeBytes: number;
  /** Bytes of one pickle or small text, unpacked. */
  readonly textBytes: number;
  /** Bytes of one file of code. */
  readonly codeBytes: number;
  readonly entries: number;
  /** Values in one pickle. */
  readonly pickleValues: number;
  /** What the code that objects restore themselves with may take in all: steps, bytes beyond the file's own size, seconds. */
  readonly restoring: { readonly steps: number; readonly bytes: number; readonly seconds: number };
}

/** Room for the text and pickles of large models. */
export const defaultLimits: ArchiveLimits = Object.freeze({
  growth: 10,
  freeBytes: 32 * 2 ** 20,
  textBytes: 16 * 2 ** 20,
  codeBytes: 4 * 2 ** 20,
  entries: 200_000,
  pickleValues: 1_000_000,
  restoring: Object.freeze({ steps: 100_000, bytes: 64 * 2 ** 20, seconds: 10 }),
});
