/** Script modules: several methods, modes, state, submodules, freezing, and operators by name. */
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  jitFreeze,
  jitOps,
  jitOptimizeForInference,
  jitScalar,
  jitTrace,
  jitTraceModule,
  nn,
  ScriptFunction,
  ScriptModule,
  type Tensor,
  torch,
} from "../../runtime/index.ts";

const { tensor } = torch;
const kinds = (graph: { readonly nodes: readonly { readonly kind: string }[] }): string[] =>
  graph.nodes.map(({ kind }) => kind);
const plain = (graph: object): string[] => String(graph).replace(/ #.*/g, "").trimEnd().split("\n");

class Coder extends nn.Module {
  enc = new nn.Linear(4, 2);
  dec = new nn.Linear(2, 4);
  override forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
  encode(x: Tensor): Tensor {
    return torch.tanh(this.enc.forward(x));
  }
  decode(z: Tensor): Tensor {
    return this.dec.forward(z);
  }
}

class Noisy extends nn.Module {
  norm = new nn.BatchNorm1d(2);
  drop = new nn.Dropout(0.5);
  override forward(x: Tensor): Tensor {
    return this.drop.forward(this.norm.forward(x));
  }
}

describe("jitTraceModule", () => {
  const x = torch.ones(3, 4);

  test("traces methods by name, with their types", () => {
    const net = new Coder();
    const traced = jitTraceModule(net, { forward: [x], encode: x, decode: [torch.ones(3, 2)] });
    expectTypeOf(traced.encode).toExtend<Coder["encode"]>();
    expectTypeOf(traced).toExtend<(x: Tensor) => Tensor>();
    expect(traced.encode(x).tolist()).toEqual(net.encode(x).tolist());
    expect(traced.decode(traced.encode(x)).tolist()).toEqual(traced(x).tolist());
  });

  test("gives each call of a submodule a method", () => {
    const traced = jitTraceModule(new Coder(), { forward: [x], encode: [x] });
    expect(plain(traced.graph)).toEqual([
      "graph(%self.1 : __torch__.Coder,",
      "      %x : Float(3, 4, strides=[4, 1], requires_grad=0, device=cpu)):",
      '  %dec : __torch__.torch.nn.modules.linear.___torch_mangle_0.Linear = prim::GetAttr[name="dec"](%self.1)',
      '  %enc : __torch__.torch.nn.modules.linear.Linear = prim::GetAttr[name="enc"](%self.1)',
      '  %27 : Tensor = prim::CallMethod[name="forward"](%enc, %x)',
      "  %input : Float(3, 2, strides=[2, 1], requires_grad=1, device=cpu) = aten::tanh(%27)",
      '  %28 : Tensor = prim::CallMethod[name="forward"](%dec, %input)',
      "  return (%28)",
    ]);
    expect(plain(traced.encode.graph)[3]).toBe(
      '  %21 : Tensor = prim::CallMethod[name="forward1"](%enc, %x)',
    );
  });

  test("says what it wants", () => {
    const wrong = jitTraceModule as unknown as (...args: unknown[]) => void;
    expect(() => wrong((y: Tensor) => y, { forward: [x] })).toThrow(
      "expected an nn.Module as the first argument",
    );
    expect(() => wrong(new Coder(), x)).toThrow("expected a record of example inputs by method name");
    expect(() => wrong(new Coder(), { recode: [x] })).toThrow("Coder has no method recode");
    expect(() => wrong(new Coder(), { trainforward: [x] })).toThrow(
      "trainforward is the name of a method that tracing adds",
    );
    const partial = jitTraceModule(new Coder(), { encode: [x] });
    expect(() => (partial as unknown as (y: Tensor) => void)(x)).toThrow(
      "Coder was traced without forward; call one of its methods",
    );
  });
});

describe("methods", () => {
  test("taken from a module are traced with it", () => {
    const net = new Coder();
    const traced = jitTrace(net.forward, torch.ones(3, 4));
    expect(traced).toBeInstanceOf(ScriptModule);
    expect(traced(torch.ones(1, 4)).tolist()).toEqual(net.forward(torch.ones(1, 4)).tolist());
  });

  test("bound by the kernel are script functions over the module's weights", () => {
    const net = new Coder();
    const encode = Object.assign(net.encode.bind(net), {
      [Symbol.for("tracebook.method")]: { object: net, key: "encode" },
    });
    const traced = jitTrace(encode, torch.ones(3, 4));
    expect(traced).toBeInstanceOf(ScriptFunction);
    expect([traced.name, traced.warnings]).toEqual(["encode", []]);
    expect(traced(torch.ones(1, 4)).tolist()).toEqual(net.encode(torch.ones(1, 4)).tolist());
    expect(kinds(traced.inlinedGraph)).toContain("aten::linear");
  });
});

describe("modes", () => {
  const x = tensor([
    [1, 2],
    [3, 6],
    [5, 1],
  ]);

  test("are both kept: each has its own graph", () => {
    const net = new Noisy().eval();
    const traced = jitTrace(net, x);
    expect(traced(x).tolist()).toEqual(net.forward(x).tolist());
    const before = net.norm.running_mean?.tolist();
    traced.train();
    expect(net.training).toBe(true);
    expect(kinds(traced.inlinedGraph)).toContain("aten::add_");
    expect(net.norm.running_mean?.tolist()).toEqual(before);
    torch.manualSeed(1);
    const once = traced(x).tolist();
    torch.manualSeed(1);
    expect(once).toEqual(net.forward(x).tolist());
    traced.eval();
    expect(kinds(traced.inlinedGraph)).not.toContain("aten::add_");
  });

  test("or the first is frozen with respectMode: false", () => {
    const net = new Noisy().eval();
    const traced = jitTrace(net, x, { respectMode: false });
    const evaluated = traced(x).tolist();
    expect(traced.train()(x).tolist()).toEqual(evaluated);
    expect(traced.training).toBe(true);
  });
});

describe("state", () => {
  test("is that of the source module", () => {
    const net = new Noisy();
    const traced = jitTrace(net, torch.ones(3, 2));
    expect(traced.namedParameters().map(([name]) => name)).toEqual(["norm.weight", "norm.bias"]);
    expect(traced.namedBuffers().map(([name]) => name)).toEqual(net.namedBuffers().map(([name]) => name));
    expect(Object.keys(traced.stateDict())).toEqual(Object.keys(net.stateDict()));
    traced.loadStateDict({ ...net.stateDict(), "norm.bias": tensor([3, 4]) });
    expect(net.norm.bias?.tolist()).toEqual([3, 4]);
  });

  test("follows a conversion to another dtype", () => {
    const net = new nn.Linear(2, 1);
    const traced = jitTrace(net, torch.ones(1, 2));
    expect(traced.to(torch.float64)).toBe(traced);
    expect(traced(torch.ones(1, 2).double()).dtype).toBe(torch.float64);
  });

  test("plain tensor fields are constants, parameters of other modules cannot be", () => {
    class Scaled extends nn.Module {
      scale = tensor([2, 3]);
      override forward(x: Tensor): Tensor {
        return x.mul(this.scale);
      }
    }
    expect(kinds(jitTrace(new Scaled(), tensor([1, 1])).graph)).toEqual(["prim::Constant", "aten::mul"]);
    const foreign = new nn.Linear(2, 2);
    class Borrower extends nn.Module {
      override forward(x: Tensor): Tensor {
        return foreign.forward(x);
      }
    }
    expect(() => jitTrace(new Borrower(), torch.ones(1, 2))).toThrow(
      /^Cannot insert a Tensor that requires grad as a constant/,
    );
  });
});

describe("submodules", () => {
  test("say what they ran and how, as the whole module does", () => {
    const traced = jitTrace(new Coder(), tensor([[1, 2, 3, 4]]));

    expect(kinds(traced.enc.graphFor(tensor([[1, 2, 3, 4]])))).toEqual(["aten::linear"]);
    traced.enc.executor = "interpreter";
    expect(traced.enc.explain().executor).toBe("interpreter");
    expect(traced.enc.profile(tensor([[1, 2, 3, 4]])).nodes.length).toBeGreaterThan(0);
  });

  class Twice extends nn.Module {
    inner = new nn.Sequential(new nn.Linear(2, 2), new nn.Tanh());
    unused = new nn.Linear(2, 2);
    override forward(x: Tensor): Tensor {
      return this.inner.forward(this.inner.forward(x));
    }
  }

  test("are traced too, and run if the trace ran them", () => {
    const net = new Twice();
    const traced = jitTrace(net, torch.ones(1, 2));
    const [[name, inner], [other, unused]] = traced.namedChildren();
    expect([name, other]).toEqual(["inner", "unused"]);
    const call = inner as unknown as (x: Tensor) => Tensor;
    expect(call(torch.ones(3, 2)).tolist()).toEqual(net.inner.forward(torch.ones(3, 2)).tolist());
    expect(inner.children().map((child) => child.name)).toEqual(["Linear", "Tanh"]);
    expect(() => (unused as unknown as (x: Tensor) => Tensor)(torch.ones(1, 2))).toThrow(
      "Methods from submodules of traced modules are not traced",
    );
  });

  test("and their weights stand under their names, with their types", () => {
    const net = new Coder();
    const traced = jitTrace(net, torch.ones(3, 4));
    expectTypeOf(traced.enc.weight).toEqualTypeOf<nn.Parameter>();
    expect(traced.enc.weight).toBe(net.enc.weight);
    expect(traced.enc(torch.ones(3, 4)).tolist()).toEqual(net.enc.forward(torch.ones(3, 4)).tolist());
    expect(jitTraceModule(net, { encode: torch.ones(3, 4) }).enc.bias).toBe(net.enc.bias);
  });

  test("called several times get forward, forward1, ...", () => {
    const calls = jitTrace(new Twice(), torch.ones(1, 2)).graph.nodes.filter(
      ({ kind }) => kind === "prim::CallMethod",
    );
    expect(calls.map(({ attributes }) => attributes.name)).toEqual(["forward", "forward1"]);
  });

  test("that are traced already may stand in a module that is traced", () => {
    const part = jitTrace(new nn.Linear(2, 2), torch.ones(1, 2));
    class Whole extends nn.Module {
      part = part.source;
      override forward(x: Tensor): Tensor {
        return torch.relu(part(x));
      }
    }
    const whole = jitTrace(new Whole(), torch.ones(1, 2));
    expect(kinds(whole.inlinedGraph).filter((kind) => kind.startsWith("aten"))).toEqual([
      "aten::linear",
      "aten::relu",
    ]);
    expect(whole(torch.ones(3, 2)).sizes).toEqual([3, 2]);
  });
});

describe("jitFreeze", () => {
  test("makes constants of the weights", () => {
    const net = new nn.Linear(2, 1).eval();
    const traced = jitTrace(net, torch.ones(1, 2));
    const frozen = jitFreeze(traced);
    const before = frozen(torch.ones(1, 2)).tolist();
    torch.noGrad(() => net.weight.fill_(100));
    expect(frozen(torch.ones(1, 2)).tolist()).toEqual(before);
    expect(kinds(frozen.graph)).toEqual(["prim::Constant", "prim::Constant", "aten::linear"]);
    expect(traced(torch.ones(1, 2)).tolist()).not.toEqual(before);
  });

  test("wants evaluation mode", () => {
    expect(() => jitFreeze(jitTrace(new nn.Linear(2, 1), torch.ones(1, 2)))).toThrow(
      "Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module before freezing.",
    );
  });
});

describe("jitOps and jitScalar", () => {
  test("an operator as text is its schemas", () => {
    expect(String(jitOps.aten.relu)).toBe("aten::relu(Tensor self) -> Tensor");
    expect(String(jitOps.aten.add)).toBe(
      "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor\naten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    );
    expect(String(jitOps.aten.add.Tensor)).toBe(
      "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
    );
  });

  test("call operators by name and mark numbers", () => {
    expect(String(jitOps.aten.relu(tensor([-1, 2])))).toContain(" 0\n 2\n");
    expect(jitScalar(2)).toEqual({ kind: "scalar", type: "int", value: 2 });
    expect(jitScalar(2, "float")).toEqual({ kind: "scalar", type: "float", value: 2 });
    expect([jitScalar(true), jitScalar("mean")]).toEqual([true, "mean"]);
  });
});

describe("jitOptimizeForInference", () => {
  test("freezes a module, folds its normalisations, and computes what it computed", () => {
    torch.manualSeed(2);
    const net = new nn.Sequential(
      new nn.Conv2d(1, 2, 3),
      new nn.BatchNorm2d(2),
      new nn.Dropout(0.5),
      new nn.ReLU(),
    ).eval();
    const traced = jitTrace(net, torch.randn([1, 1, 5, 5]));
    const fast = jitOptimizeForInference(traced);
    expect(fast.graph.nodes.map(({ kind }) => kind).filter((kind) => kind.startsWith("aten::"))).toEqual([
      "aten::_convolution",
      "aten::relu",
    ]);
    const x = torch.randn([3, 1, 5, 5]);
    const [found, expected] = torch.noGrad(() => [fast(x), traced(x)] as [Tensor, Tensor]);
    expect(torch.allclose(found, expected, 1e-5, 1e-6)).toBe(true);
  });

  test("takes traced functions, and refuses modules in training", () => {
    const fast = jitOptimizeForInference(
      jitTrace(
        (x: Tensor) =>
          x
            .t()
            .t()
            .add(torch.ones([2]).mul(3)),
        torch.ones([2, 2]),
      ),
    );
    expect(fast.graph.nodes.filter(({ kind }) => kind.startsWith("aten::")).map(({ kind }) => kind)).toEqual([
      "aten::add",
    ]);
    expect(() => jitOptimizeForInference(jitTrace(new nn.Linear(2, 1), torch.ones([1, 2])))).toThrow(
      "Freezing is currently only implemented for modules in eval mode.",
    );
  });
});
