/** Traces written as ONNX: ONNX's checker accepts them, and ONNX Runtime computes what the traced function computes, at other sizes too. */
import { expect, test } from "vitest";
import { jitCompile, jitTrace, jitUnserialize, nn, type Tensor, toOnnx, torch } from "../../runtime/index.ts";
import { onnxModelOf } from "../../runtime/jit/onnx/export.ts";
import { openPackedSet } from "../golden/files.ts";
import { tensorsIn } from "../golden/op-values.ts";
import { asArgument, type TraceCase } from "../golden/trace.ts";
import { type OnnxCase, onnxFaults } from "./onnx-session.ts";

/** A function, the inputs it is traced with, and others it is also run with. */
function caseOf(name: string, source: object, ...inputs: readonly (readonly Tensor[])[]): OnnxCase {
  const traced = (jitTrace as (...args: unknown[]) => Tensor & Parameters<typeof toOnnx>[0])(
    source,
    ...inputs[0],
  );
  const call = traced as unknown as (...args: readonly Tensor[]) => Tensor | readonly Tensor[];
  const runs = inputs.map((given) => {
    const result = torch.noGrad(() => call(...given));
    return { inputs: given, outputs: Array.isArray(result) ? result : [result as Tensor] };
  });
  return { name, model: toOnnx(traced, { opset }), runs };
}

/** What later sets than the first write otherwise is written as they do. */
let opset: number | undefined;

function cases(): OnnxCase[] {
  torch.manualSeed(7);
  const r = (...sizes: number[]): Tensor => torch.randn(sizes);
  const net = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(64, 3),
  ).eval();
  return [
    caseOf("relu", (x: Tensor) => torch.relu(x), [r(3)], [r(7)]),
    caseOf("numbers", (x: Tensor) => x.mul(2).add(1).tanh().sub(x.mean()).softmax(-1), [r(3, 4)], [r(2, 4)]),
    caseOf("comparisons", (x: Tensor, y: Tensor) => [x.gt(y), x.eq(0).logicalNot(), x.max(0)[0]], [
      r(3, 4),
      r(3, 4),
    ]),
    caseOf("a module", net, [r(2, 1, 8, 8)], [r(5, 1, 8, 8)]),
    caseOf(
      "attention",
      (q: Tensor, k: Tensor, v: Tensor) =>
        q
          .matmul(k.transpose(-2, -1))
          .div(8 ** 0.5)
          .softmax(-1)
          .matmul(v),
      [r(2, 5, 8), r(2, 5, 8), r(2, 5, 8)],
      [r(1, 3, 8), r(1, 3, 8), r(1, 3, 8)],
    ),
    caseOf("layer norm", new nn.LayerNorm(8), [r(2, 5, 8)], [r(1, 1, 8)]),
    caseOf(
      "parts",
      (x: Tensor) => {
        const [a, b] = x.chunk(2, 1);
        return a.sigmoid().mul(b.gelu());
      },
      [r(2, 8)],
      [r(3, 8)],
    ),
    caseOf("sizes of the input", (x: Tensor) => x.view(x.size(0), -1).t(), [r(2, 3, 4)], [r(5, 3, 4)]),
    caseOf("integers", (x: Tensor) => x.argmax(1).eq(1).to(torch.float32).sum(), [r(4, 3)], [r(9, 3)]),
    caseOf("embedding", new nn.Embedding(10, 4), [torch.tensor([1n, 2n, 9n])], [torch.tensor([0n, 3n])]),
  ];
}

/** Operators beyond those of layers, in the newest operator set and in the first. */
function operatorCases(): OnnxCase[] {
  torch.manualSeed(3);
  const r = (...sizes: number[]): Tensor => torch.randn(sizes);
  const index = torch.tensor([
    [0n, 2n],
    [1n, 1n],
  ]);
  const mask = torch.tensor([
    [true, false, true],
    [false, true, true],
  ]);
  const more = torch.cat([mask, mask.logicalNot()], 0);
  const programs: readonly (readonly [string, (...args: Tensor[]) => unknown, ...(readonly Tensor[])[]])[] = [
    ["sort", (x) => [...x.sort(1), ...x.sort(0, true)], [r(3, 4)], [r(5, 4)]],
    [
      "argsort and topk",
      (x) => [torch.argsort(x, -1, true), ...x.topk(2, 1), ...x.topk(2, 1, false)],
      [r(3, 4)],
      [r(2, 4)],
    ],
    [
      "running products and sums",
      (x) => [x.cumprod(1), x.cumsum(0), x.cumprod(-2)],
      [r(2, 3, 2)],
      [r(1, 5, 2)],
    ],
    ["logsumexp", (x) => [x.logsumexp(1), x.logsumexp([0, 1], true)], [r(3, 4)], [r(5, 4)]],
    ["extremes", (x) => [x.amax(1), x.amin([0, 1]), x.gt(0).any(), x.gt(0).all(1)], [r(3, 4)], [r(5, 4)]],
    [
      "norms",
      (x) => [x.norm(), torch.linalg.vectorNorm(x, 3, 1), torch.linalg.vectorNorm(x, 1)],
      [r(3, 4)],
      [r(5, 4)],
    ],
    [
      "einsum",
      (x, y) => [torch.einsum("bij,bjk->bik", [x, y]), torch.einsum("bij->bj", [x])],
      [r(2, 3, 4), r(2, 4, 5)],
      [r(1, 3, 4), r(1, 4, 5)],
    ],
    ["one hot", (x) => nn.functional.oneHot(x, 4), [index], [torch.cat([index, index], 0)]],
    [
      "gather and scatter",
      (x, i) => [x.gather(1, i), x.scatter(1, i, 7), x.scatterAdd(1, i, x), x.scatter(1, i, x.neg())],
      [r(2, 3), index],
      [r(4, 3), torch.cat([index, index], 0)],
    ],
    [
      "index writes",
      (x) => [
        x.indexAdd(1, torch.tensor([0n, 2n, 0n]), x),
        x.indexCopy(1, torch.tensor([2n, 0n, 1n]), x),
        x.indexFill(1, torch.tensor([1n]), -1),
        x.indexSelect(1, torch.tensor([2n, 0n])),
      ],
      [r(2, 3)],
      [r(4, 3)],
    ],
    ["indexing by several tensors", (x, i) => x.index([i, i]), [r(4, 3), index], [r(5, 3), index.t()]],
    [
      "indexing by a mask",
      (x, m) => [x.index(m), x.maskedSelect(m), x.maskedFill(m, 9)],
      [r(2, 3), mask],
      [r(4, 3), more],
    ],
    [
      "writing through indices",
      (x, i) => [x.indexPut([i], torch.tensor(5)), x.indexPut([i, i], torch.tensor(2), true)],
      [r(4, 3), index],
      [r(5, 3), index.t()],
    ],
    ["places of what is not 0", (m) => m.nonzero(), [mask], [more]],
    [
      "turns",
      (x) => [x.flip([1]), x.roll(1, 1), x.roll([1, -2], [0, 1]), x.unflatten(1, [2, -1])],
      [r(3, 4)],
      [r(5, 4)],
    ],
    ["repeats", (x) => [x.repeatInterleave(2, 1), x.tile([1, 2]), x.broadcastTo([3, 4])], [r(1, 4)]],
    [
      "causal attention",
      (q, k) => nn.functional.scaledDotProductAttention(q, k, k, null, 0, true),
      [r(2, 3, 4), r(2, 3, 4)],
      [r(1, 5, 4), r(1, 5, 4)],
    ],
    [
      "attention with a mask",
      (q, m) => nn.functional.scaledDotProductAttention(q, q, q, m),
      [r(2, 3, 3), torch.ones([3, 3]).tril().gt(0)],
    ],
    [
      "resizing",
      (x) => [
        nn.functional.interpolate(x, { scaleFactor: 2, mode: "bicubic" }),
        nn.functional.interpolate(x, { size: [5, 3], mode: "bilinear", alignCorners: true }),
      ],
      [r(1, 1, 3, 4)],
      [r(2, 1, 3, 4)],
    ],
    [
      "borders",
      (x) => [
        nn.functional.pad(x, [1, 2], { mode: "reflect" }),
        nn.functional.pad(x, [2, 1], { mode: "circular" }),
        nn.functional.pad(x, [-1, 1], { value: 4 }),
      ],
      [r(1, 2, 4)],
      [r(3, 2, 6)],
    ],
    [
      "remainders",
      (x, y) => [x.remainder(y), x.fmod(y), x.trunc(), x.frac(), x.div(y, { roundingMode: "trunc" })],
      [r(3), r(3)],
      [r(5), r(5)],
    ],
    ["logarithms", (x) => [x.exp2(), x.abs().log2(), x.abs().log10(), x.isfinite()], [r(3)], [r(6)]],
    ["bits of bools", (m) => [m.bitwiseAnd(m.bitwiseNot()), m.bitwiseOr(m), m.bitwiseXor(m)], [mask], [more]],
    [
      "three terms",
      (x, y) => [
        torch.addcmul(x, x, y, { value: 2 }),
        torch.lerp(x, y, 0.25),
        torch.addcdiv(x, y, y.abs().add(1)),
      ],
      [r(3), r(3)],
      [r(5), r(5)],
    ],
    [
      "operators that are looked into",
      (x) => [torch.outer(x, x), torch.stack([x, x]).std(0), x.movedim(0, -1), torch.hstack([x, x])],
      [r(3)],
      [r(5)],
    ],
  ];
  return [17, 23].flatMap((set) => {
    opset = set;
    const found = programs.map(([name, program, ...inputs]) =>
      caseOf(`${name} (opset ${set})`, program, ...inputs),
    );
    opset = undefined;
    return found;
  });
}

/** Archives of PyTorch, whose graphs get their sizes from the first recorded inputs; the models run on all inputs. */
function loadedCases(): OnnxCase[] {
  const archives = {
    trace: "attention conv_bn_relu_eval embedding_classifier lstm_cell_unrolled size_reshape",
    script: "Hooks frozen mixed shared",
  };
  return Object.entries(archives).flatMap(([set, names]) => {
    const files = openPackedSet(set);
    return names.split(" ").map((name): OnnxCase => {
      const { runs } = files.json(`${name}/case.json`) as TraceCase;
      const recorded = runs.flatMap(({ inputs, outputs }) =>
        outputs === undefined
          ? []
          : [{ inputs: inputs.tuple.map(asArgument) as Tensor[], outputs: tensorsIn(asArgument(outputs)) }],
      );
      // One of them branches on its data, and a model has the branch of the example.
      const kept = name === "mixed" ? recorded.slice(0, 1) : recorded;
      const loaded = jitUnserialize(files.bytes(`${name}/model.pt`));
      return { name, model: toOnnx(loaded, { exampleInputs: kept[0].inputs }), runs: kept };
    });
  });
}

test("exported models pass ONNX's checker and give the trace's results in ONNX Runtime", () => {
  expect(onnxFaults([...cases(), ...operatorCases(), ...loadedCases()])).toEqual([]);
});

test("an operator without an ONNX form is named, with the model left unwritten", () => {
  const traced = jitTrace((x: Tensor) => x.median(), torch.tensor([3, 1, 2]));
  expect(() => toOnnx(traced)).toThrow(
    /^toOnnx: there is no ONNX form of aten::median \(at .*onnx\.test\.ts:\d+:\d+\); write it with other operators, or compute it outside of the model$/,
  );
});

test("a loaded graph without example inputs is refused with what to do", () => {
  const loaded = jitUnserialize(openPackedSet("trace").bytes("linear/model.pt"));
  expect(() => toOnnx(loaded)).toThrow(
    "toOnnx: the graph does not know the sizes of input input; give some as { exampleInputs: [...] }",
  );
  const { f } = jitCompile("def f(x):\n  for i in range(3):\n    x = x * 2\n  return x\n");
  expect(() => toOnnx(f, { exampleInputs: [torch.ones([2])] })).toThrow(
    "toOnnx: prim::Loop cannot be written as ONNX; trace the function instead",
  );
});

test("a module in training mode is refused with what to do", () => {
  const traced = jitTrace(new nn.Dropout(), torch.ones([2, 2]));
  expect(() => toOnnx(traced)).toThrow(
    "aten::dropout cannot be written as ONNX here: training mode; trace the module after eval()",
  );
});

test("an operator that is looked into at fixed sizes is written for those", () => {
  const traced = jitTrace((x: Tensor) => torch.diff(x), torch.tensor([1, 3, 7]));
  expect(() => toOnnx(traced)).toThrow(
    "what it does depends on the sizes: fix them with { dynamicAxes: false }",
  );
  const inputs = [torch.tensor([2, 5, 1])];
  const model = toOnnx(traced, { dynamicAxes: false });
  expect(onnxFaults([{ name: "diff", model, runs: [{ inputs, outputs: [torch.tensor([3, -4])] }] }])).toEqual(
    [],
  );
});

test("inputs and outputs are called as asked, and weights as in the state dict", () => {
  const net = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1)).eval();
  const model = onnxModelOf(jitTrace(net, torch.ones([4, 2])), {
    opset: 20,
    inputNames: ["features"],
    outputNames: ["score"],
    dynamicAxes: { features: { 0: "batch" }, score: { 0: "batch" } },
  });
  expect(model.opset).toBe(20);
  expect(model.inputs).toEqual([{ name: "features", dtype: "float32", sizes: ["batch", 2] }]);
  expect(model.outputs).toEqual([{ name: "score", dtype: "float32", sizes: ["batch", "score_1"] }]);
  expect(model.initializers.map(({ name }) => name)).toEqual(Object.keys(net.stateDict()));
});

test("operator sets that are not known are refused", () => {
  const traced = jitTrace((x: Tensor) => x.relu(), torch.ones([1]));
  expect(() => toOnnx(traced, { opset: 16 })).toThrow("toOnnx writes operator set 17 or newer, not 16");
  expect(() => toOnnx(traced, { opset: 99 })).toThrow("toOnnx knows operator sets up to 23, not 99");
});

test("a file divides whole numbers by a tensor, which a session does not, as it knows no error", () => {
  const inputs = [torch.tensor([7n, -7n]), torch.tensor([2n, 2n])] as const;
  const traced = jitTrace((x: Tensor, y: Tensor) => x.floorDivide(y), ...inputs);
  expect(onnxModelOf(traced).nodes.map(({ opType }) => opType)).toEqual(["Mod", "Sub", "Div"]);
  traced.executor = "compiled";
  traced(...inputs);
  expect(traced.explain().reason).toContain("the divisor may be 0");
});
