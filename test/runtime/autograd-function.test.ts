/** Functions with a gradient of one's own, and the check of gradients against finite differences. */
import { describe, expect, test } from "vitest";
import { nn, type Tensor, torch } from "../../runtime/index.ts";
import { message } from "./error-text.ts";
import { leaf, leaf64 } from "./leaves.ts";

type Context = import("../../runtime/autograd/function.ts").FunctionContext;

class Exp extends torch.autograd.Function {
  static override forward(ctx: Context, x: Tensor): Tensor {
    const result = x.exp();
    ctx.saveForBackward(result);
    return result;
  }
  static override backward(ctx: Context, grad: Tensor): Tensor {
    return grad.mul(ctx.savedTensors[0]);
  }
}

describe("functions with a gradient of one's own", () => {
  test("are recorded under their name and differentiated by their backward", () => {
    const x = leaf64([0, 1]);
    const y = Exp.apply(x);
    expect(y.gradFn?.name).toBe("ExpBackward");
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([1, Math.E]);
    expect(Exp.apply(torch.ones(1)).requiresGrad).toBe(false);
  });

  test("keep values, know which gradients are needed, and take arguments that are no tensors", () => {
    class Scale extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor, y: Tensor, factor: number): Tensor {
        ctx.factor = factor;
        return x.mul(factor).add(y);
      }
      static override backward(ctx: Context, grad: Tensor): (Tensor | null)[] {
        expect(ctx.needsInputGrad).toEqual([true, false, false]);
        return [grad.mul(ctx.factor), null, null];
      }
    }
    const x = leaf([1, 2]);
    Scale.apply(x, torch.ones(2), 4).sum().backward();
    expect(x.grad?.tolist()).toEqual([4, 4]);
  });

  test("may change an input in place, or mark results as constant", () => {
    class Double extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor): [Tensor, Tensor] {
        ctx.markDirty(x);
        const sign = x.sign();
        ctx.markNonDifferentiable(sign);
        return [x.mul_(2), sign];
      }
      static override backward(_ctx: Context, grad: Tensor): Tensor {
        return grad.mul(2);
      }
    }
    const x = leaf([1, -1]);
    const h = x.mul(1);
    const [doubled, sign] = Double.apply(h);
    expect([doubled === h, sign.requiresGrad, h.tolist()]).toEqual([true, false, [2, -2]]);
    h.sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 2]);
  });

  test("report gradients that are too many or of the wrong shape", () => {
    class Two extends Exp {
      static override backward(_ctx: Context, grad: Tensor): Tensor {
        return [grad, grad] as unknown as Tensor;
      }
    }
    class Wide extends Exp {
      static override backward(): Tensor {
        return torch.ones(5);
      }
    }
    class None extends torch.autograd.Function {
      static override forward(_ctx: Context, x: Tensor): Tensor {
        return x.exp();
      }
    }
    const x = leaf([1, 1]);
    expect(message(() => Two.apply(x).sum().backward())).toBe(
      "RuntimeError: function TwoBackward returned an incorrect number of gradients (expected 1, got 2)",
    );
    expect(message(() => Wide.apply(x).sum().backward())).toBe(
      "RuntimeError: Function WideBackward returned an invalid gradient at index 0 - got [5] but expected shape compatible with [2]",
    );
    expect(message(() => None.apply(x).sum().backward())).toBe(
      "NotImplementedError: You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.",
    );
  });
});

describe("gradcheck", () => {
  test("agrees with right gradients, first and second", () => {
    const x = leaf64([
      [0.3, -0.7],
      [1.1, 0.4],
    ]);
    const y = leaf64([0.5, 2]);
    expect(torch.autograd.gradcheck((a, b) => [a.mul(b).tanh(), a.matmul(b)], [x, y])).toBe(true);
    expect(torch.autograd.gradgradcheck((a, b) => a.mul(b).tanh().sum(), [x, y])).toBe(true);
    const written = (a: Tensor): Tensor => {
      const base = a.mul(1);
      base.select(0, 0).mul_(a.select(0, 1));
      return base.sin();
    };
    expect(torch.autograd.gradcheck(written, x)).toBe(true);
    expect(torch.autograd.gradgradcheck(written, x)).toBe(true);
  });

  test("agrees with the second derivatives of layers and losses", () => {
    torch.manualSeed(0);
    const twice = (layer: (x: Tensor) => Tensor, ...sizes: number[]): boolean =>
      torch.autograd.gradgradcheck(layer, torch.randn(sizes, { dtype: torch.float64, requiresGrad: true }));
    const { functional: F } = nn;
    const [batch, layer, group] = [new nn.BatchNorm1d(3), new nn.LayerNorm(3), new nn.GroupNorm(1, 3)];
    const conv = new nn.Conv2d(2, 2, 3);
    for (const module of [batch, layer, group, conv]) module.double();
    expect([
      twice((x) => batch.forward(x), 4, 3),
      twice((x) => layer.forward(x), 4, 3),
      twice((x) => group.forward(x), 2, 3, 2),
      twice((x) => conv.forward(x).tanh(), 1, 2, 4, 4),
      twice((x) => F.crossEntropy(x, torch.tensor([0n, 1n, 2n])), 3, 4),
      twice((x) => F.gelu(x).softmax(-1).mul(x), 2, 3),
      twice((x) => F.maxPool2d(x, 2).sigmoid(), 1, 1, 4, 4),
      twice((x) => F.binaryCrossEntropyWithLogits(x, torch.ones([3], { dtype: torch.float64 })), 3),
      twice((x) => F.smoothL1Loss(x, torch.zeros([3], { dtype: torch.float64 })), 3),
    ]).toEqual(new Array(9).fill(true));
  });

  test("shows both Jacobians where a gradient is wrong", () => {
    class Wrong extends Exp {
      static override backward(_ctx: Context, grad: Tensor): Tensor {
        return grad.mul(2);
      }
    }
    const x = leaf64([1, 1]);
    torch.setPrintOptions({ style: "python" });
    const check = () => torch.autograd.gradcheck((a) => Wrong.apply(a), x);
    expect(message(check)).toContain(
      "GradcheckError: Jacobian mismatch for output 0 with respect to input 0,\nnumerical:",
    );
    expect(message(check)).toContain("2.7183");
    expect(torch.autograd.gradcheck((a) => Wrong.apply(a), x, { raiseException: false })).toBe(false);
    expect(message(() => torch.autograd.gradcheck((a) => a.exp(), torch.ones(2)))).toBe(
      "ValueError: gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
    );
  });
});
