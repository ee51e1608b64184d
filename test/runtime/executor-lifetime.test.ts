/**
 * What compiled traces hold and for how long: memory over many traces and training steps stays bounded, and callers do not meet.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { jitSerialize, jitTrace, jitUnserialize, nn, type Tensor, torch } from "../../runtime/index.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage and lets the finalizers run. */
async function collected(): Promise<void> {
  collect();
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Megabytes that `work` leaves behind when it is done over and over, with garbage collected ten times or so. */
async function growth(warmUp: number, rounds: number, work: () => void): Promise<number> {
  const every = Math.ceil(rounds / 10);
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      work();
      if (i % every === 0) await collected();
    }
    await collected();
  };
  await run(warmUp);
  const before = process.memoryUsage().rss;
  await run(rounds);
  return (process.memoryUsage().rss - before) / 2 ** 20;
}

test("30 traces that are compiled and dropped give their sessions back", async () => {
  const x = torch.ones([2, 512]);
  const grown = await growth(10, 30, () => {
    // A session of each holds the 8 MB of its weight.
    const weight = torch.zeros([512, 4096]);
    const traced = jitTrace((y: Tensor) => y.matmul(weight).relu(), x);
    traced.executor = "compiled";
    traced(x);
  });
  expect(grown).toBeLessThan(64);
});

test("30 loaded modules that are compiled and dropped give their sessions back", async () => {
  const x = torch.ones([2, 512]);
  const bytes = jitSerialize(jitTrace(new nn.Linear(512, 4096), x));
  const grown = await growth(10, 30, () => {
    const loaded = jitUnserialize(bytes);
    loaded.executor = "compiled";
    torch.noGrad(() => loaded(x));
  });
  expect(grown).toBeLessThan(64);
});

test("1,000 compiled training steps leave nothing behind", async () => {
  const net = new nn.Sequential(new nn.Linear(64, 64), new nn.ReLU(), new nn.Linear(64, 1));
  const x = torch.randn([16, 64]);
  const traced = jitTrace(net, x);
  traced.executor = "compiled";
  const grown = await growth(200, 1000, () => {
    net.zeroGrad();
    (traced(x) as Tensor).sum().backward();
  });
  expect(traced.explain().executor).toBe("compiled");
  expect(grown).toBeLessThan(32);
});

test("a hundred callers at once each get their own result", async () => {
  const traced = jitTrace((x: Tensor) => x.matmul(x).add(1), torch.ones([2, 2]));
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => traced.runAsync(torch.full([2, 2], i))),
  );
  expect(results.map((result) => (result as Tensor).tolist<number[][]>()[0][0])).toEqual(
    results.map((_, i) => 2 * i * i + 1),
  );
});
