/** The numbers of a tensor as the pictures of data need them, and what can be said of them in one line. */

/** What a picture needs to know of a tensor. */
export interface TensorLike {
  readonly sizes: readonly number[];
  readonly dtype: { readonly name: string };
  tolist(): unknown;
  toString(): string;
}

/** A tensor's numbers, read once for all that is drawn of them. */
export interface Numbers {
  readonly sizes: readonly number[];
  /** In row-major order; true is 1. */
  readonly values: Float64Array;
}

/** The numbers of a tensor. */
export function numbersOf(tensor: TensorLike): Numbers {
  return { sizes: tensor.sizes, values: valuesOf(tensor) };
}

/** All elements in row-major order; true is 1. */
export function valuesOf(tensor: TensorLike): Float64Array {
  const values = new Float64Array(tensor.sizes.reduce((product, size) => product * size, 1));
  let i = 0;
  const walk = (item: unknown): void => {
    if (Array.isArray(item)) for (const inner of item) walk(inner);
    else values[i++] = Number(item);
  };
  walk(tensor.tolist());
  return values;
}

/** What a line of text says about many numbers. Least, greatest, mean and deviation are of the finite ones. */
export interface Statistics {
  readonly count: number;
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
  /** The population's standard deviation. */
  readonly deviation: number;
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
}

/** The statistics of some numbers; those of no number are NaN. */
export function statisticsOf(values: Iterable<number>): Statistics {
  let [count, finite, least, greatest, mean, squares, zeros, nan, infinite] = [
    0,
    0,
    Infinity,
    -Infinity,
    0,
    0,
    0,
    0,
    0,
  ];
  for (const value of values) {
    count += 1;
    if (value === 0) zeros += 1;
    if (Number.isNaN(value)) nan += 1;
    else if (!Number.isFinite(value)) infinite += 1;
    else {
      // Welford's way, which keeps its digits when the mean is far from 0.
      finite += 1;
      const delta = value - mean;
      mean += delta / finite;
      squares += delta * (value - mean);
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  const none = finite === 0;
  return {
    count,
    least: none ? Number.NaN : least,
    greatest: none ? Number.NaN : greatest,
    mean: none ? Number.NaN : mean,
    deviation: none ? Number.NaN : Math.sqrt(squares / finite),
    zeros,
    nan,
    infinite,
  };
}

/** A number in four digits. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}

/** Statistics in a line, such as `mean 0.5 · std 0.2887 · min 0 · max 1`. */
export function statisticsText({
  least,
  greatest,
  mean,
  deviation,
  zeros,
  nan,
  infinite,
}: Statistics): string {
  return [
    `mean ${digits(mean)}`,
    `std ${digits(deviation)}`,
    `min ${digits(least)}`,
    `max ${digits(greatest)}`,
    ...(zeros > 0 ? [`${zeros} zeros`] : []),
    ...(nan > 0 ? [`${nan} NaN`] : []),
    ...(infinite > 0 ? [`${infinite} Inf`] : []),
  ].join(" · ");
}

/** Equal bins over the finite numbers: how many lie from `from` to `to`; the greatest belongs to the last bin. */
export function binsOf(
  values: Float64Array,
  bins: number,
): { readonly from: number; readonly to: number; readonly count: number }[] {
  const { least, greatest } = statisticsOf(values);
  if (Number.isNaN(least)) return [];
  const width = greatest > least ? (greatest - least) / bins : 1;
  const start = greatest > least ? least : least - 0.5;
  const used = greatest > least ? bins : 1;
  const counts = new Array<number>(used).fill(0);
  for (const value of values) {
    if (Number.isFinite(value)) counts[Math.min(used - 1, Math.floor((value - start) / width))]! += 1;
  }
  return counts.map((count, i) => ({ from: start + i * width, to: start + (i + 1) * width, count }));
}

/** A histogram of eight bars in one word, for tooltips. */
export function sparkline(values: Float64Array): string {
  const bins = binsOf(values, 8);
  const most = Math.max(...bins.map(({ count }) => count));
  return bins.map(({ count }) => (count === 0 ? " " : "▁▂▃▄▅▆▇█"[Math.ceil((7 * count) / most)]!)).join("");
}
