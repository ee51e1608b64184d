/**
 * All executors agree: on random graphs from fixed seeds, and over many calls without growing memory. Loops equal the
 * interpreter bit for bit; sessions fuse and reorder sums, so they are within 1e-4 of it, relative to the largest element.
 */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { twins } from "../golden/twins/index.ts";
import { runTwin } from "../golden/twins/run-twin.ts";

/** A generator of choices: the same seed makes the same graph. */
class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2654435761 + 12345;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

type Step = (x: Tensor, y: Tensor, choices: Choices) => Tensor;

const pointwise: readonly Step[] = [
  (x) => x.relu(),
  (x) => x.tanh(),
  (x) => x.sigmoid(),
  (x) => x.neg(),
  (x) => x.abs().add(0.1).sqrt(),
  (x) => x.clamp(-1.5, 2),
  (x, y) => x.add(y, { alpha: 0.5 }),
  (x, y) => x.mul(y),
  (x, y) => x.sub(y),
  (x, y) => x.div(y.abs().add(1)),
  (x, y) => torch.maximum(x, y),
  (x, y) => torch.where(x.gt(y), x, y.mul(0.3)),
  (x, _, choices) => x.mul(choices.of([0.1, 1, -2, 3])),
  (x) => nn.functional.gelu(x),
  (x) => x.maskedFill(x.lt(0), -0.25),
];

/** Shapes are [n, 4] throughout. */
const shaped: readonly Step[] = [
  (x) => x.t().contiguous().t(),
  (x) =>
    x
      .reshape([x.size(0), 2, 2])
      .transpose(1, 2)
      .reshape([x.size(0), 4]),
  (x) => x.sum(1, true).expandAs(x).mul(0.25),
  (x) => x.softmax(1),
  (x) => x.sub(x.mean(1, true)),
  (x) => {
    const [a, b] = x.chunk(2, 1);
    return torch.cat([b, a], 1);
  },
  (x, y) => x.matmul(y.t().matmul(y)).tanh(),
  (x) => x.narrow(1, 1, 3).sum(1, true).add(x),
  (x) => x.unsqueeze(1).squeeze(1).add(1),
  (x) => {
    const copy = x.mul(1.5);
    copy.add_(0.5);
    return copy.relu_();
  },
  (x) => {
    const copy = x.add(1);
    const view = copy.t();
    copy.mul_(0.5);
    return view.t();
  },
];

function program(steps: readonly Step[], seed: number, results: number): (a: Tensor, b: Tensor) => Tensor[] {
  return (a, b) => {
    const choices = new Choices(seed);
    const pool = [a, b];
    for (let i = 0; i < 4 + (seed % 7); i++)
      pool.push(choices.of(steps)(pool[pool.length - 1], choices.of(pool), choices));
    return Array.from({ length: results }, (_, i) => pool[pool.length - 1 - i].mul(1.25));
  };
}

/** The largest difference relative to the largest element, for results with NaN in the same places. */
function distance(a: Tensor, b: Tensor): number {
  expect([a.dtype, a.sizes]).toEqual([b.dtype, b.sizes]);
  expect(torch.equal(a.isnan(), b.isnan())).toBe(true);
  const scale = Math.max(1, Number(b.nanToNum(0, 0, 0).abs().max().item()));
  return Number(a.sub(b).nanToNum(0, 0, 0).abs().max().item()) / scale;
}

function agree(steps: readonly Step[], seed: number): string[] {
  torch.manualSeed(seed);
  const dtype = seed % 5 === 0 ? torch.float64 : torch.float32;
  const draw = (rows: number): [Tensor, Tensor] => [
    torch.randn([rows, 4], { dtype }),
    torch.randn([rows, 4], { dtype }),
  ];
  const traced = jitTrace(program(steps, seed, 1 + (seed % 3)), ...draw(3), { checkTrace: false });
  const ran: string[] = [];
  for (const rows of [3, 5]) {
    const inputs = draw(rows);
    traced.executor = "interpreter";
    const expected = traced(...inputs);
    for (const executor of ["javascript", "compiled"] as const) {
      traced.executor = executor;
      const found = traced(...inputs);
      const explained = traced.explain().executor;
      if (explained !== executor) continue;
      ran.push(executor);
      const most = executor === "javascript" ? 0 : dtype === torch.float64 ? 1e-10 : 1e-4;
      for (const [i, result] of found.entries()) {
        expect(
          distance(result, expected[i]),
          `seed ${seed}, ${executor}, ${rows} rows, result ${i}`,
        ).toBeLessThanOrEqual(most);
      }
    }
  }
  return ran;
}

test("150 random graphs of pointwise operators give the same by all executors", () => {
  const ran = Array.from({ length: 150 }, (_, seed) => agree(pointwise, seed)).flat();
  expect(ran.filter((name) => name === "javascript")).toHaveLength(300);
  expect(ran.filter((name) => name === "compiled").length).toBeGreaterThan(200);
}, 120_000);

test("150 random graphs with views, reductions, products and in-place operators give the same by all executors", () => {
  const ran = Array.from({ length: 150 }, (_, seed) => agree([...pointwise, ...shaped], seed)).flat();
  expect(ran.filter((name) => name === "compiled").length).toBeGreaterThan(200);
}, 120_000);

const golden = openPackedSet("trace");

test.each(Object.keys(twins))(
  "the golden program %s gives PyTorch's outputs compiled and as a loop",
  (name) => {
    const failed = (["compiled", "javascript"] as const).flatMap((executor) =>
      torch
        .noGrad(() => runTwin(name, twins[name], golden, executor))
        .filter((result) => result.status === "failed" && / run \d+$/.test(result.name)),
    );
    expect(failed.map((result) => `${result.name}\n${result.detail}`).join("\n\n")).toBe("");
  },
);

test("100,000 calls do not grow memory, by loop or by session", () => {
  const loop = jitTrace((x: Tensor) => x.mul(2).relu(), torch.ones([16]));
  const session = jitTrace((x: Tensor) => x.matmul(x), torch.ones([8, 8]));
  session.executor = "compiled";
  const [small, square] = [torch.ones([16]), torch.ones([8, 8])];
  const call = (times: number): void => {
    for (let i = 0; i < times; i++) {
      loop(small);
      if (i % 4 === 0) session(square);
    }
  };
  call(20_000);
  const before = process.memoryUsage().rss;
  call(100_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
}, 60_000);
