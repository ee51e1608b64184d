/** Looking into runs: timings and values by node, calls in a later turn, and sessions given back. */
import { expect, test } from "vitest";
import { jitTrace, nn, type Tensor, torch } from "../../runtime/index.ts";

test("a profile has each node that ran, with its calls and the bytes it makes", () => {
  const traced = jitTrace((x: Tensor) => x.matmul(x).relu(), torch.ones([4, 4]));
  const { kind, nodes, milliseconds } = traced.profile(torch.ones([8, 8]));
  expect(kind).toBe("profile");
  expect(nodes.map(({ operator, bytes }) => [operator, bytes])).toEqual([
    ["aten::matmul", 256],
    ["aten::relu", 256],
  ]);
  expect(nodes[0].calls).toBeGreaterThan(0);
  expect(nodes[0].milliseconds + nodes[1].milliseconds).toBeCloseTo(milliseconds, 9);
  expect(nodes.map(({ value }) => value)).toEqual(traced.graph.nodes.map((node) => node.outputs[0].name));
});

test("inspect gives the tensors of a run by value, as they were when they were made", () => {
  const traced = jitTrace(
    (x: Tensor) => {
      const y = x.add(1);
      y.mul_(10);
      return y.sum();
    },
    torch.ones([2]),
  );
  const x = torch.tensor([1, 2]);
  const values = [...traced.inspect(x).values()].map((tensor) => tensor.tolist());
  expect(values).toEqual([[2, 3], [20, 30], 50]);
  expect(x.tolist()).toEqual([1, 2]);
});

test("inspect and profile look into modules", () => {
  const traced = jitTrace(new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU()), torch.ones([1, 2]));
  expect([...traced.inspect(torch.ones([5, 2])).values()].map(({ sizes }) => sizes)).toEqual([
    [5, 3],
    [5, 3],
  ]);
  const operators = traced.profile(torch.ones([5, 2])).nodes.map(({ operator }) => operator);
  expect(operators.filter((name) => name.startsWith("aten::"))).toEqual(["aten::linear", "aten::relu"]);
});

test("runAsync gives the same in a later turn", async () => {
  const traced = jitTrace((x: Tensor) => x.add(1), torch.ones([2]));
  const order: string[] = [];
  const later = traced.runAsync(torch.tensor([1, 2])).then((result) => {
    order.push("result");
    return result as Tensor;
  });
  order.push("after the call");
  expect((await later).tolist()).toEqual([2, 3]);
  expect(order).toEqual(["after the call", "result"]);
});

test("a disposed trace runs on, and builds its session anew", () => {
  const traced = jitTrace((x: Tensor) => x.add(1).sum(0), torch.ones([2, 2]));
  traced.executor = "compiled";
  traced(torch.ones([2, 2]));
  traced.dispose();
  expect(traced.explain().buildTime).toBeNull();
  expect((traced(torch.ones([2, 2])) as Tensor).tolist()).toEqual([4, 4]);
  expect(traced.explain()).toMatchObject({ executor: "compiled" });
});
