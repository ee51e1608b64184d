/** All executors agree where ONNX Runtime has its own mind: at NaN, infinities and ties, and on inputs that are empty or of other sizes. */
import { afterEach, expect, test, vi } from "vitest";
import { type DType, jitTrace, type Tensor, torch } from "../../runtime/index.ts";
import { Choices } from "./choices.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const limits = [0, -0, 1, -1, 0.5, -2.5, 1.5, 3, -7, 100, Infinity, -Infinity, NaN, NaN];

const floatOf = (x: Tensor): DType => (x.dtype.category === "floating" ? x.dtype : torch.float32);

/** Where ONNX Runtime has its own mind: NaN, infinities, ties, quotients and powers at their limits, whole numbers that are large. */
const atLimits: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor | readonly Tensor[]>> = {
  sign: (x) => x.sign(),
  relu: (x) => x.relu(),
  clamp: (x) => x.clamp(-1, 2),
  maximum: (x, y) => torch.maximum(x, y),
  max: (x) => x.max(),
  "max.dim": (x) => [...x.max(1)],
  "min.dim": (x) => [...x.min(0)],
  argmax: (x) => x.argmax(1),
  argmin: (x) => x.argmin(),
  "softmax and its logarithm": (x) => [x.to(floatOf(x)).softmax(1), x.to(floatOf(x)).logSoftmax(0)],
  "floor_divide by a number": (x) => [x.floorDivide(3), x.floorDivide(-3)],
  "floor_divide by a tensor": (x, y) => x.floorDivide(y.abs().add(1)),
  "div rounded down": (x) => x.div(-2.5, { roundingMode: "floor" }),
  pow: (x) => [x.pow(2), x.pow(3), x.to(torch.float32).pow(0.5), x.to(torch.float32).pow(-1)],
  comparisons: (x, y) => [x.eq(y), x.ne(y), x.lt(y), x.ge(0.5)],
  round: (x) => x.round(),
  where: (x, y) => torch.where(x.gt(y), x, y),
  logic: (x, y) => [x.logicalAnd(y), x.logicalNot()],
  split: (x) => x.split(3, 1).map((part) => part.mul(2)),
  unbind: (x) => [...x.unbind(1)].map((part) => part.mul(2)),
};

test.each(Object.keys(atLimits))(
  "%s gives the same by all executors at the limits of its dtype",
  (name) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const choices = new Choices(name.length);
    const draw = (dtype: DType, rows: number): Tensor => {
      const whole = [0, 1, -1, 2, 3, -3, 7, 7, -7, 100, 200_000, -200_000];
      const values = Array.from({ length: 4 * rows }, () =>
        choices.of(dtype.category === "floating" ? limits : whole),
      );
      return torch.tensor(values, { dtype: torch.float64 }).to(dtype).reshape([rows, 4]);
    };
    for (const dtype of [torch.float32, torch.float64, torch.float16, torch.int64, torch.int32])
      for (let round = 0; round < 3; round++) {
        const traced = jitTrace(atLimits[name], draw(dtype, 3), draw(dtype, 3), { checkTrace: false });
        for (const rows of [3, 5, 0]) {
          const inputs = [draw(dtype, rows), draw(dtype, rows)] as const;
          const runs = (["interpreter", "compiled", "javascript"] as const).map((executor) => {
            traced.executor = executor;
            try {
              return [traced(...inputs)].flat().map((result) => result.tolist());
            } catch (error) {
              return (error as Error).message;
            }
          });
          const said = `${dtype.name}, ${rows} rows, ${JSON.stringify(inputs.map((input) => input.tolist()))}`;
          expect(numbersNear(runs[1], runs[0]), `compiled, ${said}`).toBe("");
          expect(numbersNear(runs[2], runs[0]), `loop, ${said}`).toBe("");
        }
      }
  },
  60_000,
);

/** Empty if two nested lists are equal but for what rounding leaves; else what differs. */
function numbersNear(a: unknown, b: unknown): string {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.map((part, i) => numbersNear(part, b[i])).find((text) => text !== "") ?? "";
  if (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= 2e-3 * Math.max(1, Math.abs(b)))
    return "";
  return Object.is(a, b) || a === b ? "" : `${String(a)} instead of ${String(b)}`;
}
