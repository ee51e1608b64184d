/**
 * `npm run bench -- eager`: the time of single operations and of a training step, side by side with PyTorch's on this
 * machine in this run (eager.py), with one thread and with two. Times are medians; read the ratios. Our own are taken in a
 * process with the environment that install.py gives the kernel.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { nn, torch } from "../runtime/index.ts";
import { pythonWith } from "../test/python.ts";

/** Microseconds by name. */
type Times = Readonly<Record<string, number>>;

/** The median time of a call of `run` in microseconds, over rounds of `calls` each. */
function medianOf(run: () => unknown, calls: number, rounds = 15): number {
  const times: number[] = [];
  for (let round = -3; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) run();
    if (round >= 0) times.push(((performance.now() - start) / calls) * 1000);
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

function add(size: number): () => unknown {
  const [a, b] = [torch.randn([size]), torch.randn([size])];
  return () => a.add(b);
}

function matmul(size: number): () => unknown {
  const [a, b] = [torch.randn([size, size]), torch.randn([size, size])];
  return () => a.matmul(b);
}

function convolution(): () => unknown {
  const [image, kernel] = [torch.randn([1, 64, 56, 56]), torch.randn([64, 64, 3, 3])];
  return () => nn.functional.conv2d(image, kernel, null, 1, 1);
}

/** Forward, backward and plain gradient descent, as torch's SGD does it. */
function perceptronStep(): () => unknown {
  const model = new nn.Sequential(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 10));
  const [x, y] = [torch.randn([64, 784]), torch.randint(0, 10, [64])];
  const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01 });
  return () => {
    optimizer.zeroGrad();
    nn.functional.crossEntropy(model.forward(x) as typeof x, y).backward();
    optimizer.step();
  };
}

function ownTimes(): Times {
  torch.manualSeed(0);
  return {
    "add of 3": medianOf(add(3), 20_000),
    "add of 64": medianOf(add(64), 20_000),
    "add of 1e6": medianOf(add(1_000_000), 20),
    "matmul 128": medianOf(matmul(128), 50),
    "matmul 512": medianOf(matmul(512), 5),
    "conv2d 64x56x56, 64 kernels of 3x3": medianOf(convolution(), 3),
    "training step, MLP 784-256-10, batch 64": medianOf(perceptronStep(), 10),
  };
}

/** PyTorch's times, or null where there is no PyTorch. */
function torchTimes(threads: number): Times | null {
  let python: string;
  try {
    python = pythonWith("torch");
  } catch {
    return null;
  }
  const { stdout, stderr, status } = spawnSync(
    python,
    [join(import.meta.dirname, "eager.py"), String(threads)],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`bench/eager.py failed:\n${stderr}`);
  return JSON.parse(stdout) as Times;
}

/** What install.py says of memory in the kernel's environment. */
const memory = { MALLOC_MMAP_THRESHOLD_: "33554432", MALLOC_TRIM_THRESHOLD_: "268435456" };

export async function bench(): Promise<void> {
  if (process.env["MALLOC_TRIM_THRESHOLD_"] === undefined) {
    const argv = [...process.execArgv, ...process.argv.slice(1)];
    spawnSync(process.execPath, argv, { stdio: "inherit", env: { ...process.env, ...memory } });
    return;
  }
  const ours = ownTimes();
  const [one, two] = [torchTimes(1), torchTimes(2)];
  const line = (cells: readonly string[]): void => {
    process.stdout.write(
      `${cells[0].padEnd(42)}${cells
        .slice(1)
        .map((cell) => cell.padStart(18))
        .join("")}\n`,
    );
  };
  process.stdout.write(`backend: ${torch.backend().description}\n`);
  if (one === null || two === null) {
    process.stdout.write("PyTorch is not installed for this Python, so only our own times are shown.\n");
  }
  line([
    "",
    "Tracebook",
    ...(one && two ? ["PyTorch, 1 thread", "ratio", "PyTorch, 2 threads", "ratio"] : []),
  ]);
  for (const [name, time] of Object.entries(ours)) {
    const against = (other: Times): string[] => [
      `${other[name].toFixed(2)} µs`,
      `${(time / other[name]).toFixed(2)}x`,
    ];
    line([name, `${time.toFixed(2)} µs`, ...(one && two ? [...against(one), ...against(two)] : [])]);
  }
}
