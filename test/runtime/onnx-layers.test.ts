/**
 * Every layer of `fixtures/layers.json` written as ONNX, in operator sets 17 to 23 by turns: the checker accepts it, and ONNX Runtime
 * gives the layer's outputs, for twice as many examples too. `fixtures/onnx-layers.py` recorded which of them PyTorch's exporter writes.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, toOnnx, torch } from "../../runtime/index.ts";
import { tensorsIn } from "../golden/op-values.ts";
import { evaluatePython } from "../golden/python-call.ts";
import { type OnnxCase, onnxFaults } from "./onnx-session.ts";

interface Layer {
  readonly module: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly data: readonly number[];
    readonly dtype: "float32" | "int64";
  }[];
}

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8"));
const layers = fixture("layers") as readonly Layer[];
const ofTorch = fixture("onnx-layers") as Readonly<Record<string, string | null>>;

type Call = (...args: readonly Tensor[]) => unknown;
const trace = jitTrace as (source: object, ...args: readonly unknown[]) => Parameters<typeof toOnnx>[0];

/** The layer's model and runs, at twice the first size where the layer takes that; or why it cannot be written. */
function exported({ module, inputs }: Layer, opset: number): OnnxCase | string {
  torch.manualSeed(0);
  const layer = (evaluatePython(module, { nn }) as InstanceType<typeof nn.Module>).eval();
  const given = inputs.map(({ data, shape, dtype }) =>
    torch.tensor([...data], { dtype: torch[dtype] }).view([...shape]),
  );
  const run = (tensors: readonly Tensor[]): OnnxCase["runs"][number] => {
    const copies = tensors.map((tensor) => tensor.clone());
    return { inputs: tensors, outputs: torch.noGrad(() => tensorsIn((layer.forward as Call)(...copies))) };
  };
  try {
    const traced = trace(layer, ...given.map((tensor) => tensor.clone()), { checkTrace: false });
    const runs = [run(given)];
    try {
      runs.push(run(given.map((tensor) => torch.cat([tensor, tensor], 0))));
    } catch {
      // Steps of a sequence, states and unbatched inputs cannot all be doubled.
    }
    return { name: `${module} (opset ${opset})`, model: toOnnx(traced, { opset }), runs };
  } catch (error) {
    return (error as Error).message.replace(/ \((in the module .*, )?at .*?\)/, "");
  }
}

const results = layers.map((layer, i) => [layer.module, exported(layer, 17 + (i % 7))] as const);

test("exported layers pass the checker and give the layer's outputs, at other sizes too", () => {
  const cases = results.flatMap(([, result]) => (typeof result === "string" ? [] : [result]));
  expect(onnxFaults(cases)).toEqual([]);
  expect(cases.length).toBe(layers.length - 6);
  expect(cases.filter(({ runs }) => runs.length === 2).length).toBeGreaterThan(90);
});

test("what no ONNX operator does is refused with the reason", () => {
  const refused = results.flatMap(([module, result]) =>
    typeof result === "string" ? [`${module}: ${result}`] : [],
  );
  expect(refused).toEqual([
    "nn.LSTM(3, 4, proj_size=2): aten::lstm cannot be written as ONNX here: ONNX has no projections of hidden states; leave proj_size out",
    "nn.CrossEntropyLoss(label_smoothing=0.1): toOnnx: there is no ONNX form of aten::cross_entropy_loss; what it does depends on the sizes: fix them with { dynamicAxes: false }, or write it with other operators",
    "nn.MultiLabelMarginLoss(): toOnnx: there is no ONNX form of aten::multilabel_margin_loss; what it does depends on the sizes: fix them with { dynamicAxes: false }, or write it with other operators",
    "nn.MaxUnpool1d(2): toOnnx: there is no ONNX form of aten::max_unpool2d; write it with other operators, or compute it outside of the model",
    "nn.MaxUnpool2d(2, stride=(2, 1)): toOnnx: there is no ONNX form of aten::max_unpool2d; write it with other operators, or compute it outside of the model",
    "nn.MaxUnpool3d(2): toOnnx: there is no ONNX form of aten::max_unpool3d; write it with other operators, or compute it outside of the model",
  ]);
});

test("whatever PyTorch's exporter writes is written here", () => {
  const missing = results.filter(
    ([module, result]) => typeof result === "string" && ofTorch[module] === null,
  );
  expect(missing).toEqual([]);
  expect(Object.values(ofTorch).filter((verdict) => verdict === null).length).toBe(layers.length - 32);
});
