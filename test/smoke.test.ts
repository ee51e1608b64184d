/** The built runtime from end to end in a second: a tensor is made, computed with, printed, differentiated and traced. */
import { expect, test } from "vitest";
import type * as runtime from "../runtime/index.ts";

type Tensor = runtime.Tensor;
const { jitTrace, torch }: typeof runtime = await import("../dist/runtime.js" as string);

test("a traced function gives what the function gives, and prints as torch prints it", () => {
  const fn = (x: Tensor) => torch.relu(x);
  const input = torch.tensor([-1, 0, 1]);

  const trFn = jitTrace(fn, input);

  expect(String(trFn(input))).toBe("torch_tensor\n 0\n 0\n 1\n[ CPUFloatType{3} ]");
  expect(String(trFn.graph)).toContain("= aten::relu(%x)");
});

test("a gradient arrives at the tensor it was asked for", () => {
  const x = torch.tensor([1, 2, 3], { requiresGrad: true });

  x.mul(x).sum().backward();

  expect(x.grad?.tolist()).toEqual([2, 4, 6]);
});
