/** Traces written as ONNX: ONNX's checker accepts them, and ONNX Runtime computes what the traced function computes, at other sizes too. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jitCompile, jitTrace, jitUnserialize, nn, type Tensor, toOnnx, torch } from "../../runtime/index.ts";
import { openPackedSet } from "../golden/files.ts";
import { asArgument, type TraceCase } from "../golden/trace.ts";
import { pythonWith } from "../python.ts";

interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  /** Each run's inputs, and what the traced function gives for them. */
  readonly runs: readonly { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }[];
}

/** A function, the inputs it is traced with, and others it is also run with. */
function caseOf(name: string, source: object, ...inputs: readonly (readonly Tensor[])[]): Case {
  const traced = (jitTrace as (...args: unknown[]) => Tensor & Parameters<typeof toOnnx>[0])(
    source,
    ...inputs[0],
  );
  const call = traced as unknown as (...args: readonly Tensor[]) => Tensor | readonly Tensor[];
  const runs = inputs.map((given) => {
    const result = torch.noGrad(() => call(...given));
    return { inputs: given, outputs: Array.isArray(result) ? result : [result as Tensor] };
  });
  return { name, model: toOnnx(traced), runs };
}

function cases(): Case[] {
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

/** Archives of PyTorch, whose graphs get their sizes from the first recorded inputs; the models run on all inputs. */
function loadedCases(): Case[] {
  const archives = {
    trace: "attention conv_bn_relu_eval embedding_classifier lstm_cell_unrolled size_reshape",
    script: "Hooks frozen mixed shared",
  };
  return Object.entries(archives).flatMap(([set, names]) => {
    const files = openPackedSet(set);
    return names.split(" ").map((name): Case => {
      const { runs } = files.json(`${name}/case.json`) as TraceCase;
      const recorded = runs.flatMap(({ inputs, outputs }) =>
        outputs === undefined
          ? []
          : [{ inputs: inputs.tuple.map(asArgument) as Tensor[], outputs: leaves(asArgument(outputs)) }],
      );
      // One of them branches on its data, and a model has the branch of the example.
      const kept = name === "mixed" ? recorded.slice(0, 1) : recorded;
      const loaded = jitUnserialize(files.bytes(`${name}/model.pt`));
      return { name, model: toOnnx(loaded, { exampleInputs: kept[0].inputs }), runs: kept };
    });
  });
}

const leaves = (value: unknown): readonly Tensor[] =>
  Array.isArray(value) ? value.flatMap(leaves) : [value as Tensor];

const script = `
import json, sys
import numpy as np, onnx, onnxruntime
answers = []
for path, runs in json.load(open(sys.argv[1])):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for inputs in runs:
        feeds = {given.name: np.array(data, dtype=dtype).reshape(shape)
                 for given, (dtype, shape, data) in zip(session.get_inputs(), inputs)}
        answers.append([[str(out.dtype), list(out.shape), out.flatten().tolist()] for out in session.run(None, feeds)])
print(json.dumps(answers))
`;

const plain = (tensor: Tensor): readonly [string, readonly number[], unknown] => [
  tensor.dtype.name,
  tensor.sizes,
  tensor.reshape([-1]).tolist(),
];

test("exported models pass ONNX's checker and give the trace's results in ONNX Runtime", () => {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-onnx-"));
  const all = [...cases(), ...loadedCases()];
  const job = all.map(({ model, runs }, i) => {
    const path = join(folder, `${i}.onnx`);
    writeFileSync(path, model);
    return [path, runs.map(({ inputs }) => inputs.map(plain))];
  });
  writeFileSync(join(folder, "job.json"), JSON.stringify(job));
  const run = spawnSync(pythonWith("onnxruntime, onnx"), ["-c", script, join(folder, "job.json")], {
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  expect(run.stderr).not.toContain("Traceback");
  const answers = JSON.parse(run.stdout) as [string, number[], number[]][][];
  const expected = all.flatMap(({ name, runs }) =>
    runs.map(({ outputs }) => ({ name, outputs: outputs.map(plain) })),
  );
  expect(answers).toHaveLength(expected.length);
  expected.forEach(({ name, outputs }, i) => {
    const shapes = answers[i].map(([dtype, shape]) => [dtype, shape]);
    expect([name, shapes]).toEqual([name, outputs.map(([dtype, shape]) => [dtype, shape])]);
    outputs.forEach(([, , values], k) => {
      (values as (number | boolean)[]).forEach((value, at) => {
        expect(Number(answers[i][k][2][at]), `${name}[${k}][${at}]`).toBeCloseTo(Number(value), 4);
      });
    });
  });
});

test("an operator without an ONNX form is named, with the model left unwritten", () => {
  const traced = jitTrace((x: Tensor) => x.sort()[0], torch.tensor([3, 1, 2]));
  expect(() => toOnnx(traced)).toThrow("toOnnx: there is no ONNX form of aten::sort yet");
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
