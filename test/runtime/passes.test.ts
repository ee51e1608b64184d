/** The passes that executors run graphs through: what each takes out, and that results stay the same. */
import { expect, test } from "vitest";
import { type Graph, jitFreeze, jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";
import { prepare } from "../../runtime/jit/interpret.ts";
import { withoutRepetition } from "../../runtime/jit/optimization/common-subexpressions.ts";
import { withFoldedConstants } from "../../runtime/jit/optimization/constant-folding.ts";
import { withFusedNorms } from "../../runtime/jit/optimization/convolution-norm.ts";
import { withoutDeadCode } from "../../runtime/jit/optimization/dead-code.ts";
import { functionalized } from "../../runtime/jit/optimization/functionalize.ts";
import { optimized } from "../../runtime/jit/optimization/index.ts";
import { withoutDetours } from "../../runtime/jit/optimization/peephole.ts";
import { withEarlyThresholds, withPoolingOnce } from "../../runtime/jit/optimization/pooled-gradients.ts";
import { withTransposedFactors } from "../../runtime/jit/optimization/transposed-products.ts";

const operators = ({ nodes }: Graph): string[] =>
  nodes.map(({ kind }) => kind).filter((kind) => kind.startsWith("aten::"));

const run = (graph: Graph, ...inputs: Tensor[]): unknown => (prepare(graph)(inputs)[0] as Tensor).tolist();

test("what depends on constants only is computed once", () => {
  const { graph } = jitTrace((x: Tensor) => x.add(torch.ones([2]).mul(3).exp()), torch.zeros([2]));
  const folded = withoutDeadCode(withFoldedConstants(graph));
  expect(operators(folded)).toEqual(["aten::add"]);
  expect(run(folded, torch.zeros([2]))).toEqual(run(graph, torch.zeros([2])));
});

test("random numbers are never folded", () => {
  const { graph } = jitTrace((x: Tensor) => x.add(torch.rand([2])), torch.zeros([2]), { checkTrace: false });
  expect(operators(optimized(graph))).toEqual(["aten::rand", "aten::add"]);
});

test("equal computations are done once", () => {
  const { graph } = jitTrace((x: Tensor) => x.exp().add(1).mul(x.exp().add(1)), torch.zeros([2]));
  const once = withoutRepetition(graph);
  expect(operators(once)).toEqual(["aten::exp", "aten::add", "aten::mul"]);
  expect(run(once, torch.ones([2]))).toEqual(run(graph, torch.ones([2])));
});

test("computations that differ in a number, or in its sign at zero, stay apart", () => {
  const { graph } = jitTrace((x: Tensor) => x.div(0).add(x.div(-0)), torch.ones([1]));
  expect(operators(withoutRepetition(graph))).toEqual(["aten::div", "aten::div", "aten::add"]);
});

test("nodes without use go", () => {
  const { graph } = jitTrace((x: Tensor) => [x.exp(), x.sin()] as const, torch.zeros([2]));
  const half = { ...graph, nodes: graph.nodes.slice(0, -1), outputs: [graph.nodes[1].outputs[0]] };
  expect(operators(withoutDeadCode(half))).toEqual(["aten::sin"]);
});

test("functions that undo or repeat themselves go, with longer chains too", () => {
  const { graph } = jitTrace(
    (x: Tensor) => x.t().t().t().t().neg().neg().relu().relu().mul(1).transpose(0, 1).transpose(1, 0).add(2),
    torch.zeros([2, 3]),
  );
  const short = withoutDeadCode(withoutDetours(graph));
  expect(operators(short)).toEqual(["aten::relu", "aten::add"]);
  const x = torch.randn([2, 3]);
  expect(run(short, x)).toEqual(run(graph, x));
});

test("results that undo a detour are what it set out from, if that is a tensor of their own", () => {
  const { graph } = jitTrace(
    (x: Tensor) => [x.t().t(), x.exp().t().t(), x.sin().neg().neg()] as const,
    torch.zeros([2, 3]),
  );
  expect(operators(withoutDeadCode(withoutDetours(graph)))).toEqual([
    "aten::t",
    "aten::t",
    "aten::exp",
    "aten::sin",
  ]);
  const { graph: twice } = jitTrace(
    (x: Tensor) => {
      const y = x.exp();
      return [y, y.neg().neg(), y.neg().neg()] as const;
    },
    torch.zeros([2]),
  );
  expect(operators(withoutDeadCode(withoutDetours(twice)))).toEqual([
    "aten::exp",
    "aten::neg",
    "aten::neg",
    "aten::neg",
    "aten::neg",
  ]);
});

test("a transposed product is the product of transposes in the other order", () => {
  const { graph } = jitTrace(
    (x: Tensor, y: Tensor) => x.t().mm(y).t().add(1),
    torch.ones([3, 2]),
    torch.ones([3, 4]),
  );
  const turned = withoutDeadCode(withoutDetours(withTransposedFactors(graph)));
  expect(operators(turned)).toEqual(["aten::t", "aten::mm", "aten::add"]);
  const inputs = [torch.randn([3, 2]), torch.randn([3, 4])];
  expect(run(turned, ...inputs)).toEqual(run(graph, ...inputs));
});

test("pooling and its gradient pool once, and the threshold before the pooling is applied to the pooled gradients", () => {
  const f = (x: Tensor): readonly [Tensor, Tensor] => {
    const input = x.requiresGrad_();
    const pooled = nn.functional.maxPool2d(torch.relu(input), 3, 2, 1) as Tensor;
    return [pooled, torch.autograd.grad(pooled.square().sum(), [input])[0]];
  };
  const { graph } = jitTrace(f, torch.zeros([2, 3, 7, 8]));
  const plain = withoutDeadCode(withoutRepetition(graph));
  const early = withoutDeadCode(withEarlyThresholds(withPoolingOnce(plain)));
  const pooling = (of: Graph): string[] => operators(of).filter((kind) => /pool|threshold/.test(kind));
  expect(pooling(plain)).toEqual([
    "aten::max_pool2d",
    "aten::max_pool2d_with_indices",
    "aten::max_pool2d_with_indices_backward",
    "aten::threshold_backward",
  ]);
  expect(pooling(early)).toEqual([
    "aten::max_pool2d_with_indices",
    "aten::threshold_backward",
    "aten::max_pool2d_with_indices_backward",
  ]);
  // Equal numbers, and windows that overlap.
  const x = torch.randn([2, 3, 7, 8]).mul(2).round();
  const results = (of: Graph): unknown => (prepare(of)([x])[0] as Tensor[]).map((result) => result.tolist());
  expect(results(early)).toEqual(results(graph));
});

test("dropout goes in evaluation and stays in training", () => {
  const drop = new nn.Dropout(0.5);
  const graphOf = (module: nn.Module) =>
    jitTrace((x: Tensor) => (module.forward as (x: Tensor) => Tensor)(x).add(1), torch.ones([3]), {
      checkTrace: false,
    }).graph;
  expect(operators(optimized(graphOf(drop)))).toEqual(["aten::dropout", "aten::add"]);
  expect(operators(optimized(graphOf(drop.eval())))).toEqual(["aten::add"]);
});

test("normalisation becomes part of the convolution before it in frozen graphs, and only there", () => {
  torch.manualSeed(3);
  const net = new nn.Sequential(new nn.Conv2d(2, 4, 3), new nn.BatchNorm2d(4), new nn.ReLU());
  torch.noGrad(() => (net.forward(torch.randn([8, 2, 6, 6])) as Tensor).sum());
  const traced = jitTrace(net.eval(), torch.randn([1, 2, 6, 6]));
  const frozen = jitFreeze(traced).graph;
  const fused = withoutDeadCode(withFusedNorms(frozen));
  expect(operators(fused)).toEqual(["aten::_convolution", "aten::relu"]);
  const x = torch.randn([2, 2, 6, 6]);
  const [a, b] = [frozen, fused].map((graph) => prepare(graph)([x])[0] as Tensor);
  expect(torch.allclose(a, b, 1e-5, 1e-6)).toBe(true);
  expect(operators(withFusedNorms(traced.inlinedGraph))).toContain("aten::batch_norm");
});

test("in-place operators on new tensors become plain ones, and views show what was written", () => {
  const { graph } = jitTrace(
    (x: Tensor) => {
      const y = x.mul(2);
      const row = y.t();
      y.add_(1).relu_();
      return row.add(y.t());
    },
    torch.ones([2, 3]),
  );
  const plain = functionalized(graph).graph;
  expect(operators(plain).filter((kind) => kind.endsWith("_"))).toEqual([]);
  const x = torch.randn([2, 3]);
  expect(run(plain, x.clone())).toEqual(run(graph, x.clone()));
});

test("what is written to an input comes out as a further result", () => {
  const { graph } = jitTrace((x: Tensor, y: Tensor) => x.add_(y).mul(2), torch.ones([2]), torch.ones([2]));
  const { graph: plain, written, aliases } = functionalized(graph);
  expect(operators(plain)).toEqual(["aten::add", "aten::mul"]);
  expect([written, aliases]).toEqual([[graph.inputs[0]], [null]]);
  const inputs = [torch.tensor([1, 2]), torch.tensor([10, 20])];
  expect((prepare(plain)(inputs) as Tensor[]).map((tensor) => tensor.tolist())).toEqual([
    [22, 44],
    [11, 22],
  ]);
});

test.each<[string, (y: Tensor) => unknown, readonly string[]]>([
  ["a row", (y) => y.select(0, 1).add_(1), ["aten::select", "aten::add", "aten::select_scatter"]],
  ["some columns", (y) => y.narrow(1, 1, 2).relu_(), ["aten::narrow", "aten::relu", "aten::slice_scatter"]],
  ["a slice", (y) => y.slice(1, -2).mul_(3), ["aten::slice", "aten::mul", "aten::slice_scatter"]],
  ["the transpose", (y) => y.t().add_(1), ["aten::t", "aten::add", "aten::t"]],
  ["permuted dimensions", (y) => y.permute([1, 0]).add_(1), ["aten::permute", "aten::add", "aten::permute"]],
  ["another shape", (y) => y.view([-1]).add_(1), ["aten::view", "aten::add", "aten::view_as"]],
  [
    "a part of the transpose",
    (y) => y.t().select(0, 0).zero_(),
    ["aten::t", "aten::select", "aten::full_like", "aten::select_scatter", "aten::t"],
  ],
  [
    "what is copied there",
    (y) => y.select(0, 0).copy_(torch.tensor([7])),
    ["aten::select", "aten::expand_as", "aten::select_scatter"],
  ],
])("a write through a view of %s is a new value of the whole", (_, write, kinds) => {
  const { graph } = jitTrace(
    (x: Tensor) => {
      const y = x.mul(2);
      write(y);
      return y;
    },
    torch.ones([2, 3]),
    { checkTrace: false },
  );
  const { graph: plain } = functionalized(graph);
  expect(
    operators(plain)
      .filter((kind) => !/::(mul|to|detach)$/.test(kind) || kinds.includes(kind))
      .slice(kinds.includes("aten::mul") ? 1 : 0),
  ).toEqual(kinds);
  const x = torch.randn([2, 3]);
  expect(run(plain, x)).toEqual(run(graph, x));
});

test("writes to memory that may be seen from elsewhere are refused", () => {
  const { graph } = jitTrace(
    (x: Tensor) => {
      const y = x.mul(2);
      const flat = y.t().reshape([-1]);
      y.add_(1);
      return flat;
    },
    torch.ones([2, 3]),
  );
  expect(() => functionalized(graph)).toThrow("aten::add_ writes to memory that may be seen from elsewhere");
});

test("a trace with in-place operators runs compiled", () => {
  const traced = jitTrace(
    (x: Tensor) => {
      const y = x.matmul(x);
      y.add_(1).mul_(2);
      return y;
    },
    torch.ones([2, 2]),
  );
  traced.executor = "compiled";
  expect((traced(torch.ones([3, 3])) as Tensor).tolist()).toEqual(new Array(3).fill([8, 8, 8]));
  expect(traced.explain().executor).toBe("compiled");
});
