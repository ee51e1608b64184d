/**
 * All executors agree: on random graphs from fixed seeds, and over many calls without growing memory. Loops equal the
 * interpreter bit for bit; sessions fuse and reorder sums, so they are within 1e-4 of it, relative to the largest element.
 */
import { afterEach, expect, test, vi } from "vitest";
import { type DType, jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { twins } from "../golden/twins/index.ts";
import { runTwin } from "../golden/twins/run-twin.ts";
import { Choices } from "./choices.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

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
  const [x, y] = [a, b].map((tensor) => tensor.to(torch.float64));
  const scale = Math.max(1, Number(y.nanToNum(0, 0, 0).abs().max().item()));
  return Number(x.sub(y).nanToNum(0, 0, 0).abs().max().item()) / scale;
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

/** Steps that keep dtype and shape, for numbers of any kind. */
const ofAnyDtype: readonly Step[] = [
  (x, y) => x.add(y),
  (x, y) => x.mul(y),
  (x, y) => x.sub(y),
  (x) => x.neg(),
  (x) => x.abs(),
  (x, y) => torch.maximum(x, y),
  (x, y) => torch.where(x.gt(y), x, y),
  (x, y) => torch.where(x.eq(y).logicalNot(), y, x),
  (x) => x.clamp(-2, 3),
  (x) =>
    x
      .t()
      .reshape([4, x.size(0)])
      .t(),
  (x, y) => torch.cat([x.narrow(1, 0, 2), y.narrow(1, 2, 2)], 1),
  (x) => x.sum(1, true).expandAs(x).to(x.dtype).clone(),
  (x, y) => torch.stack([x, y]).select(0, 1),
  (x) => x.unsqueeze(2).squeeze(2).mul(2),
  (x) => x.max(1, true)[0].expandAs(x).clone(),
  (x) => x.argmin(1, true).to(x.dtype).expandAs(x).clone(),
  (x) => x.floorDivide(3),
  (x) => x.clamp(-2, 2).pow(2),
  (x, y) => x.gather(1, y.gt(0).to(torch.int64)),
  (x, y) => torch.stack([...x.unbind(1)].reverse(), 1).sub(y),
];

/** The same with writes: to the input itself, through views of it, and to new tensors. */
const writing: readonly Step[] = [
  ...ofAnyDtype,
  (x, y) => x.add_(y),
  (x) => x.neg_(),
  (x, y) => {
    x.select(1, 0).copy_(y.select(1, 1));
    return x;
  },
  (x) => {
    x.narrow(1, 1, 2).zero_();
    return x;
  },
  (x, y) => {
    x.t().select(0, 3).fill_(1);
    return x.add(y);
  },
];

/** Steps for truth values, which have no signs and no order. */
const ofBools: readonly Step[] = [
  (x, y) => x.logicalAnd(y),
  (x, y) => x.logicalOr(y),
  (x, y) => x.logicalXor(y),
  (x) => x.logicalNot(),
  (x, y) => x.eq(y),
  (x, y) => torch.where(x, y, x.logicalNot()),
  (x, y) => x.to(torch.int64).add(y.to(torch.int64)).gt(1),
  (x) => x.sum(1, true).gt(2).expandAs(x).clone(),
  (x, y) => torch.cat([x.narrow(1, 0, 1), y.narrow(1, 1, 3)], 1),
  (x, y) => x.mul(y),
  (x, y) => x.add(y),
];

const writingBools: readonly Step[] = [
  ...ofBools,
  (x) => {
    x.narrow(1, 1, 2).zero_();
    return x;
  },
  (x, y) => {
    x.select(1, 0).copy_(y.select(1, 1));
    return x;
  },
];

/** Rounded at every step, and in some executors less often. */
const closeness: Readonly<Record<string, number>> = { float16: 4e-3, bfloat16: 3e-2 };

/** Executors that ran a graph of whole or floating numbers, results and inputs compared afterwards. */
function agreeOn(steps: readonly Step[], dtype: DType, seed: number): string[] {
  torch.manualSeed(seed);
  const draw = (rows: number): readonly [Tensor, Tensor] => [
    torch.randint(-3, 4, [rows, 4]).to(dtype),
    torch.randint(-3, 4, [rows, 4]).to(dtype),
  ];
  const traced = jitTrace(program(steps, seed, 2), ...draw(3), { checkTrace: false });
  return [3, 3, 5].flatMap((rows, round) => {
    const inputs = draw(rows);
    const runs = (["interpreter", "compiled", "javascript"] as const).map((executor) => {
      const own = inputs.map((input) => input.clone()) as [Tensor, Tensor];
      traced.executor = executor;
      const results = traced(...own);
      return { ran: traced.explain().executor, tensors: [...results, ...own] };
    });
    for (const { ran, tensors } of runs)
      for (const [i, tensor] of tensors.entries())
        expect(
          distance(tensor, runs[0].tensors[i]),
          `seed ${seed}, ${dtype}, ${ran}, round ${round}, tensor ${i}`,
        ).toBeLessThan(closeness[dtype.name] ?? 1e-5);
    return runs.map(({ ran }) => ran);
  });
}

const graphsOfEach = Number(process.env["RANDOM_GRAPHS"] ?? 12);

/** Of 36 runs, at least how many are compiled: ONNX Runtime adds and multiplies no small whole numbers, and no bfloat16. */
test.each([
  ["float32", 20],
  ["float64", 20],
  ["int64", 20],
  ["int32", 20],
  ["float16", 20],
  ["bfloat16", 0],
  ["uint8", 1],
  ["int8", 1],
  ["int16", 0],
  ["bool", 20],
] as const)(
  "12 random graphs on %s, half of which write to their inputs, give the same by all executors",
  (name, compiled) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const [plain, inPlace] = name === "bool" ? [ofBools, writingBools] : [ofAnyDtype, writing];
    const ran = Array.from({ length: graphsOfEach }, (_, seed) =>
      agreeOn(seed % 2 === 0 ? plain : inPlace, torch[name], seed),
    ).flat();
    expect(ran.filter((executor) => executor === "compiled").length).toBeGreaterThanOrEqual(compiled);
  },
  600_000,
);

test("60 random graphs have the same gradients compiled and interpreted", () => {
  let compiled = 0;
  for (let seed = 0; seed < 60; seed++) {
    torch.manualSeed(seed);
    const dtype = seed % 5 === 0 ? torch.float64 : torch.float32;
    const draw = (): [Tensor, Tensor] => [
      torch.randn([3, 4], { dtype }).requiresGrad_(),
      torch.randn([3, 4], { dtype }).requiresGrad_(),
    ];
    const traced = jitTrace(program([...pointwise, ...shaped], seed, 1 + (seed % 3)), ...draw(), {
      checkTrace: false,
    });
    const inputs = draw();
    const [expected, found] = (["interpreter", "compiled"] as const).map((executor) => {
      traced.executor = executor;
      const total = traced(...inputs).map((result) => result.sum());
      return torch.autograd.grad(total, inputs, { allowUnused: true, materializeGrads: true });
    });
    if (traced.explain().executor === "compiled") compiled++;
    for (const [i, gradient] of found.entries())
      expect(distance(gradient as Tensor, expected[i] as Tensor), `seed ${seed}, input ${i}`).toBeLessThan(
        dtype === torch.float64 ? 1e-9 : 1e-3,
      );
  }
  expect(compiled).toBeGreaterThan(45);
}, 120_000);
