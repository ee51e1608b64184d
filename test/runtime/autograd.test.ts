/** Gradients: the graph, its errors, in-place rules, modes, hooks and higher derivatives. */
import { describe, expect, test } from "vitest";
import { type Tensor, torch } from "../../runtime/index.ts";
import { message } from "./error-text.ts";
import { leaf, leaf64 } from "./leaves.ts";

describe("backward", () => {
  test("adds gradients to the leaves, call after call", () => {
    const x = leaf([1, 2, 3]);
    x.mul(x).sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 4, 6]);
    const held = x.grad;
    x.mul(10).sum().backward();
    expect(x.grad?.tolist()).toEqual([12, 14, 16]);
    expect(x.grad).toBe(held);
  });

  test("gives each leaf a gradient with memory of its own", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    x.add(y).sum().backward();
    x.grad?.mul_(5);
    expect([x.grad?.tolist(), y.grad?.tolist(), x.grad?.strides]).toEqual([[5, 5], [1, 1], [1]]);
    const given = torch.tensor([1, 2]);
    const z = leaf([0, 0]);
    z.clone().backward(given);
    z.grad?.zero_();
    expect(given.tolist()).toEqual([1, 2]);
  });

  test("sums over broadcast dimensions and casts to the leaf's dtype", () => {
    const x = leaf([[1], [2]]);
    const w = torch.tensor([1, 2, 3], { dtype: torch.float64 });
    const y = x.mul(w);
    expect([y.dtype.name, y.sizes]).toEqual(["float64", [2, 3]]);
    y.sum().backward();
    expect([x.grad?.dtype.name, x.grad?.tolist()]).toEqual(["float32", [[6], [6]]]);
  });

  test("walks chains longer than the stack", () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = y.add(1);
    y.backward();
    expect(x.grad?.item()).toBe(1);
  });

  test("names the nodes as torch does", () => {
    const x = leaf([1, 2]);
    expect([x.exp(), x.add(1), x.sum(), x.view(2, 1), x.clone().mul_(2)].map((t) => t.gradFn?.name)).toEqual([
      "ExpBackward0",
      "AddBackward0",
      "SumBackward0",
      "ViewBackward0",
      "MulBackward0",
    ]);
    expect(x.gradFn).toBeNull();
    expect([x.isLeaf, x.exp().isLeaf, x.detach().requiresGrad]).toEqual([true, false, false]);
  });

  test("refuses what torch refuses, in its words", () => {
    const x = leaf([1, 1]);
    expect(message(() => x.mul(2).backward())).toBe(
      "RuntimeError: grad can be implicitly created only for scalar outputs",
    );
    expect(message(() => torch.ones(2).sum().backward())).toBe(
      "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn",
    );
    expect(message(() => x.sum().backward(torch.ones(2)))).toBe(
      "RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of torch.Size([]).",
    );
    expect(message(() => torch.tensor([1n]).requiresGrad_())).toBe(
      "RuntimeError: only Tensors of floating point dtype can require gradients",
    );
    expect(message(() => x.mul(2).requiresGrad_(false))).toBe(
      "RuntimeError: you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
    );
    const y = x.mul(x).sum();
    y.backward();
    expect(message(() => y.backward())).toBe(
      "RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.",
    );
  });

  test("keeps the graph for a second pass with retainGraph", () => {
    const x = leaf([3]);
    const y = x.mul(x);
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(x.grad?.tolist()).toEqual([12]);
  });
});

describe("in-place operations", () => {
  test("on leaves and views of leaves are refused", () => {
    const x = leaf([1, 1]);
    expect(message(() => x.add_(1))).toBe(
      "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    );
    expect(message(() => x.slice(0, 0, 1).mul_(2))).toBe(
      "RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.",
    );
    torch.noGrad(() => x.slice(0, 0, 1).mul_(2));
    expect(x.tolist()).toEqual([2, 1]);
  });

  test("on values a gradient needs are an error that names the operation", () => {
    const changed = (node: string, output: string): string =>
      `RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3]]${output} is at version 1; expected version 0 instead. Hint: ${node} needs its old values; clone the tensor before changing it in place.`;
    const a = leaf([1, 1, 1]);
    const exp = a.exp();
    exp.add_(1);
    expect(message(() => exp.sum().backward())).toBe(changed("ExpBackward0", ", which is output 0 of Exp,"));
    const b = a.mul(2);
    const square = b.mul(b);
    b.select(0, 0).fill_(5);
    expect(message(() => square.sum().backward())).toBe(
      changed("MulBackward0", ", which is output 0 of torch::autograd::CopySlices,"),
    );
    const w = torch.ones(3);
    const product = a.mul(w);
    w.mul_(2);
    expect(message(() => product.sum().backward())).toBe(changed("MulBackward0", ""));
  });

  test("on one of several views, and on views made without recording, are refused", () => {
    const x = leaf([
      [1, 1],
      [1, 1],
    ]).mul(1);
    expect(message(() => x.unbind(0)[1].add_(1))).toBe(
      "RuntimeError: Output 1 of UnbindBackward0 is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    );
    const unseen = torch.noGrad(() => x.view(4));
    expect(message(() => unseen.mul_(2))).toBe(
      "RuntimeError: A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
    );
  });

  test("on values a gradient asks only the shape of are allowed", () => {
    const x = leaf([1, 2]);
    const h = x.mul(3);
    const y = h.view(2, 1).expand(2, 2);
    h.zero_();
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([0, 0]);
  });

  test("on a view send the base's gradient through the written part", () => {
    const x = leaf([1, 2, 3, 4]);
    const base = x.mul(1);
    base.slice(0, 1, 3).mul_(10);
    expect(base.gradFn?.name).toBe("CopySlices");
    base
      .mul(torch.tensor([1, 2, 3, 4]))
      .sum()
      .backward();
    expect(x.grad?.tolist()).toEqual([1, 20, 30, 4]);
  });

  test("through a view are seen by views made before, and by the written values", () => {
    const x = leaf([1, 2, 3]);
    const v = leaf([7]);
    const base = x.mul(1);
    const before = base.slice(0, 0, 2);
    base.slice(0, 1, 2).copy_(v);
    expect(before.gradFn?.name).toBe("AsStridedBackward0");
    before
      .mul(torch.tensor([2, 3]))
      .sum()
      .backward();
    expect([x.grad?.tolist(), v.grad?.tolist()]).toEqual([[2, 0, 0], [3]]);
  });

  test("write gradients into tensors that had none", () => {
    const v = leaf([1, 2]);
    const buffer = torch.zeros(2, 2);
    buffer.select(0, 1).copy_(v);
    expect(buffer.requiresGrad).toBe(true);
    buffer.mul(3).sum().backward();
    expect(v.grad?.tolist()).toEqual([3, 3]);
  });
});

describe("modes", () => {
  test("noGrad and enableGrad nest", () => {
    const x = leaf([1]);
    const flags = torch.noGrad(() => [
      x.mul(2).requiresGrad,
      torch.enableGrad(() => x.mul(2).requiresGrad),
      torch.isGradEnabled(),
    ]);
    expect([...flags, torch.isGradEnabled()]).toEqual([false, true, false, true]);
  });

  test("a mode ends when its function throws, and with the promise of an async function", async () => {
    expect(() =>
      torch.noGrad(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(torch.isGradEnabled()).toBe(true);
    const late = torch.noGrad(async () => {
      await Promise.resolve();
      return torch.isGradEnabled();
    });
    expect(await late).toBe(false);
    expect(torch.isGradEnabled()).toBe(true);
  });

  test("inference tensors stay outside of gradients", () => {
    const x = leaf([1, 1]);
    const z = torch.inferenceMode(() => {
      const made = torch.ones(2);
      made.add_(1);
      return made;
    });
    expect([z.isInference(), z.tolist(), x.isInference()]).toEqual([true, [2, 2], false]);
    expect(message(() => x.mul(z))).toBe(
      "RuntimeError: Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.",
    );
    expect(message(() => z.add_(1))).toBe(
      "RuntimeError: Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.",
    );
    expect(message(() => z.requiresGrad_())).toBe(
      "RuntimeError: Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.",
    );
    x.mul(z.clone()).sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 2]);
  });
});

describe("hooks", () => {
  test("see and replace gradients, until they are removed", () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    const y = x.mul(3);
    const handle = y.registerHook((grad) => {
      seen.push(grad.tolist());
      return grad.mul(10);
    });
    y.sum().backward(null, { retainGraph: true });
    handle.remove();
    y.sum().backward();
    expect([seen, x.grad?.tolist()]).toEqual([[[1, 1]], [33, 33]]);
    expect(message(() => torch.ones(1).registerHook(() => null))).toBe(
      "RuntimeError: cannot register a hook on a tensor that doesn't require gradient",
    );
  });

  test("retainGrad keeps the gradient of a tensor that is no leaf", () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    y.retainGrad();
    y.mul(y).sum().backward();
    expect([y.grad?.tolist(), x.grad?.tolist()]).toEqual([
      [6, 12],
      [18, 36],
    ]);
  });
});

describe("torch.autograd.grad", () => {
  test("gives gradients and accumulates none", () => {
    const x = leaf([2, 3]);
    const y = leaf([5, 7]);
    const [dx, dy] = torch.autograd.grad(x.mul(y).sum(), [x, y]);
    expect([dx.tolist(), dy.tolist(), x.grad]).toEqual([[5, 7], [2, 3], null]);
  });

  test("of an intermediate result leaves the rest of the graph alone", () => {
    const x = leaf([2]);
    const y = x.exp();
    const [dy] = torch.autograd.grad(y.mul(y), y);
    expect(dy.item()).toBeCloseTo(2 * Math.exp(2), 5);
    y.backward();
    expect(x.grad?.item()).toBeCloseTo(Math.exp(2), 5);
  });

  test("differentiates gradients with createGraph", () => {
    const x = leaf64([1, 2]);
    const [first] = torch.autograd.grad(x.pow(3).sum(), x, { createGraph: true });
    const [second] = torch.autograd.grad(first.sum(), x, { createGraph: true });
    const [third] = torch.autograd.grad(second.sum(), x);
    expect([first.tolist(), second.tolist(), third.tolist()]).toEqual([
      [3, 12],
      [6, 12],
      [6, 6],
    ]);
  });

  test("says which input the outputs do not depend on", () => {
    const x = leaf([1]);
    const other = leaf([1]);
    expect(message(() => torch.autograd.grad(x.mul(2), [x, other]))).toBe(
      "RuntimeError: The differentiated Tensor at index 1 appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.",
    );
    expect(torch.autograd.grad(x.mul(2), [other], { allowUnused: true })).toEqual([null]);
    expect(torch.autograd.grad(x.mul(2), other, { materializeGrads: true })[0].tolist()).toEqual([0]);
    expect(message(() => torch.autograd.grad(x.mul(2), torch.ones(1)))).toBe(
      "RuntimeError: One of the differentiated Tensors does not require grad",
    );
  });
});

test("the gradients of a product lie in memory as the matrices do", () => {
  // What torch.autograd.grad(...).stride() says for all four layouts, for mm and addmm alike.
  const strides = (turnA: boolean, turnB: boolean, product: (a: Tensor, b: Tensor) => Tensor): unknown => {
    const a = (turnA ? torch.ones([4, 3]).t() : torch.ones([3, 4])).detach().requiresGrad_();
    const b = (turnB ? torch.ones([5, 4]).t() : torch.ones([4, 5])).detach().requiresGrad_();
    return torch.autograd.grad(product(a, b).exp().sum(), [a, b]).map((gradient) => gradient.strides);
  };
  for (const product of [torch.mm, (a: Tensor, b: Tensor) => torch.addmm(torch.zeros([5]), a, b)]) {
    expect(strides(false, false, product)).toEqual([
      [4, 1],
      [5, 1],
    ]);
    expect(strides(false, true, product)).toEqual([
      [4, 1],
      [1, 4],
    ]);
    expect(strides(true, false, product)).toEqual([
      [1, 3],
      [5, 1],
    ]);
    expect(strides(true, true, product)).toEqual([
      [1, 3],
      [1, 4],
    ]);
  }
});

test("a view of memory that is not row-major has the right gradient after its base was changed", () => {
  const x = torch.arange(6, { dtype: torch.float32 }).reshape([2, 3]).t().contiguous().t().requiresGrad_();
  const copy = x.mul(1);
  const view = copy.t();
  copy.mul_(0.5);
  const weights = torch.tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const [gradient] = torch.autograd.grad(view.mul(weights).sum(), x);
  expect(gradient.tolist()).toEqual([
    [0.5, 1.5, 2.5],
    [1, 2, 3],
  ]);
});

test("a write through a view of memory that is not row-major sends the gradient to the right places", () => {
  const x = torch.arange(6, { dtype: torch.float32 }).reshape([2, 3]).t().contiguous().t().requiresGrad_();
  const copy = x.mul(1);
  copy.select(0, 1).mul_(10);
  const [gradient] = torch.autograd.grad(copy.mul(torch.arange(6).reshape([2, 3])).sum(), x);
  expect(gradient.tolist()).toEqual([
    [0, 1, 2],
    [30, 40, 50],
  ]);
});
