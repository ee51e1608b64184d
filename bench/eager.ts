/**
 * `npm run bench -- eager [WORD]`: the time of single operations and of training steps beside PyTorch's on this machine in this
 * run (eager.py), with one thread and with two. Rounds of all three alternate; a round's time is the mean of its calls, a
 * time the median of the rounds. Our own are taken in a process with the environment that install.py gives the kernel.
 * WORD keeps the workloads whose names contain it; `TRACEBOOK_BACKEND` chooses what multiplies.
 */
import { loadavg } from "node:os";
import process from "node:process";
import { nn, optim, type Tensor, torch } from "../runtime/index.ts";
import { median, Peer, runsAsKernel } from "./peer.ts";

const rounds = 9;

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

function sigmoid(size: number): () => unknown {
  const x = torch.randn([size]);
  return () => x.sigmoid();
}

function gelu(size: number): () => unknown {
  const x = torch.randn([size]);
  return () => nn.functional.gelu(x);
}

function addWhole(size: number): () => unknown {
  const [a, b] = [torch.randint(0, 1000, [size]), torch.randint(0, 1000, [size])];
  return () => a.add(b);
}

function groupNorm(): () => unknown {
  const [x, layer] = [torch.randn([4, 32, 28, 28]), new nn.GroupNorm(8, 32)];
  return () => torch.noGrad(() => layer.forward(x));
}

function recurrence(): () => unknown {
  const [x, layer] = [torch.randn([50, 8, 64]), new nn.LSTM(64, 64)];
  return () => torch.noGrad(() => layer.forward(x));
}

/** Forward, backward and a step of plain gradient descent. */
function trainingStep(model: nn.Sequential, x: Tensor): () => unknown {
  const y = torch.randint(0, 10, [x.shape[0]]);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
  return () => {
    optimizer.zeroGrad();
    nn.functional.crossEntropy(model.forward(x) as Tensor, y).backward();
    optimizer.step();
  };
}

function perceptron(): () => unknown {
  const model = new nn.Sequential(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 10));
  return trainingStep(model, torch.randn([64, 784]));
}

function convolutional(): () => unknown {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(32 * 7 * 7, 10),
  );
  return trainingStep(model, torch.randn([64, 1, 28, 28]));
}

/** Each as in eager.py, under the same name. */
const workloads: Readonly<Record<string, () => () => unknown>> = {
  "add of 3": () => add(3),
  "add of 64": () => add(64),
  "add of 1e6": () => add(1_000_000),
  "matmul 128": () => matmul(128),
  "matmul 512": () => matmul(512),
  "conv2d 64x56x56, 64 kernels of 3x3": convolution,
  "sigmoid of 1e5": () => sigmoid(100_000),
  "gelu of 1e5": () => gelu(100_000),
  "add of 1e5 int64": () => addWhole(100_000),
  "group norm 4x32x28x28": groupNorm,
  "LSTM of 64, 50 steps, batch 8": recurrence,
  "training step, MLP 784-256-10, batch 64": perceptron,
  "training step, CNN 1x28x28, batch 64": convolutional,
};

/** The mean time of a call in microseconds, over a tenth of a second. */
function meanOf(run: () => unknown): number {
  let calls = 0;
  const start = performance.now();
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) run();
    calls += batch;
    const spent = performance.now() - start;
    if (spent > 100) return (spent * 1000) / calls;
  }
}

/** PyTorch with one thread and with two; none where it is not installed. */
function startPeers(): readonly Peer[] {
  try {
    return [new Peer("eager.py", 1), new Peer("eager.py", 2)];
  } catch {
    process.stdout.write("PyTorch is not installed for this Python, so only our own times are shown.\n");
    return [];
  }
}

const line = ([name, ...cells]: readonly string[]): string =>
  `${name.padEnd(42)}${cells.map((cell) => cell.padStart(19)).join("")}\n`;

export async function bench([word = ""]: readonly string[]): Promise<void> {
  if (!runsAsKernel()) return;
  torch.manualSeed(0);
  const { name, description } = torch.backend();
  process.stdout.write(`backend: ${name}, ${description}\n`);
  process.stdout.write(`load of the machine before: ${loadavg()[0].toFixed(1)}\n`);
  const peers = startPeers();
  const heads = ["PyTorch, 1 thread", "ratio", "PyTorch, 2 threads", "ratio"];
  process.stdout.write(line(["", "Tracebook", ...heads.slice(0, 2 * peers.length)]));
  for (const [name, make] of Object.entries(workloads)) {
    if (!name.includes(word)) continue;
    const run = make();
    meanOf(run);
    const ours: number[] = [];
    const theirs: number[][] = peers.map(() => []);
    for (let round = 0; round < rounds; round++) {
      ours.push(meanOf(run));
      for (const [i, peer] of peers.entries()) theirs[i].push(await peer.ask<number>(name));
    }
    const time = median(ours);
    const against = theirs
      .map(median)
      .flatMap((other) => [`${other.toFixed(2)} µs`, `${(time / other).toFixed(2)}x`]);
    process.stdout.write(line([name, `${time.toFixed(2)} µs`, ...against]));
  }
  for (const peer of peers) peer.close();
}
