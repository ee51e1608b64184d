/** The renderers together with the runtime: real tensors, modules and gradients. */
import { describe, expect, test } from "vitest";
import { modelOf } from "../../renderers/graph/model.ts";
import type { OpRow } from "../../renderers/graph/rows.ts";
import { mimeBundle, showGradGraph, showGraph, showTensor, summary } from "../../renderers/index.ts";
import {
  failedTrace,
  jitSerialize,
  jitTrace,
  jitUnserialize,
  nn,
  type Tensor,
  torch,
} from "../../runtime/index.ts";

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

test("the scale of a heat map's colours stands beside it, not beside the wider histogram", async () => {
  const svg = String((await mimeBundle(showTensor(torch.randn([4, 6]))))!["image/svg+xml"]);
  const left = (name: string): number =>
    Number(
      new RegExp(`class="mark-group role-${name}"[^>]*><g transform="translate\\(([\\d.]+),`).exec(svg)![1],
    );
  const cells = 34 * 6;
  expect(left("legend")).toBeGreaterThan(cells);
  expect(left("legend")).toBeLessThan(cells + 30);
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

describe("a traced function", () => {
  test("shows its diagram and TorchScript's text", async () => {
    const traced = jitTrace((x: Tensor) => torch.relu(x).add(1), torch.tensor([-1, 0, 1]));
    const bundle = (await mimeBundle(traced))!;
    expect(Object.keys(bundle)).toEqual(["application/vnd.vega.v5+json", "image/svg+xml", "text/plain"]);
    expect(bundle["text/plain"]).toBe(
      `${traced.graph}\ninputs      x 3 f32\noutputs     3 f32\noperators   relu, add`,
    );
    for (const text of ["x", "relu", "add", "return", "3 f32"])
      expect(bundle["image/svg+xml"]).toContain(`>${text}</text>`);
  });

  test("bears the tracer's warnings on the op that came out of their line", async () => {
    const traced = jitTrace(
      (x: Tensor) => {
        const half = x.mul(0.5);
        const factor = x.sum().item();
        return half.sub(factor);
      },
      torch.tensor([1, 2]),
    );
    const svg = String((await mimeBundle(traced))!["image/svg+xml"]);
    expect(svg).toContain(">⚠ sub</text>");
    expect(svg.match(/>⚠/g)).toHaveLength(1);
  });

  test("of a module shows modules and the types of parameters", async () => {
    const traced = jitTrace(new Net(), torch.zeros([3, 4]));
    const svg = String((await mimeBundle(traced))!["image/svg+xml"]);
    for (const text of ["fc1", "weight 8×4, bias 8"]) expect(svg).toContain(`>${text}</text>`);
  });
});

describe("a run of a trace", () => {
  const traced = jitTrace(new Net(), torch.zeros([3, 4]));
  const colourOf = (bundle: Awaited<ReturnType<typeof mimeBundle>>): unknown =>
    (
      bundle!["application/vnd.vega.v5+json"] as { signals: { name: string; value?: unknown }[] }
    ).signals.find(({ name }) => name === "colour")!.value;

  test("profiled is its graph coloured by time, and a table of the slowest operators", async () => {
    const profile = traced.profile(torch.ones([3, 4]));
    const bundle = await mimeBundle(profile);
    expect(colourOf(bundle)).toBe("time");
    expect(bundle!["image/svg+xml"]).toContain(">weight 8×4, bias 8</text>");
    const [head, , ...rows] = String(bundle!["text/plain"]).split("\n");
    expect(head).toMatch(/^operator +value +time +share +calls +bytes$/);
    expect(rows.length).toBe(profile.nodes.length);
    expect(JSON.stringify(profile)).not.toContain("traced");
  });

  test("inspected is its graph with the first NaN marked, and a table of statistics", async () => {
    const divided = jitTrace((x: Tensor) => x.relu().div(0).add(1), torch.ones([2]));
    const bundle = await mimeBundle(divided.inspect(torch.tensor([-1, 2])));
    expect(colourOf(bundle)).toBe("NaN or Inf");
    expect(bundle!["image/svg+xml"]).toContain(">⚠ div</text>");
    expect(bundle!["text/plain"]).toBe(
      [
        "value  shape  mean  deviation  least  greatest  zeros  NaN or Inf",
        "─────  ─────  ────  ─────────  ─────  ────────  ─────  ──────────",
        "%1         2     1          1      0         2      1           0",
        "%3         2   NaN        NaN    NaN       NaN      0           2",
        "%6         2   NaN        NaN    NaN       NaN      0           2",
        "not finite first in %3",
      ].join("\n"),
    );
  });

  test("takes options as any graph does", async () => {
    const html = await showGraph(traced.inspect(torch.ones([3, 4])), { title: "one batch" }).toHTML();
    expect(html).toContain("<title>one batch</title>");
  });
});

test("a loaded module is drawn in the modules it was traced in", () => {
  class Twice extends nn.Module {
    net = new Net();
    last = new nn.Linear(2, 4);

    override forward(x: Tensor): Tensor {
      return this.net.forward(this.last.forward(this.net.forward(x)).relu()) as Tensor;
    }
  }
  const loaded = jitUnserialize(jitSerialize(jitTrace(new Twice(), torch.ones([1, 4]))));

  const { ops } = modelOf(loaded.inlinedGraph);

  expect(ops.map(({ label, module }) => `${label} ${module}`)).toEqual([
    "x ",
    "linear net.fc1",
    "relu net.act",
    "linear net.fc2",
    "linear last",
    "relu ",
    "linear net#2.fc1",
    "relu net#2.act",
    "linear net#2.fc2",
    "return ",
  ]);
});

describe("a trace that failed", () => {
  class Narrow extends nn.Module {
    wide = new nn.Linear(4, 8);
    narrow = new nn.Linear(7, 2);

    override forward(x: Tensor): Tensor {
      return this.narrow.forward(this.wide.forward(x).relu()) as Tensor;
    }
  }
  const failureOf = (trace: () => unknown): Error => {
    try {
      trace();
    } catch (error) {
      return error as Error;
    }
    throw new Error("the trace did not fail");
  };

  test.each([
    ["function", (x: Tensor) => x.relu().view([7]).exp(), ["relu", "⚠ view"]],
    ["module", new Narrow(), ["linear", "relu", "⚠ linear"]],
  ])("of a %s is drawn up to the operator that threw, which bears the error", async (_, traced, labels) => {
    const error = failureOf(() => jitTrace(traced as (x: Tensor) => Tensor, torch.ones([1, 4])));

    const bundle = (await mimeBundle(showGraph(error)))!;

    const { data } = bundle["application/vnd.vega.v5+json"] as { data: { name: string; values: OpRow[] }[] };
    const rows = data.find(({ name }) => name === "ops")!.values.filter(({ kind }) => kind === "operator");
    expect(rows.map(({ label }) => label)).toEqual(labels);
    expect(rows.at(-1)!.alert).toBe("error");
    expect(rows.at(-1)!.details["error"]).toBe(`RuntimeError: ${error.message}`);
    expect(rows.at(-1)!.shape).toBe("no result");
    expect(bundle["text/plain"]).toMatch(/\nerror {7}RuntimeError: .*$/);
  });

  test("gives the caller the function's own error", () => {
    const own = new RangeError("mine");
    expect(
      failureOf(() =>
        jitTrace(
          (x: Tensor) => {
            x.relu();
            throw own;
          },
          torch.ones([1]),
        ),
      ),
    ).toBe(own);
    expect(String(failedTrace(own))).toContain("aten::relu(%x)");
    expect(failedTrace(new Error("of no trace"))).toBeNull();
  });
});
