/** Every layer computes, differentiates, prints and names its state as PyTorch's; recorded by fixtures/layers.py. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { tensorsIn } from "../golden/op-values.ts";
import { evaluatePython } from "../golden/python-call.ts";

interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly module: string;
  readonly repr: string;
  readonly state: readonly string[];
  readonly inputs: readonly (Plain & { readonly dtype: "float32" | "int64" })[];
  readonly outputs: readonly Plain[];
  readonly grad: Plain | null;
  readonly grads: Readonly<Record<string, Plain>>;
}

const cases = JSON.parse(readFileSync(new URL("fixtures/layers.json", import.meta.url), "utf8")) as Case[];

function expectClose(actual: Tensor | null, expected: Plain, what: string): void {
  expect(actual?.sizes, what).toEqual(expected.shape);
  const values = [...(actual as Tensor).typedArray()].map(Number);
  expected.data.forEach((value, i) => {
    const allowed = 1e-5 + 1e-4 * Math.abs(value);
    expect(Math.abs(values[i] - value), `${what}[${i}]: ${values[i]}, expected ${value}`).toBeLessThan(
      allowed,
    );
  });
}

describe("layers do what PyTorch's do", () => {
  for (const golden of cases) {
    test(golden.module, () => {
      torch.manualSeed(0);
      const module = evaluatePython(golden.module, { nn }) as InstanceType<typeof nn.Module>;
      expect(module.toString()).toBe(golden.repr);
      expect(Object.keys(module.stateDict())).toEqual(golden.state);
      const inputs = golden.inputs.map(({ data, shape, dtype }) =>
        torch.tensor([...data], { dtype: torch[dtype] }).view([...shape]),
      );
      const [first] = inputs;
      if (golden.grad !== null) first.requiresGrad_();
      torch.manualSeed(1);
      const given = golden.module.includes("inplace") ? [first.clone(), ...inputs.slice(1)] : inputs;
      const outputs = tensorsIn((module.forward as (...args: Tensor[]) => unknown)(...given));
      expect(outputs).toHaveLength(golden.outputs.length);
      golden.outputs.forEach((expected, i) => {
        expectClose(outputs[i].detach(), expected, `output ${i}`);
      });
      const losses = outputs.map((output) =>
        output
          .mul(
            torch
              .arange(1, output.elements + 1)
              .view([...output.sizes])
              .mul(0.1),
          )
          .sum(),
      );
      losses.reduce((sum, loss) => sum.add(loss)).backward();
      if (golden.grad !== null) expectClose(first.grad, golden.grad, "gradient of the input");
      const grads = new Map(module.namedParameters().map(([name, { grad }]) => [name, grad]));
      for (const [name, expected] of Object.entries(golden.grads))
        expectClose(grads.get(name) ?? null, expected, `gradient of ${name}`);
    });
  }
});

describe("gumbelSoftmax", () => {
  // The numbers are those of PyTorch 2.13 after torch.manual_seed(0).
  const logits = torch.arange(8).mul(7).remainder(11).to(torch.float32).div(4).sub(1).reshape(2, 4);
  const numbers = (tensor: Tensor) =>
    (tensor.tolist() as number[][]).map((row) => row.map((value) => Number(value.toFixed(4))));

  test("samples softly, the nearer to one-hot the smaller tau is", () => {
    torch.manualSeed(0);
    expect(numbers(nn.functional.gumbelSoftmax(logits, 0.5))).toEqual([
      [0.0014, 0.3845, 0.2082, 0.4059],
      [0.0078, 0.0005, 0.9647, 0.027],
    ]);
  });

  test("gives one-hot vectors with the gradient of the soft sample", () => {
    const input = logits.clone().requiresGrad_();
    torch.manualSeed(0);
    const sample = nn.functional.gumbelSoftmax(input, 1, true);
    expect(numbers(sample).map((row) => row.map(Math.abs))).toEqual([
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ]);
    sample.select(1, 0).sum().backward();
    expect(numbers(input.grad as Tensor)).toEqual([
      [0.0211, -0.0076, -0.0056, -0.0078],
      [0.0652, -0.0012, -0.0549, -0.0092],
    ]);
  });
});

describe("masks that let each place see those up to itself", () => {
  const x = torch.arange(40).mul(7).remainder(11).float().div(4).sub(1).reshape(2, 5, 4);
  const causal = nn.Transformer.generateSquareSubsequentMask(5);
  const numbers = (tensor: Tensor) =>
    [...tensor.detach().typedArray()].map((value) => Number(Number(value).toFixed(5)));

  test("are found by encoders and decoders, which then attend without a mask", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true });
    const encoder = new nn.TransformerEncoder(layer, 2).eval();
    const masked = numbers(encoder.forward(x, { mask: causal, isCausal: false }));
    expect(numbers(encoder.forward(x, { mask: causal }))).toEqual(masked);
    expect(numbers(encoder.forward(x, { mask: causal.ne(0) }))).toEqual(masked);
    expect(numbers(encoder.forward(x))).not.toEqual(masked);
    const target = new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true });
    const decoder = new nn.TransformerDecoder(target, 1).eval();
    expect(numbers(decoder.forward(x, x, { tgtMask: causal }))).toEqual(
      numbers(decoder.forward(x, x, { tgtMask: causal, tgtIsCausal: false })),
    );
  });

  test("must be given where they are promised", () => {
    const attention = new nn.MultiheadAttention(4, 2);
    expect(() => attention.forward(x, x, x, { isCausal: true })).toThrow(
      "Need attn_mask if specifying the is_causal hint.",
    );
  });
});
