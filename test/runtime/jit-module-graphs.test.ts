/** Modules whose structure is out of the ordinary give PyTorch's graphs (fixtures/traced-modules.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jitTrace, nn, type ScriptModule, type Tensor, torch } from "../../runtime/index.ts";
import { comparable } from "../golden/twins/run-twin.ts";

type Graphs = Readonly<Record<string, { readonly graph: string; readonly inlined: string }>>;
const expected: Graphs = JSON.parse(
  readFileSync(new URL("fixtures/traced-modules.json", import.meta.url), "utf8"),
);

class Results extends nn.Module {
  fc = new nn.Linear(4, 4);
  override forward(x: Tensor): [Tensor, Tensor] {
    const y = this.fc.forward(x);
    return [y.view(x.shape[0], -1), y.sum()];
  }
}

class Resized extends nn.Module {
  fc = new nn.Linear(4, 4);
  override forward(x: Tensor, n: number): Tensor {
    return this.fc.forward(x).view(n, -1);
  }
}

class Each extends nn.Module {
  layers = new nn.ModuleList([0, 1].map(() => new nn.Sequential(new nn.Linear(4, 4), new nn.ReLU())));
  override forward(inputs: Tensor[]): Tensor {
    let xs = inputs;
    for (const layer of this.layers) xs = xs.map((x) => (layer as nn.Sequential).forward(x));
    return torch.cat(xs);
  }
}

class Shift extends nn.Module {
  fc = new nn.Linear(4, 4);
  p = new nn.Parameter(torch.ones(4));
  override forward(x: Tensor): Tensor {
    return x.add(this.p);
  }
}

class Increment extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.add_(1);
  }
}

let hidden: Tensor;
class Keeps extends nn.Module {
  fc = new nn.Linear(4, 4);
  override forward(x: Tensor): Tensor {
    hidden = this.fc.forward(x);
    return hidden.relu();
  }
}

class Scaled extends nn.Module {
  scale = torch.tensor([1, 2, 3, 4]);
  fc = new nn.Linear(4, 4);
  constructor() {
    super();
    this.registerBuffer("shift", torch.ones(4));
  }
  override forward(x: Tensor): Tensor {
    const { shift } = this as unknown as { shift: Tensor };
    return this.fc.forward(x).mul(this.scale).add(shift).add(this.scale);
  }
}

/** A module called Whole with these parts. */
function whole<P extends object>(parts: P, forward: (this: P, x: Tensor) => unknown): nn.Module {
  class Whole extends nn.Module {
    constructor() {
      super();
      Object.assign(this, parts);
    }
    override forward(x: Tensor): unknown {
      return forward.call(this as unknown as P, x);
    }
  }
  return new Whole();
}

const linear = () => new nn.Linear(4, 4);

const modules: Readonly<Record<string, () => nn.Module>> = {
  results: () =>
    whole({ a: new Results(), b: new Results() }, function (x) {
      const [y, z] = this.a.forward(x);
      const [w] = this.b.forward(y);
      return w.add(z);
    }),
  size_argument: () =>
    whole({ a: new Resized() }, function (x) {
      return torch.add(this.a.forward(x, x.size(0)), x.size(1));
    }),
  lists: () =>
    whole({ a: new Each() }, function (x) {
      return this.a.forward([x, x.mul(2)]);
    }),
  reach: () =>
    whole({ a: new Shift(), q: new nn.Parameter(torch.ones(4)) }, function (x) {
      this.a.forward(x);
      return this.a.fc.forward(x).mul(this.a.p).mul(this.q);
    }),
  inplace: () =>
    whole({ a: new Increment() }, function (x) {
      const y = x.mul(2);
      this.a.forward(y);
      return y;
    }),
  leak: () =>
    whole({ a: new Keeps(), b: linear() }, function (x) {
      const y = this.a.forward(x);
      return this.b.forward(y).add(hidden);
    }),
  constants: () =>
    whole({ a: new Scaled(), b: new Scaled() }, function (x) {
      return this.b.forward(this.a.forward(x));
    }),
  nested: () =>
    new nn.Sequential(
      new nn.Sequential(linear(), new nn.ReLU()),
      new nn.Sequential(new nn.Linear(4, 2), new nn.Sigmoid()),
    ),
  identity: () =>
    whole({ a: new nn.Identity(), b: linear() }, function (x) {
      return [this.a.forward(this.b.forward(this.a.forward(x))), this.b.weight];
    }),
  record: () =>
    whole({ a: linear() }, function (x) {
      return { y: this.a.forward(x), x };
    }),
};

test.each(Object.keys(expected))("%s", (name) => {
  const module = modules[name]();
  const traced = jitTrace(module as nn.Linear, torch.ones(2, 4), {
    strict: name !== "record",
  }) as unknown as ScriptModule;
  expect(comparable(String(traced.graph))).toBe(comparable(expected[name].graph));
  expect(comparable(String(traced.inlinedGraph))).toBe(comparable(expected[name].inlined));
});
