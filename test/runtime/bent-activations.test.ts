/** PyTorch's gradients of bent activations and logarithms: at their ends, at NaN, and differentiated once more. */
import { expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { eluBackward, hardswishBackward } from "../../runtime/ops/activation-backward.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

function gradients(f: (...inputs: Tensor[]) => Tensor, ...inputs: (readonly number[])[]) {
  const leaves = inputs.map((values) => torch.tensor(values).requiresGrad_());
  const result = f(...leaves);
  const found = torch.autograd.grad([result], leaves, { gradOutputs: [result.onesLike()] });
  return found.map((gradient) => gradient?.tolist());
}

test("the slope of elu bends below zero only", () => {
  const grads = [0.5, 1, 2, 4];
  const slope = (isResult: boolean) => (grad: Tensor, x: Tensor) => eluBackward(grad, 0.5, 2, 2, isResult, x);
  expect(gradients(slope(true), grads, [-0.25, -0.5, 0, 2])).toEqual([
    [1.5, 1, 2, 2],
    [1, 2, 0, 0],
  ]);
  expect(gradients(slope(false), grads, [0, 0.5, 1, 2])[1]).toEqual([0, 0, 0, 0]);
});

test("the slope of hardswish bends between its ends only, and not at NaN", () => {
  const [byGrad, byInput] = gradients(hardswishBackward, [1, 2, 3, 4, 5, 6], [-4, -3, 0, 3, 4, nan]);
  expect(byGrad).toEqual([0, 0, 0.5, 1, 1, 1]);
  expect(byInput).toEqual([0, 0, 1, 0, 0, 0]);
});

test("logit is steep at both ends, in the direction of what arrives", () => {
  expect(gradients((x) => x.logit(), [0, -0, 1, 0.5, 2])).toEqual([[infinity, infinity, infinity, 4, nan]]);
  expect(gradients((x) => x.logit(0.25), [0, 1, 0.5])).toEqual([[0, 0, 4]]);
});

test("nothing times a logarithm that does not exist has the gradient 0", () => {
  const by = (number: number) => gradients((x) => torch.xlogy(x, number), [0, 1, -0, nan])[0];
  expect(by(-1)).toEqual([0, nan, 0, nan]);
  expect(by(nan)).toEqual([0, nan, 0, nan]);
  expect(by(0)).toEqual([0, -infinity, 0, -infinity]);
});
