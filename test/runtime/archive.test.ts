/** TorchScript archives: those of PyTorch load and run, and what is saved here comes back as it was. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { beforeEach, expect, test } from "vitest";
import {
  jitCompile,
  jitLoad,
  jitSave,
  jitSerialize,
  jitTrace,
  jitUnserialize,
  nn,
  ScriptModule,
  type Tensor,
  torch,
} from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { runArchives } from "../golden/trace.ts";

beforeEach(() => torch.manualSeed(0));

const folder = (): string => mkdtempSync(join(tmpdir(), "tracebook-archive-"));

test.each(["trace", "script"])(
  "every archive of the set %s loads, runs and prints as in PyTorch",
  async (set) => {
    const results = runArchives(openPackedSet(set), {});
    expect(results.length).toBeGreaterThan(70);
    const failed = results.filter(({ status }) => status === "failed");
    expect(failed.map(({ name, detail }) => `${name}\n${detail}`).join("\n\n")).toBe("");
  },
);

test.each(["trace", "script"])(
  "archives of the set %s that are saved again have the same code, and traces the same graphs",
  (set) => {
    const files = openPackedSet(set);
    // What is refused has no code.
    const readable = files.names.filter((file) => file.endsWith("/code.txt"));
    for (const name of readable.map((file) => file.replace("code.txt", "model.pt"))) {
      const first = jitUnserialize(files.bytes(name));
      const again = jitUnserialize(jitSerialize(first));
      expect(`${name}\n${again.code}`).toBe(`${name}\n${first.code}`);
      // Scripted code is written with variables of its own for what branches and loops carry.
      const withoutPlaces = (text: string): string => text.replace(/ # .*$/gm, "");
      if (set === "trace")
        expect(withoutPlaces(String(again.graph))).toBe(withoutPlaces(String(first.graph)));
    }
  },
);

class Net extends nn.Module {
  fc = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.ReLU(), new nn.Linear(4, 2));

  override forward(x: Tensor): Tensor {
    return torch.softmax(this.fc.forward(x), 1);
  }
}

test("a traced module comes back with its submodules, parameters, buffers and outputs", () => {
  const net = new Net().eval();
  const x = torch.randn([5, 3]);
  const traced = jitTrace(net, x, { respectMode: false });
  const path = join(folder(), "net.pt");
  traced.save(path);
  const loaded = jitLoad(path);
  expect(loaded).toBeInstanceOf(ScriptModule);
  expect(loaded.namedParameters().map(([name]) => name)).toEqual(net.namedParameters().map(([name]) => name));
  expect(loaded.namedBuffers().map(([name]) => name)).toEqual([
    "fc.1.running_mean",
    "fc.1.running_var",
    "fc.1.num_batches_tracked",
  ]);
  const y = torch.randn([2, 3]);
  const run = loaded.forward as (x: Tensor) => Tensor;
  expect(run(y).tolist()).toEqual(net.forward(y).tolist());
  expect(loaded.training).toBe(false);
  expect(loaded.code).toBe(
    "def forward(self,\n    x: Tensor) -> Tensor:\n  fc = self.fc\n  return torch.softmax((fc).forward(x, ), 1)\n",
  );
});

test("a loaded module learns: gradients reach its parameters and its state can be loaded", () => {
  const net = new Net();
  const loaded = jitUnserialize(jitSerialize(jitTrace(net, torch.randn([5, 3]))));
  const run = loaded.forward as (x: Tensor) => Tensor;
  run(torch.randn([5, 3]))
    .select(1, 0)
    .sum()
    .backward();
  expect(loaded.parameters().every((parameter) => parameter.grad !== null)).toBe(true);
  const other = new Net();
  loaded.loadStateDict(other.stateDict());
  expect(loaded.stateDict()["fc.0.weight"].tolist()).toEqual(other.stateDict()["fc.0.weight"].tolist());
});

test("a function comes back as a module whose forward it is", () => {
  const fn = jitTrace((x: Tensor, y: Tensor) => x.mul(2.5).add(y), torch.ones([2]), torch.ones([2]));
  const loaded = jitUnserialize(jitSerialize(fn)) as unknown as (x: Tensor, y: Tensor) => Tensor;
  expect(loaded(torch.tensor([1, 2]), torch.tensor([3, 4])).tolist()).toEqual([5.5, 9]);
  // A number of the source stays a number: it does not widen integers to double.
  const int = torch.tensor([1, 2], { dtype: torch.int64 });
  expect(loaded(int, int).dtype).toBe(torch.float32);
});

test("tensors that share memory share it in the archive and after loading", () => {
  const net = new (class Tied extends nn.Module {
    first = new nn.Linear(3, 3, { bias: false });
    second = new nn.Linear(3, 3, { bias: false });
    override forward(x: Tensor): Tensor {
      return this.second.forward(this.first.forward(x));
    }
  })();
  net.second.weight = net.first.weight;
  const loaded = jitUnserialize(jitSerialize(jitTrace(net, torch.ones([1, 3]))));
  const state = loaded.stateDict();
  torch.noGrad(() => state["first.weight"].fill_(7));
  expect(state["second.weight"].tolist()).toEqual(state["first.weight"].tolist());
});

test("halves, integers beyond 2^53, empty tensors and views keep their every bit", () => {
  const values = {
    half: torch.tensor([1.5, -2.25]).to(torch.float16),
    wide: torch.tensor([9007199254740993n, -1n]),
    empty: torch.zeros([0, 3]),
    view: torch
      .tensor([
        [1, 2, 3],
        [4, 5, 6],
      ])
      .t(),
    flags: torch.tensor([true, false]),
  };
  class Holder extends nn.Module {
    override forward(x: Tensor): Tensor {
      return x.mul(2);
    }
  }
  const holder = new Holder();
  for (const [name, value] of Object.entries(values)) holder.registerBuffer(name, value);
  const state = jitUnserialize(jitSerialize(jitTrace(holder, torch.ones([1])))).stateDict();
  for (const [name, value] of Object.entries(values)) {
    expect(state[name].tolist()).toEqual(value.tolist());
    expect([state[name].dtype, state[name].sizes, state[name].strides]).toEqual([
      value.dtype,
      value.sizes,
      value.strides,
    ]);
  }
});

test("extra files are kept beside the model; keys that are given choose which are read", () => {
  const bytes = jitSerialize(
    jitTrace((x: Tensor) => x.neg(), torch.ones([1])),
    {
      extraFiles: { "labels.json": '["cat","dog"]', "note.txt": "ü" },
    },
  );
  const all: Record<string, string> = {};
  jitUnserialize(bytes, { extraFiles: all });
  expect(all).toEqual({ "labels.json": '["cat","dog"]', "note.txt": "ü" });
  const one = { "note.txt": "" };
  jitUnserialize(bytes, { extraFiles: one });
  expect(one).toEqual({ "note.txt": "ü" });
});

test("the memory of tensors begins at multiples of 64 bytes, so that readers can map it", () => {
  const path = join(folder(), "aligned.pt");
  jitSave(jitTrace(new Net(), torch.randn([5, 3])), path);
  const file = readFileSync(path);
  const starts: number[] = [];
  for (let at = file.indexOf("PK\x03\x04"); at >= 0; at = file.indexOf("PK\x03\x04", at + 1)) {
    const name = file.toString("utf8", at + 30, at + 30 + file.readUInt16LE(at + 26));
    if (/^aligned\/data\/\d+$/.test(name))
      starts.push(at + 30 + file.readUInt16LE(at + 26) + file.readUInt16LE(at + 28));
  }
  expect(starts.length).toBe(9);
  expect(starts.map((start) => start % 64)).toEqual(starts.map(() => 0));
});

test("what was not traced cannot be saved", () => {
  expect(() => jitSerialize(new Net() as never)).toThrow(
    "jitSave() expected what jitTrace or jitLoad gave, but got the module Net; trace it first, as in jitTrace(module, input)",
  );
  expect(() => jitLoad(join(folder(), "missing.pt"))).toThrow("ENOENT");
});

test("a compiled function is saved with the functions it calls", () => {
  const { f } = jitCompile(`
def helper(x, scale: float = 2.0):
  return x * scale
def f(x, n: int = 2):
  for i in range(n):
    x = helper(x)
  return x
`);
  const loaded = jitUnserialize(jitSerialize(f)) as unknown as (x: Tensor, n?: number) => Tensor;
  expect(loaded(torch.tensor([1.5])).tolist()).toEqual([6]);
  expect(loaded(torch.tensor([1.5]), 3).tolist()).toEqual([12]);
});

// The results are PyTorch 2.13's for the same archive with its version changed.
test.each([
  [3, "torch.int64", [3, -3], "torch.float32"],
  [4, "torch.float32", [3.5, -3.5], "torch.float32"],
  [5, "torch.float32", [3.5, -3.5], "torch.int64"],
  [10, "torch.float32", [3.5, -3.5], "torch.int64"],
])(
  "in an archive of version %i operators mean what they meant then",
  (version, divided, quotients, filled) => {
    const { f } = jitCompile("def f(x, y):\n  return torch.div(x, y), torch.full([2], 1)\n");
    const entries = unzipSync(jitSerialize(f));
    entries["archive/version"] = new TextEncoder().encode(`${version}\n`);
    const old = jitUnserialize(zipSync(entries)) as unknown as (...args: Tensor[]) => Tensor[];
    const ints = [torch.tensor([7n, -7n]), torch.tensor([2n, 2n])];
    const [quotient, full] = old(...ints);
    expect([String(quotient.dtype), quotient.tolist(), String(full.dtype)]).toEqual([
      divided,
      quotients,
      filled,
    ]);
    const again = jitUnserialize(jitSerialize(old as never)) as unknown as typeof old;
    expect(again(...ints).map((tensor) => tensor.tolist())).toEqual([quotients, [1, 1]]);
  },
);

test("a module whose modes differ is saved with both graphs, and forward follows train() and eval()", () => {
  class Dropping extends nn.Module {
    body = new nn.Sequential(new nn.Linear(3, 4), new nn.Dropout(0.5));
    override forward(x: Tensor): Tensor {
      return this.body.forward(x);
    }
  }
  const net = new Dropping();
  const x = torch.ones([2, 3]);
  const traced = jitTrace(net, x);
  const loaded = jitUnserialize(jitSerialize(traced));
  expect([net.training, net.body.training]).toEqual([true, true]);
  expect(loaded.code).toBe(`def forward(self,
    x: Tensor) -> Tensor:
  training = self.training
  if training:
    result = (self).trainforward(x, )
  else:
    result = (self).evalforward(x, )
  return result
`);
  const run = loaded.forward as (x: Tensor) => Tensor;
  const inMode = (call: (x: Tensor) => Tensor): unknown => {
    torch.manualSeed(4);
    return call(x).tolist();
  };
  expect(inMode(run)).toEqual(inMode((input) => net.forward(input)));
  loaded.eval();
  net.eval();
  expect(inMode(run)).toEqual(inMode((input) => net.forward(input)));
  expect((loaded as unknown as { is_training(): boolean[] }).is_training()).toEqual([false]);
});
