/**
 * Connectionist temporal classification: the loss of all ways in which a sequence of labels, with blanks and repetitions, may be
 * spread over time. Source: aten/src/ATen/native/LossCTC.cpp.
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import { checkLengths, checkScores, whileChecking } from "../kernels/alignment-checks.ts";
import { fromValues, valuesOf } from "../tensor/access.ts";
import { int64 } from "../tensor/dtype.ts";
import { fromData } from "../tensor/from-data.ts";
import { ofDim } from "../tensor/geometry.ts";
import { allocateNumbers } from "../tensor/storage.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { where } from "./comparison.ts";

/** The labels of each sequence of a batch; targets are rows, padded, or all one behind the other. */
function labelsOf(targets: Tensor, lengths: readonly number[]): readonly (readonly number[])[] {
  const values = [...valuesOf(targets)];
  const negative = lengths.find((length) => length < 0);
  if (negative !== undefined)
    throw new RuntimeError(
      `Expected target_lengths to have value at least 0, but got value ${negative}${whileChecking}`,
    );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (targets.ndim === 1) {
    if (values.length !== total) {
      throw new RuntimeError(
        `Expected tensor to have size ${total} at dimension 0, but got size ${values.length} for argument #2 'targets'${whileChecking}`,
      );
    }
    return lengths.map((length) => values.splice(0, length));
  }
  const width = targets.sizes[1];
  const longest = Math.max(0, ...lengths);
  if (width < longest) {
    throw new RuntimeError(
      `Expected tensor to have size at least ${longest} at dimension 1, but got size ${width} for argument #2 'targets'${whileChecking}`,
    );
  }
  return lengths.map((length, i) => values.slice(i * width, i * width + length));
}

function logSumExp(...terms: number[]): number {
  const most = Math.max(...terms);
  if (most === Number.NEGATIVE_INFINITY) return most;
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}

/** One sequence: its labels with blanks between and around them, and where its scores lie. */
interface Sequence {
  readonly states: readonly number[];
  readonly length: number;
  /** The log probability of a label at a time. */
  readonly score: (time: number, label: number) => number;
}

function sequencesOf(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
): readonly Sequence[] {
  const [times, batch, labels] = logProbs.sizes;
  if (!(blank >= 0 && blank < labels)) throw new RuntimeError("blank must be in label range");
  checkLengths(inputLengths, "input_lengths", batch);
  checkLengths(targetLengths, "target_lengths", batch);
  const all = labelsOf(targets, targetLengths);
  for (const length of inputLengths) {
    const [bound, limit] = length < 0 ? ["least", 0] : ["most", times];
    if (length < 0 || length > times) {
      throw new RuntimeError(
        `Expected input_lengths to have value at ${bound} ${limit}, but got value ${length}${whileChecking}`,
      );
    }
  }
  const scores = valuesOf(logProbs);
  return all.map((own, n) => ({
    states: [blank, ...own.flatMap((label) => [label, blank])],
    length: inputLengths[n],
    score: (time, label) => scores[(time * batch + n) * labels + label],
  }));
}

/** Whether a path may step over the blank before a state: not between equal labels. */
const mayJump = (states: readonly number[], s: number): boolean => s > 1 && states[s] !== states[s - 2];

/** The log probability to have come to each state at each time: `forward[time][state]`. */
function forwardScores({ states, length, score }: Sequence): number[][] {
  const forward: number[][] = [];
  for (let time = 0; time < length; time++) {
    const before = forward[time - 1];
    forward.push(
      states.map((label, s) => {
        if (before === undefined) return s < 2 ? score(0, label) : Number.NEGATIVE_INFINITY;
        const from = [before[s]];
        if (s > 0) from.push(before[s - 1]);
        if (mayJump(states, s)) from.push(before[s - 2]);
        return logSumExp(...from) + score(time, label);
      }),
    );
  }
  return forward;
}

/** The log probability to go on to the end from each state at each time, its own label included. */
function backwardScores(sequence: Sequence): number[][] {
  const { states, length, score } = sequence;
  const reversed = forwardScores({
    states: states.toReversed(),
    length,
    score: (time, label) => score(length - 1 - time, label),
  });
  return reversed.toReversed().map((row) => row.toReversed());
}

const withLengths = (lengths: Tensor, name: string): number[] => {
  if (lengths.dtype.category !== "integral") throw new RuntimeError(`${name} must be integral`);
  return [...valuesOf(lengths)];
};

function losses(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
): readonly [Tensor, Tensor] {
  checkScores(logProbs, targets);
  const [times, batch] = logProbs.sizes;
  const sequences = sequencesOf(logProbs, targets, inputLengths, targetLengths, blank);
  const width = 2 * Math.max(0, ...targetLengths) + 1;
  const scores = allocateNumbers(logProbs.dtype, batch * times * width).fill(Number.NEGATIVE_INFINITY);
  const loss = allocateNumbers(logProbs.dtype, batch);
  sequences.forEach((sequence, n) => {
    const forward = forwardScores(sequence);
    forward.forEach((row, time) => {
      scores.set(row, (n * times + time) * width);
    });
    const { states } = sequence;
    // Without any time, only an empty sequence is sure.
    loss[n] =
      forward.length === 0
        ? states.length === 1
          ? 0
          : Number.POSITIVE_INFINITY
        : -logSumExp(...(forward.at(-1) as number[]).slice(-2));
  });
  return [
    fromValues(loss, [batch], logProbs.dtype),
    fromValues(scores, [batch, times, width], logProbs.dtype),
  ];
}

/** From the probability that each label has at each time among all paths of the target. */
function gradient(
  grad: Tensor,
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  negLogLikelihood: Tensor,
  blank: number,
  zeroInfinity: boolean,
): Tensor {
  const [, batch, labels] = logProbs.sizes;
  const [arrived, loss] = [valuesOf(grad), valuesOf(negLogLikelihood)];
  const out = allocateNumbers(logProbs.dtype, logProbs.elements);
  sequencesOf(logProbs, targets, inputLengths, targetLengths, blank).forEach((sequence, n) => {
    if (zeroInfinity && loss[n] === Number.POSITIVE_INFINITY) return;
    const [forward, backward] = [forwardScores(sequence), backwardScores(sequence)];
    for (let time = 0; time < sequence.length; time++) {
      const through = new Array<number>(labels).fill(Number.NEGATIVE_INFINITY);
      sequence.states.forEach((label, s) => {
        through[label] = logSumExp(through[label], forward[time][s] + backward[time][s]);
      });
      for (let label = 0; label < labels; label++) {
        const score = sequence.score(time, label);
        out[(time * batch + n) * labels + label] =
          (Math.exp(score) - Math.exp(through[label] + loss[n] - score)) * arrived[n];
      }
    }
  });
  return fromValues(out, logProbs.sizes, logProbs.dtype);
}

const ctcLossBackward: (
  grad: Tensor,
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  negLogLikelihood: Tensor,
  logAlpha: Tensor,
  blank: number,
  zeroInfinity?: boolean,
) => Tensor = aten(
  op(
    "aten::_ctc_loss_backward(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor",
    (grad, logProbs, targets, inputs, lengths, loss, _alpha, blank, zeroInfinity) => {
      ofDim(grad.sizes, 0);
      checkScores(logProbs, targets);
      return gradient(grad, logProbs, targets, inputs, lengths, loss, blank, zeroInfinity);
    },
  ),
);

/** The loss of each sequence of a batch, and the scores of all states, which the gradient is computed from. */
export const _ctcLoss: (
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  blank?: number,
  zeroInfinity?: boolean,
) => readonly [Tensor, Tensor] = aten(
  op(
    "aten::_ctc_loss(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)",
    (logProbs, targets, inputs, lengths, blank) => losses(logProbs, targets, inputs, lengths, blank),
    {
      gradName: "CtcLossBackward0",
      grad: {
        log_probs: ({
          grads,
          log_probs,
          targets,
          input_lengths,
          target_lengths,
          results,
          blank,
          zero_infinity,
        }) =>
          ctcLossBackward(
            grads[0],
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            results[0],
            results[1],
            blank,
            zero_infinity,
          ),
      },
    },
  ),
  op(
    "aten::_ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)",
    (logProbs, targets, inputs, lengths, blank, zeroInfinity) =>
      _ctcLoss(
        logProbs,
        targets,
        withLengths(inputs, "input_lengths"),
        withLengths(lengths, "target_lengths"),
        blank,
        zeroInfinity,
      ),
    { composite: true },
  ),
);

function reduced(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
  reduction: number,
  zeroInfinity: boolean,
): Tensor {
  const batched = logProbs.ndim === 3;
  let [loss] = _ctcLoss(
    batched ? logProbs : logProbs.unsqueeze(1),
    targets.to(int64),
    inputLengths,
    targetLengths,
    blank,
    zeroInfinity,
  );
  if (zeroInfinity) loss = where(loss.eq(Number.POSITIVE_INFINITY), loss.newZeros([]), loss);
  if (reduction === 2) return loss.sum();
  if (reduction !== 1) return batched ? loss : loss.squeeze(0);
  const lengths = targetLengths.map((length) => Math.max(1, length));
  return loss.div(fromData(lengths, logProbs.dtype)).mean();
}

/**
 * How unlikely labels are for scores over time: `logProbs` [T, N, C] or [T, C], `targets` [N, S] or all in one row, with the lengths of both.
 * Throws torch's RuntimeError where lengths do not fit.
 */
export const ctcLoss: (
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  blank?: number,
  reduction?: number,
  zeroInfinity?: boolean,
) => Tensor = aten(
  op(
    "aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, int reduction=Mean, bool zero_infinity=False) -> Tensor",
    reduced,
    { composite: true },
  ),
  op(
    "aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, int reduction=Mean, bool zero_infinity=False) -> Tensor",
    (logProbs, targets, inputs, lengths, blank, reduction, zeroInfinity) =>
      reduced(
        logProbs,
        targets,
        withLengths(inputs, "input_lengths"),
        withLengths(lengths, "target_lengths"),
        blank,
        reduction,
        zeroInfinity,
      ),
    { composite: true },
  ),
);
