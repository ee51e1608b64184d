/** Optimizers and learning rate schedulers take PyTorch's steps; what is recorded was made by fixtures/optim.py. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nn, optim, Tensor, torch } from "../../runtime/index.ts";

interface Fixture {
  readonly optimizers: readonly {
    readonly name: "SGD" | "Muon";
    readonly options: Readonly<Record<string, unknown>>;
    readonly steps: readonly (readonly number[])[][];
  }[];
  readonly schedulers: readonly { readonly scheduler: string; readonly rates: readonly number[] }[];
  readonly models: readonly Readonly<Record<"averaged" | "updated", Readonly<Record<string, unknown>>>>[];
  readonly metrics: readonly number[];
}

const fixture = JSON.parse(readFileSync(new URL("fixtures/optim.json", import.meta.url), "utf8")) as Fixture;

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

const double = (data: Parameters<typeof torch.tensor>[0], requiresGrad = false): Tensor =>
  torch.tensor(data, { dtype: torch.float64, requiresGrad });

/** The problem of fixtures/optim.py. */
function problem() {
  const a = double(
    [
      [0.5, -1, 2],
      [1.5, 0.3, -0.7],
    ],
    true,
  );
  const b = double([0.1, -0.2], true);
  const x = double([1, -2, 0.5]);
  const target = double([0.9, -0.3]);
  const loss = (): Tensor =>
    a.matmul(x).add(b).tanh().sub(target).pow(2).sum().add(a.mul(a).mul(a).mul(a).sum().mul(0.1));
  return { params: [a, b], loss };
}

/** The same structure, with numbers that are equal to nine digits. */
function expectClose(actual: unknown, expected: unknown): void {
  const rounded = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (_, x) => (typeof x === "number" ? Number(x.toPrecision(9)) : x)));
  expect(rounded(actual)).toEqual(rounded(expected));
}

describe("optimizers", () => {
  // The numbers in an optimizer's state are float64 only where that is the default.
  beforeAll(() => torch.setDefaultDtype(torch.float64));
  afterAll(() => torch.setDefaultDtype(torch.float32));

  for (const { name, options, steps } of fixture.optimizers) {
    test(`${name} ${JSON.stringify(options)} takes PyTorch's steps`, () => {
      const { params: all, loss } = problem();
      const params = name === "Muon" ? all.slice(0, 1) : all;
      const own = Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value]));
      const optimizer = new optim[name](params, own);
      const closure = (): Tensor => {
        optimizer.zeroGrad();
        const value = loss();
        value.backward();
        return value;
      };
      steps.forEach((expected, step) => {
        expect(optimizer.step(closure)).toBeInstanceOf(Tensor);
        params.forEach((param, i) => {
          const actual = param.reshape(-1).tolist<number[]>();
          actual.forEach((value, k) => {
            expect(value, `step ${step}, parameter ${i}`).toBeCloseTo(expected[i][k], 9);
          });
        });
      });
    });
  }

  test.each([
    ["SGD", (p: Tensor) => new optim.SGD([p], { lr: 0.1, weightDecay: 0.01 })],
    ["SGD with momentum", (p: Tensor) => new optim.SGD([p], { lr: 0.1, momentum: 0.9, dampening: 0.1 })],
    ["SGD looking ahead", (p: Tensor) => new optim.SGD([p], { lr: 0.1, momentum: 0.9, nesterov: true })],
    ["Adam", (p: Tensor) => new optim.Adam([p], { lr: 0.1, weightDecay: 0.01 })],
    ["Adam with amsgrad", (p: Tensor) => new optim.Adam([p], { lr: 0.1, amsgrad: true })],
    ["AdamW", (p: Tensor) => new optim.AdamW([p], { lr: 0.1 })],
  ] as const)(
    "%s takes the same steps in vectors of float32 as in doubles, beyond a block too",
    (_, make) => {
      torch.manualSeed(1);
      const [start, slope] = [torch.randn([20_003]), torch.randn([20_003])];
      const trained = (dtype: typeof torch.float32): Tensor => {
        const param = start.to(dtype).clone();
        const optimizer = make(param);
        for (let step = 1; step <= 3; step++) {
          param.grad = slope.to(dtype).div(step);
          optimizer.step();
        }
        return param;
      };
      const [single, double] = [trained(torch.float32), trained(torch.float64)];
      expect(single.dtype).toBe(torch.float32);
      expect(torch.allclose(single.to(torch.float64), double, { rtol: 1e-5, atol: 1e-6 })).toBe(true);
      expect(torch.allclose(double, start.to(torch.float64))).toBe(false);
    },
  );

  test("save their state under torch's names and go on from it", () => {
    const run = (steps: number, from?: ReturnType<optim.Adam["stateDict"]>, start?: Tensor[]) => {
      const { params, loss } = problem();
      torch.noGrad(() => {
        for (const [i, value] of (start ?? []).entries()) params[i].copy_(value);
      });
      const optimizer = new optim.Adam(params, { lr: 0.1 });
      if (from !== undefined) optimizer.loadStateDict(from);
      for (let i = 0; i < steps; i++) {
        optimizer.zeroGrad();
        loss().backward();
        optimizer.step();
      }
      return { params, state: optimizer.stateDict() };
    };
    const half = run(3);
    expect(Object.keys(half.state.state[0])).toEqual(["step", "exp_avg", "exp_avg_sq"]);
    expect((half.state.state[1]["step"] as Tensor).item()).toBe(3);
    expect(half.state.param_groups).toEqual([
      {
        lr: 0.1,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weight_decay: 0,
        amsgrad: false,
        maximize: false,
        decoupled_weight_decay: false,
        params: [0, 1],
      },
    ]);
    const whole = run(6);
    const resumed = run(3, half.state, half.params);
    expect(resumed.params.map((p) => p.tolist())).toEqual(whole.params.map((p) => p.tolist()));
  });

  test("give groups options of their own and print them", () => {
    const [a, b] = [new nn.Linear(1, 1), new nn.Linear(1, 1)];
    const optimizer = new optim.SGD([{ params: a.parameters(), lr: 0.5 }, { params: b.parameters() }], {
      lr: 0.1,
      momentum: 0.9,
    });
    expect(optimizer.paramGroups.map((group) => [group.lr, group.momentum, group.params.length])).toEqual([
      [0.5, 0.9, 2],
      [0.1, 0.9, 2],
    ]);
    expect(new optim.SGD(a.parameters()).toString()).toBe(`SGD (
Parameter Group 0
    dampening: 0
    lr: 0.001
    maximize: False
    momentum: 0
    nesterov: False
    weight_decay: 0
)`);
  });

  test("leave parameters without a gradient alone, and clear gradients as asked", () => {
    const used = torch.ones([1], { requiresGrad: true });
    const unused = torch.ones([1], { requiresGrad: true });
    const optimizer = new optim.SGD([used, unused], { lr: 1 });
    used.mul(3).backward();
    optimizer.step();
    expect([used.item(), unused.item()]).toEqual([-2, 1]);
    optimizer.zeroGrad({ setToNone: false });
    expect([used.grad?.item(), unused.grad]).toEqual([0, null]);
    optimizer.zeroGrad();
    expect(used.grad).toBeNull();
  });

  test("refuse what torch refuses, in its words", () => {
    const p = torch.ones([1], { requiresGrad: true });
    expect(() => new optim.SGD([])).toThrow("optimizer got an empty parameter list");
    expect(() => new optim.SGD([p.mul(2)])).toThrow("can't optimize a non-leaf Tensor");
    expect(() => new optim.SGD([p], { lr: -1 })).toThrow("Invalid learning rate: -1");
    expect(() => new optim.SGD([p], { nesterov: true })).toThrow(
      "Nesterov momentum requires a momentum and zero dampening",
    );
    expect(() => new optim.Adam([p], { betas: [1, 0.9] })).toThrow("Invalid beta parameter at index 0: 1");
    expect(() => new optim.Adadelta([p], { rho: 2 })).toThrow("Invalid rho value: 2");
    expect(() => new optim.Rprop([p], { etas: [1.5, 2] })).toThrow("Invalid eta values: 1.5, 2");
    expect(() => new optim.Adafactor([p], { d: 0.5 })).toThrow(
      "Clipping threshold d should be >= 1 but is: 0.5",
    );
    expect(() => new optim.Muon([p])).toThrow(
      "Muon only supports 2D parameters whereas we found a parameter with size: torch.Size([1])",
    );
    expect(() => new optim.SGD([{ params: [p] }, { params: [p] }])).toThrow(
      "some parameters appear in more than one parameter group",
    );
    expect(() => new optim.SGD([p]).loadStateDict({ state: {}, param_groups: [] })).toThrow(
      "loaded state dict has a different number of parameter groups",
    );
  });
});

describe("schedulers", () => {
  const { lrScheduler: s } = optim;
  interface Stepping {
    step(metric: number): void;
  }
  const made: Readonly<Record<string, (o: optim.SGD) => Stepping>> = {
    LambdaLR: (o) => new s.LambdaLR(o, (epoch) => 0.9 ** epoch),
    MultiplicativeLR: (o) => new s.MultiplicativeLR(o, (epoch) => (epoch % 2 === 1 ? 0.5 : 1.5)),
    StepLR: (o) => new s.StepLR(o, 3, 0.5),
    MultiStepLR: (o) => new s.MultiStepLR(o, [2, 5, 5, 9], 0.5),
    ExponentialLR: (o) => new s.ExponentialLR(o, 0.8),
    ConstantLR: (o) => new s.ConstantLR(o, { factor: 0.5, totalIters: 4 }),
    LinearLR: (o) => new s.LinearLR(o, { startFactor: 0.25, totalIters: 6 }),
    PolynomialLR: (o) => new s.PolynomialLR(o, { totalIters: 8, power: 2 }),
    CosineAnnealingLR: (o) => new s.CosineAnnealingLR(o, 5, 0.01),
    CosineAnnealingWarmRestarts: (o) => new s.CosineAnnealingWarmRestarts(o, 3, { tMult: 2, etaMin: 0.01 }),
    OneCycleLR: (o) => new s.OneCycleLR(o, 0.5, { totalSteps: 15 }),
    "OneCycleLR momentum": (o) => new s.OneCycleLR(o, 0.5, { totalSteps: 15 }),
    "OneCycleLR three phases": (o) =>
      new s.OneCycleLR(o, 0.5, { epochs: 5, stepsPerEpoch: 3, threePhase: true, annealStrategy: "linear" }),
    CyclicLR: (o) => new s.CyclicLR(o, 0.01, 0.2, { stepSizeUp: 3, stepSizeDown: 2 }),
    "CyclicLR momentum": (o) => new s.CyclicLR(o, 0.01, 0.2, { stepSizeUp: 3, mode: "triangular2" }),
    "CyclicLR halved": (o) => new s.CyclicLR(o, 0.01, 0.2, { stepSizeUp: 2, mode: "triangular2" }),
    "CyclicLR falling": (o) => new s.CyclicLR(o, 0.01, 0.2, { stepSizeUp: 3, mode: "exp_range", gamma: 0.9 }),
    "CyclicLR by a function": (o) =>
      new s.CyclicLR(o, 0.01, 0.2, { stepSizeUp: 2, scaleFn: (x) => 1 / x, scaleMode: "cycle" }),
    SWALR: (o) => new optim.swaUtils.SWALR(o, 0.05, { annealEpochs: 5 }),
    "SWALR linear": (o) => new optim.swaUtils.SWALR(o, 0.05, { annealEpochs: 4, annealStrategy: "linear" }),
    "SWALR at once": (o) => new optim.swaUtils.SWALR(o, 0.05, { annealEpochs: 0 }),
    ChainedScheduler: (o) =>
      new s.ChainedScheduler([
        new s.ConstantLR(o, { factor: 0.1, totalIters: 3 }),
        new s.ExponentialLR(o, 0.9),
      ]),
    ReduceLROnPlateau: (o) => new s.ReduceLROnPlateau(o, { patience: 1, factor: 0.5, cooldown: 1 }),
    SequentialLR: (o) =>
      new s.SequentialLR(
        o,
        [new s.ConstantLR(o, { factor: 0.1, totalIters: 2 }), new s.ExponentialLR(o, 0.9)],
        [3],
      ),
    "StepLR and ExponentialLR": (o) => {
      const both = [new s.StepLR(o, 4), new s.ExponentialLR(o, 0.9)];
      return {
        step() {
          for (const scheduler of both) scheduler.step();
        },
      };
    },
  };

  for (const { scheduler: name, rates } of fixture.schedulers) {
    test(`${name} sets PyTorch's rates`, () => {
      const optimizer = new optim.SGD([torch.zeros([1], { requiresGrad: true })], { lr: 0.2, momentum: 0.9 });
      const scheduler = made[name](optimizer);
      const [group] = optimizer.paramGroups;
      rates.forEach((rate, epoch) => {
        const actual = name.endsWith("momentum") ? group.momentum : group.lr;
        expect(actual, `epoch ${epoch}`).toBeCloseTo(rate, 14);
        optimizer.step();
        scheduler.step(fixture.metrics[epoch]);
      });
    });
  }

  test("go on from a saved state", () => {
    const optimizer = new optim.SGD([torch.zeros([1], { requiresGrad: true })], { lr: 1 });
    const scheduler = new s.StepLR(optimizer, 2, 0.5);
    scheduler.step();
    const resumed = new s.StepLR(optimizer, 2, 0.5);
    resumed.loadStateDict(scheduler.stateDict());
    resumed.step();
    expect([resumed.lastEpoch, resumed.getLastLr()]).toEqual([2, [0.5]]);
  });
});

describe("averaged models", () => {
  const { AveragedModel, getEmaAvgFn, updateBn } = optim.swaUtils;
  const options = [{}, { avgFn: getEmaAvgFn(0.9) }, { avgFn: getEmaAvgFn(0.5), useBuffers: true }];

  test.each(fixture.models.map((expected, i) => [i, expected] as const))(
    "are PyTorch's, and so are the statistics of their batch norms (%i)",
    async (i, { averaged: weights, updated }) => {
      const model = new nn.BatchNorm1d(2).double();
      const averaged = new AveragedModel(model, options[i]);
      const stateOf = (): object =>
        Object.fromEntries(
          Object.entries(averaged.stateDict()).map(([name, value]) => [
            name,
            value.to(torch.float64).tolist(),
          ]),
        );
      for (let step = 0; step < 4; step++) {
        torch.noGrad(() => {
          model.weight?.fill_(2 ** step);
          model.running_mean?.fill_(3 ** step);
        });
        averaged.updateParameters(model);
      }
      expectClose(stateOf(), weights);
      const batches = [
        double([
          [1, 2],
          [3, 5],
        ]),
        [
          double([
            [0.5, -2],
            [7, 5.5],
          ]),
        ],
      ];
      await updateBn(batches, averaged);
      expectClose(stateOf(), updated);
      expect(averaged.module.momentum).toBe(0.1);
    },
  );

  test("refuse a decay that is none", () => {
    expect(() => getEmaAvgFn(2)).toThrow(
      "Invalid decay value 2 provided. Please provide a value in [0,1] range.",
    );
  });
});
