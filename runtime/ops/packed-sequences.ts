/**
 * Packing: sequences of several lengths as one table of steps without padding, and back. Networks over them are recurrent.ts's.
 * Source: aten/src/ATen/native/PackedSequence.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError, ValueError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { fromData } from "../tensor/from-data.ts";
import type { Scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cat } from "./joining.ts";

const numbersOf = (tensor: Tensor): readonly number[] => Array.from(valuesOf(tensor), Number);

/** Throws torch's RuntimeError unless there is an int64 for each sequence or step. */
function checkLengths({ dtype, ndim }: Tensor): void {
  if (dtype !== int64 || ndim !== 1)
    throw new RuntimeError(
      `'lengths' argument should be a 1D CPU int64 tensor, but got ${ndim}D cpu ${dtype.scalarName} tensor`,
    );
}

/** From the lengths of sequences, the longest first, to how many go on at each step; and from those back to the lengths. */
const reaching = (counts: readonly number[]): readonly number[] =>
  Array.from({ length: counts[0] }, (_, i) => counts.filter((count) => count > i).length);

/** `[T, N, ...]` (or `[N, T, ...]`) without what stands behind each sequence's end; and how many go on at each step. */
export const _packPaddedSequence: (
  input: Tensor,
  lengths: Tensor,
  batchFirst: boolean,
) => readonly [data: Tensor, batchSizes: Tensor] = aten(
  op(
    "aten::_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)",
    (input, lengths, batchFirst) => {
      checkLengths(lengths);
      const steps = batchFirst ? input.transpose(0, 1) : input;
      if (input.elements === 0) throw new RuntimeError("Cannot pack empty tensors.");
      const counts = numbersOf(lengths);
      const batch = steps.size(1);
      if (counts.length !== batch) {
        throw new RuntimeError(
          `Expected \`len(lengths)\` to be equal to batch_size, but got ${counts.length} (batch_size=${batch})`,
        );
      }
      if (counts.some((count) => count <= 0)) {
        throw new RuntimeError(
          "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
        );
      }
      if (counts.some((count, i) => i > 0 && count > counts[i - 1])) {
        throw new RuntimeError(
          "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.",
        );
      }
      const going = reaching(counts);
      const parts = going.map((count, t) => steps.select(0, t).narrow(0, 0, count));
      return [cat(parts, 0), fromData(going, int64)];
    },
    { composite: true },
  ),
);

/** The inverse: `[T, N, ...]` (or batch first) with `paddingValue` behind each end, and the lengths. */
export const _padPackedSequence: (
  data: Tensor,
  batchSizes: Tensor,
  batchFirst: boolean,
  paddingValue: Scalar,
  totalLength: number,
) => readonly [padded: Tensor, lengths: Tensor] = aten(
  op(
    "aten::_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, int total_length) -> (Tensor, Tensor)",
    (data, batchSizes, batchFirst, paddingValue, totalLength) => {
      checkLengths(batchSizes);
      const going = numbersOf(batchSizes);
      if (totalLength > 0 && totalLength < going.length) {
        throw new ValueError(
          `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${totalLength} and max sequence length being ${going.length}`,
        );
      }
      const [batch] = going;
      const empty = (count: number): Tensor =>
        data.newFull([count, ...data.sizes.slice(1)], paddingValue as number);
      const steps = data
        .splitWithSizes(going, 0)
        .map((step) =>
          (step.sizes[0] === batch ? step : cat([step, empty(batch - step.sizes[0])], 0)).unsqueeze(0),
        );
      for (let t = going.length; t < totalLength; t++) steps.push(empty(batch).unsqueeze(0));
      const padded = cat(steps, 0);
      return [batchFirst ? padded.transpose(0, 1) : padded, fromData(reaching(going), int64)];
    },
    { composite: true },
  ),
);
