/** What an archive may ask for: the bounds that keep a hostile or broken file from taking all memory or time. */
import { RuntimeError } from "../../errors.ts";

/** A file that is no TorchScript archive, is damaged, or asks for more than the limits allow. */
export class ArchiveError extends RuntimeError {
  override readonly name: string = "ArchiveError";
}

/** Bounds on what reading one archive may take. */
export interface ArchiveLimits {
  /** Bytes of all entries together, unpacked. */
  readonly totalBytes: number;
  /** Bytes of one text or pickle, unpacked. */
  readonly textBytes: number;
  readonly entries: number;
  /** Values in one pickle. */
  readonly pickleValues: number;
}

/** Room for the weights of large models; text and pickles of them are far smaller. */
export const defaultLimits: ArchiveLimits = Object.freeze({
  totalBytes: 8 * 2 ** 30,
  textBytes: 64 * 2 ** 20,
  entries: 200_000,
  pickleValues: 2_000_000,
});
