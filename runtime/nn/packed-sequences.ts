/**
 * Sequences of several lengths for recurrent networks: padded to one tensor, packed to one without padding, and back.
 * Source: torch/nn/utils/rnn.py.
 */
import { ValueError } from "../errors.ts";
import { tensor } from "../from-values.ts";
import * as ops from "../ops/functions.ts";
import { int64 } from "../tensor/dtype.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Packed sequences, the input of `nn.RNN`, `nn.LSTM` and `nn.GRU`: made by `packPaddedSequence` or `packSequence`. */
export class PackedSequence {
  /** All first steps, then all second ones, ...: `[sum of lengths, ...]`. */
  readonly data: Tensor;
  /** How many sequences go on at each step. */
  readonly batchSizes: Tensor;
  /** Which sequence stands at each place, the longest first; null if they came in that order. */
  readonly sortedIndices: Tensor | null;
  /** Where each sequence stands. */
  readonly unsortedIndices: Tensor | null;

  constructor(data: Tensor, batchSizes: Tensor, sortedIndices: Tensor | null = null) {
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices;
    this.unsortedIndices = sortedIndices?.argsort() ?? null;
  }

  /** The same sequences with other data, as a network gives them. */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices);
  }
}

/** Options of packing. */
export interface PackOptions {
  /** The longest sequence has to come first; default true. `false` sorts them, and keeps the order in mind. */
  readonly enforceSorted?: boolean;
  /** Inputs are [N, T, ...] in place of [T, N, ...]. */
  readonly batchFirst?: boolean;
}

/**
 * Packs padded sequences `[T, N, ...]` of the given lengths.
 * @throws RuntimeError if the lengths are not as many as sequences, not positive, or not sorted though they have to be.
 * @example nn.utils.packPaddedSequence(torch.ones([3, 2, 4]), [3, 1]).data.shape // [4, 4]
 */
export function packPaddedSequence(
  input: Tensor,
  lengths: Tensor | readonly number[],
  options: PackOptions = {},
): PackedSequence {
  const { batchFirst = false, enforceSorted = true } = options;
  const counts = lengths instanceof Tensor ? lengths : tensor([...lengths], { dtype: int64 });
  if (enforceSorted) return new PackedSequence(...ops._packPaddedSequence(input, counts, batchFirst));
  const [sorted, order] = counts.sort(-1, true);
  const ordered = input.indexSelect(batchFirst ? 0 : 1, order);
  return new PackedSequence(...ops._packPaddedSequence(ordered, sorted, batchFirst), order);
}

/** Options of unpacking. */
export interface PadPackedOptions {
  readonly batchFirst?: boolean;
  /** What stands behind the end of shorter sequences; default 0. */
  readonly paddingValue?: number;
  /** Pad to this many steps, at least those of the longest sequence. */
  readonly totalLength?: number | null;
}

/**
 * The inverse of `packPaddedSequence`: the padded sequences, in the order they were packed in, and their lengths.
 * @throws ValueError if `totalLength` is too small for the longest sequence.
 * @example nn.utils.padPackedSequence(nn.utils.packPaddedSequence(torch.ones([3, 2, 4]), [3, 1]))[1] // [3, 1]
 */
export function padPackedSequence(
  sequence: PackedSequence,
  options: PadPackedOptions = {},
): [padded: Tensor, lengths: Tensor] {
  const { batchFirst = false, paddingValue = 0, totalLength = null } = options;
  const { data, batchSizes, unsortedIndices } = sequence;
  const longest = batchSizes.sizes[0];
  if (totalLength !== null && totalLength < longest) {
    throw new ValueError(
      `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${longest}`,
    );
  }
  const [padded, lengths] = ops._padPackedSequence(
    data,
    batchSizes,
    batchFirst,
    paddingValue,
    totalLength ?? longest,
  );
  if (unsortedIndices === null) return [padded, lengths];
  return [padded.indexSelect(batchFirst ? 0 : 1, unsortedIndices), lengths.indexSelect(0, unsortedIndices)];
}

/** Options of padding. */
export interface PadOptions {
  readonly batchFirst?: boolean;
  readonly paddingValue?: number;
  /** Where the padding goes; default "right". */
  readonly paddingSide?: "right" | "left";
}

/**
 * Sequences `[length, ...]` as one tensor `[T, N, ...]`, padded to the longest.
 * @example nn.utils.padSequence([torch.ones([2]), torch.ones([3])], { batchFirst: true }) // [[1, 1, 0], [1, 1, 1]]
 */
export function padSequence(sequences: readonly Tensor[], options: PadOptions = {}): Tensor {
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = options;
  const longest = Math.max(...sequences.map((sequence) => sequence.sizes[0]));
  const padded = sequences.map((sequence) => {
    const missing = longest - sequence.sizes[0];
    if (missing === 0) return sequence;
    const padding = sequence.newFull([missing, ...sequence.sizes.slice(1)], paddingValue);
    return ops.cat(paddingSide === "right" ? [sequence, padding] : [padding, sequence], 0);
  });
  return ops.stack(padded, batchFirst ? 0 : 1);
}

/**
 * Packs sequences `[length, ...]`, the longest first unless `enforceSorted` is false.
 * @example nn.utils.packSequence([torch.ones([3, 4]), torch.ones([1, 4])]).batchSizes // [2, 1, 1]
 */
export function packSequence(
  sequences: readonly Tensor[],
  options: Pick<PackOptions, "enforceSorted"> = {},
): PackedSequence {
  const lengths = sequences.map((sequence) => sequence.sizes[0]);
  return packPaddedSequence(padSequence(sequences), lengths, options);
}

/** The padded sequences `[T, N, ...]` of the given lengths, each by itself. */
export function unpadSequence(
  padded: Tensor,
  lengths: Tensor | readonly number[],
  options: { readonly batchFirst?: boolean } = {},
): Tensor[] {
  const each = (options.batchFirst ? padded : padded.transpose(0, 1)).unbind(0);
  const counts = lengths instanceof Tensor ? (lengths.tolist() as number[]) : lengths;
  return each.map((sequence, n) => sequence.narrow(0, 0, Number(counts[n])));
}

/** The packed sequences, each by itself. */
export function unpackSequence(packed: PackedSequence): Tensor[] {
  return unpadSequence(...padPackedSequence(packed));
}
