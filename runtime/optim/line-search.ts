/**
 * A line search for the strong Wolfe conditions: how far to go along a direction so that the loss falls enough and the
 * slope flattens enough. Source: torch/optim/lbfgs.py; Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6.
 */
import type { Tensor } from "../tensor/tensor.ts";

/** The loss at a point of the line, and how it changes there. */
export interface Evaluation {
  /** How far along the direction. */
  readonly t: number;
  readonly loss: number;
  readonly gradient: Tensor;
  /** The derivative along the direction. */
  readonly slope: number;
}

/** The lowest point of the cubic through two points with their slopes, kept within bounds. */
function cubicMinimum(a: Evaluation, b: Evaluation, low: number, high: number): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(t, low), high);
}

const c1 = 1e-4;
const c2 = 0.9;
const toleranceChange = 1e-9;

/** Finds a step from `start`, trying `first` first; `evaluate` computes the loss at a point of the line. */
export function strongWolfe(
  evaluate: (t: number) => Evaluation,
  start: Evaluation,
  first: number,
  directionSize: number,
  maxEvaluations: number,
): Evaluation {
  const fallsEnough = (point: Evaluation): boolean => point.loss <= start.loss + c1 * point.t * start.slope;
  const isFlat = (point: Evaluation): boolean => Math.abs(point.slope) <= -c2 * start.slope;

  let previous = start;
  let current = evaluate(first);
  let bracket: [Evaluation, Evaluation] | null = null;
  let tries = 0;
  while (tries < maxEvaluations) {
    if (!fallsEnough(current) || (tries > 1 && current.loss >= previous.loss)) {
      bracket = [previous, current];
      break;
    }
    if (isFlat(current)) return current;
    if (current.slope >= 0) {
      bracket = [previous, current];
      break;
    }
    const low = current.t + 0.01 * (current.t - previous.t);
    const next = cubicMinimum(previous, current, low, current.t * 10);
    previous = current;
    current = evaluate(next);
    tries++;
  }
  bracket ??= [start, current];
  return zoom(evaluate, bracket, { fallsEnough, isFlat, directionSize, tries, maxEvaluations });
}

interface Zoom {
  readonly fallsEnough: (point: Evaluation) => boolean;
  readonly isFlat: (point: Evaluation) => boolean;
  readonly directionSize: number;
  readonly tries: number;
  readonly maxEvaluations: number;
}

/** Narrows an interval that holds a good step down to it. */
function zoom(
  evaluate: (t: number) => Evaluation,
  bracket: readonly [Evaluation, Evaluation],
  search: Zoom,
): Evaluation {
  // torch keeps the two ends in place: which one interpolation counts from is seen in the last digits.
  const ends = [...bracket];
  let low = ends[0].loss <= ends[1].loss ? 0 : 1;
  let stuck = false;
  for (let tries = search.tries; tries < search.maxEvaluations; tries++) {
    if (Math.abs(ends[1].t - ends[0].t) * search.directionSize < toleranceChange) break;
    const [min, max] = ends[0].t <= ends[1].t ? [ends[0].t, ends[1].t] : [ends[1].t, ends[0].t];
    let t = cubicMinimum(ends[0], ends[1], min, max);
    // Too near an end twice: step a tenth of the interval away from it.
    const margin = 0.1 * (max - min);
    if (Math.min(max - t, t - min) < margin) {
      if (stuck || t >= max || t <= min) {
        t = Math.abs(t - max) < Math.abs(t - min) ? max - margin : min + margin;
        stuck = false;
      } else stuck = true;
    } else stuck = false;

    const point = evaluate(t);
    const high = 1 - low;
    if (!search.fallsEnough(point) || point.loss >= ends[low].loss) {
      ends[high] = point;
      low = ends[0].loss <= ends[1].loss ? 0 : 1;
    } else {
      const done = search.isFlat(point);
      if (!done && point.slope * (ends[high].t - ends[low].t) >= 0) ends[high] = ends[low];
      ends[low] = point;
      if (done) break;
    }
  }
  return ends[low];
}
