/** The workloads of jit.ts on our own layers; jit.py has the same in PyTorch, drawn from the same seeds. */
import { nn, type Tensor, torch } from "../runtime/index.ts";

const relu = (x: Tensor): Tensor => torch.relu(x);

function chain(x: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < 5; i++) y = y.mul(1.01).add(0.1).relu().sub(0.05).tanh().mul(0.99);
  return y;
}

class Perceptron extends nn.Module {
  first = new nn.Linear(784, 256);
  second = new nn.Linear(256, 64);
  third = new nn.Linear(64, 10);

  override forward(x: Tensor): Tensor {
    return this.third.forward(torch.relu(this.second.forward(torch.relu(this.first.forward(x)))));
  }
}

const [width, heads, length] = [256, 4, 128];

class Encoder extends nn.Module {
  query = new nn.Linear(width, width);
  key = new nn.Linear(width, width);
  value = new nn.Linear(width, width);
  out = new nn.Linear(width, width);
  up = new nn.Linear(width, 4 * width);
  down = new nn.Linear(4 * width, width);
  norm1 = new nn.LayerNorm(width);
  norm2 = new nn.LayerNorm(width);

  override forward(x: Tensor): Tensor {
    const split = (y: Tensor): Tensor => y.view([1, length, heads, width / heads]).transpose(1, 2);
    const [query, key, value] = [this.query, this.key, this.value].map((layer) => split(layer.forward(x)));
    const scores = query.matmul(key.transpose(2, 3)).div(8);
    const mixed = scores.softmax(3).matmul(value).transpose(1, 2).reshape([1, length, width]);
    const y = this.norm1.forward(x.add(this.out.forward(mixed)));
    return this.norm2.forward(y.add(this.down.forward(nn.functional.gelu(this.up.forward(y)))));
  }
}

class Cell extends nn.Module {
  from_input = new nn.Linear(128, 512);
  from_state = new nn.Linear(128, 512);

  override forward(x: Tensor): Tensor {
    let h = torch.zeros([1, 128]);
    let c = torch.zeros([1, 128]);
    for (let step = 0; step < 50; step++) {
      const gates = this.from_input.forward(x.select(0, step)).add(this.from_state.forward(h));
      const [i, f, g, o] = gates.chunk(4, 1);
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      h = o.sigmoid().mul(c.tanh());
    }
    return h;
  }
}

class Block extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  shortcut: nn.Sequential;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(outputs);
    this.conv2 = new nn.Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(outputs);
    this.shortcut =
      stride === 1 && inputs === outputs
        ? new nn.Sequential()
        : new nn.Sequential(
            new nn.Conv2d(inputs, outputs, 1, { stride, bias: false }),
            new nn.BatchNorm2d(outputs),
          );
  }

  override forward(x: Tensor): Tensor {
    const y = this.bn2.forward(
      this.conv2.forward(torch.relu(this.bn1.forward(this.conv1.forward(x) as Tensor) as Tensor)) as Tensor,
    ) as Tensor;
    return torch.relu(y.add(this.shortcut.forward(x) as Tensor));
  }
}

class ResNet18 extends nn.Module {
  conv1 = new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
  bn1 = new nn.BatchNorm2d(64);
  pool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  layer1 = new nn.Sequential(new Block(64, 64, 1), new Block(64, 64, 1));
  layer2 = new nn.Sequential(new Block(64, 128, 2), new Block(128, 128, 1));
  layer3 = new nn.Sequential(new Block(128, 256, 2), new Block(256, 256, 1));
  layer4 = new nn.Sequential(new Block(256, 512, 2), new Block(512, 512, 1));
  fc = new nn.Linear(512, 1000);

  override forward(x: Tensor): Tensor {
    let y = this.pool.forward(torch.relu(this.bn1.forward(this.conv1.forward(x)))) as Tensor;
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) y = layer.forward(y) as Tensor;
    return this.fc.forward(y.mean([2, 3]));
  }
}

/** What makes a workload, and the shapes it is called with in turn. */
export interface Workload {
  readonly make: () => ((x: Tensor) => Tensor) | nn.Module;
  readonly shapes: readonly (readonly number[])[];
}

/** The workloads by name. */
export const workloads: Readonly<Record<string, Workload>> = {
  "relu of 3": { make: () => relu, shapes: [[3]] },
  "30 elementwise ops, [64]": { make: () => chain, shapes: [[64]] },
  "30 elementwise ops, [1e6]": { make: () => chain, shapes: [[1_000_000]] },
  "MLP 784-256-64-10, batch 1": { make: () => new Perceptron(), shapes: [[1, 784]] },
  "MLP, batch 256": { make: () => new Perceptron(), shapes: [[256, 784]] },
  "MLP, a new batch size each call": {
    make: () => new Perceptron(),
    shapes: Array.from({ length: 30 }, (_, i) => [i + 3, 784]),
  },
  "encoder layer d=256 T=128": { make: () => new Encoder(), shapes: [[1, length, width]] },
  "LSTM-like cell, 50 steps": { make: () => new Cell(), shapes: [[50, 1, 128]] },
  "ResNet-18, 1x3x224x224": { make: () => new ResNet18(), shapes: [[1, 3, 224, 224]] },
};
