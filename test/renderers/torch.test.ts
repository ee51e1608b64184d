/** The renderers together with the runtime: real tensors, modules and gradients. */
import { describe, expect, test } from "vitest";
import { mimeBundle, showGradGraph, showTensor, summary } from "../../renderers/index.ts";
import { nn, type Tensor, torch } from "../../runtime/index.ts";

class Net extends nn.Module {
  fc1 = new nn.Linear(4, 8);
  act = new nn.ReLU();
  fc2 = new nn.Linear(8, 2);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.act.forward(this.fc1.forward(x))) as Tensor;
  }
}

test("a tensor is shown as R torch prints it", async () => {
  expect(await mimeBundle(torch.tensor([-1, 0, 1]).relu())).toEqual({
    "text/plain": "torch_tensor\n 0\n 0\n 1\n[ CPUFloatType{3} ]",
  });
});

test("showTensor takes every dtype", async () => {
  for (const tensor of [torch.tensor([true, false]), torch.tensor([1n, 2n]), torch.zeros([2, 2])]) {
    expect(Object.keys((await mimeBundle(showTensor(tensor)))!)).toContain("image/svg+xml");
  }
});

describe("summary", () => {
  const rows = (bundle: unknown): string => (bundle as Record<string, string>)["text/plain"]!;

  test("lists layers, outputs and parameters", async () => {
    expect(rows(await mimeBundle(summary(new Net(), torch.zeros([3, 4]))))).toBe(
      [
        "layer  type    output  parameters",
        "─────  ──────  ──────  ──────────",
        "Net            3×2",
        "  fc1  Linear  3×8             40",
        "  act  ReLU    3×8",
        "  fc2  Linear  3×2             18",
        "all                            58",
      ].join("\n"),
    );
  });

  test("leaves outputs empty without inputs", async () => {
    expect(rows(await mimeBundle(summary(new Net())))).toContain("  fc1  Linear                  40");
  });

  test("says what it expected", () => {
    expect(() => summary(3 as never)).toThrow("summary: expected a module, but got number");
  });
});

describe("showGradGraph", () => {
  test("draws the way from the loss to the parameters, by their names", async () => {
    const net = new Net();
    const loss = net.forward(torch.ones([3, 4])).sum();
    const bundle = (await mimeBundle(showGradGraph(loss, net)))!;
    const lines = String(bundle["text/plain"]).split("\n");
    expect(lines[0]).toMatch(/^gradients: \d+ ops$/);
    expect(lines[1]).toBe("  loss : scalar");
    for (const name of [
      "fc1.weight",
      "fc1.bias",
      "fc2.weight",
      "fc2.bias",
      "SumBackward0",
      "ReluBackward0",
    ]) {
      expect(bundle["image/svg+xml"]).toContain(`>${name}</text>`);
    }
  });

  test("says when no gradient can flow", () => {
    expect(() => showGradGraph(torch.ones([2]))).toThrow("it has no gradFn");
  });
});
