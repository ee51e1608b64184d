/** Functions to the precision of float32 beside the exact ones, rounded to float32: at most one unit in the last place apart. */
import { expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { erfSingle } from "../../runtime/kernels/error-function.ts";
import { expOf, sigmoidOf, siluOf, tanhOf } from "../../runtime/kernels/exponential.ts";
import { erfOf } from "../../runtime/kernels/special.ts";

/** The distance of two float32 numbers in units of the last place. */
function units(a: number, b: number): number {
  if (Object.is(Math.fround(a), Math.fround(b))) return 0;
  const bits = (x: number): number => new Int32Array(Float32Array.of(x).buffer)[0];
  return Math.abs(bits(a) - bits(b));
}

/** Many float32 numbers: all magnitudes, and a dense stretch. */
const numbers: readonly number[] = [
  ...[
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    88.7,
    88.8,
    -87.4,
    -103.9,
    -104.1,
  ],
  ...Array.from({ length: 4000 }, (_, i) => Math.fround(1.05 ** ((i % 2000) - 1800) * (i < 2000 ? 1 : -1))),
  ...Array.from({ length: 200_000 }, (_, i) => Math.fround((i - 100_000) / 900)),
];

test.each([
  ["exp", expOf, Math.exp],
  ["tanh", tanhOf, Math.tanh],
  ["sigmoid", sigmoidOf, (x: number) => 1 / (1 + Math.exp(-x))],
  ["silu", siluOf, (x: number) => x / (1 + Math.exp(-x))],
  ["erf", erfSingle, erfOf],
] as const)("%s", (_, ours, exact) => {
  const distances = numbers.map((x) => units(ours(x), exact(x)));
  expect(Math.max(...new Set(distances))).toBeLessThanOrEqual(1);
  expect(distances.filter((distance) => distance > 0).length).toBeLessThan(numbers.length / 1000);
});

test.each([
  ["exp", (x: Tensor) => x.exp(), expOf],
  ["sigmoid", (x: Tensor) => x.sigmoid(), sigmoidOf],
  ["silu", (x: Tensor) => nn.functional.silu(x), siluOf],
  ["tanh", (x: Tensor) => x.tanh(), tanhOf],
] as const)("%s of a long tensor, in vectors, is what it is of one number", (_, run, single) => {
  const expected = Float32Array.from(numbers, (x) => single(Math.fround(x)));
  const found = run(torch.tensor(Float32Array.from(numbers))).tolist<number[]>();
  expect(numbers.filter((_number, i) => !Object.is(found[i], expected[i]))).toEqual([]);
});
