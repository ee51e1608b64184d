/**
 * What learners type as answers of the exercises, and what they read then: right answers in other styles, and usual
 * mistakes. (What an answer is told whose types do not fit is tested in test/kernel/habits.test.ts.)
 */
export interface Attempt {
  /** Takes the place of the exercise's answer, up to its comment. */
  readonly answer: string;
  /** The first line of what is printed, or of the error. */
  readonly read: string;
}

const right = "✓ right";

export const attempts: Readonly<Record<string, readonly Attempt[]>> = {
  "01-first-trace.ipynb": [
    { answer: "const leaky = (x: Tensor) => x.relu().sub(x.neg().relu().mul(0.1))", read: right },
    {
      answer: "function leaky(x) { return torch.relu(x).sub(torch.mul(torch.relu(torch.neg(x)), 0.1)) }",
      read: right,
    },
    { answer: "const leaky = (x: Tensor) => torch.where(x.gt(0), x, x.mul(0.1));", read: right },
    {
      answer: "const leaky = (x: Tensor) => x.relu().add(x.neg().relu().mul(0.1))",
      read: "not yet: expected -2,-1,0,30, got 2,1,0,30",
    },
    {
      answer: "const leaky = (x: Tensor) => (x.sum().item() > 0 ? x : x.mul(0.1));",
      read: "not yet: expected -2,-1,0,30, got -2,-1,0,3",
    },
    { answer: "const leaky = (x: Tensor) => x.sum();", read: "not yet: expected -2,-1,0,30, got 0" },
  ],
  "02-tensors-and-dtypes.ipynb": [
    { answer: "const toNetwork = (pixels: Tensor) => pixels.float().sub(127.5).div(127.5)", read: right },
    { answer: "const toNetwork = (pixels: Tensor) => pixels.div(127.5).sub(1);", read: right },
    {
      answer: "const toNetwork = (pixels: Tensor) => pixels.mul(2).div(255).sub(1);",
      read: "not yet: expected -1.0,-0.6,0.6,1.0, got -1.0,-0.6,-0.4,-0.0",
    },
    {
      answer: "const toNetwork = (pixels: Tensor) => pixels.double().div(127.5).sub(1);",
      read: "not yet: expected torch.float32, got torch.float64",
    },
  ],
  "03-views-broadcasting-indexing.ipynb": [
    { answer: "const standardize = (x: Tensor) => x.sub(x.mean(0, true)).div(x.std(0, true))", read: right },
    {
      answer:
        "function standardize(x: Tensor) {\n  const centred = x.sub(x.mean([0]))\n  return centred.div(x.var(0).sqrt())\n}",
      read: right,
    },
    {
      answer: "const standardize = (x: Tensor) => x.sub(x.mean(1)).div(x.std(1));",
      read: "RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1",
    },
    {
      answer: "const standardize = (x: Tensor) => x.mean(0);",
      read: "not yet: expected [[-1,-1],[0,1],[1,0]], got [2,20]",
    },
  ],
  "04-gradients.ipynb": [
    {
      answer: `const walk: Step = (a, b) => {
  xs.mul(a).add(b).sub(ys).square().mean().backward()
  torch.noGrad(() => {
    a.sub_(a.grad!.mul(0.1))
    b.sub_(b.grad!.mul(0.1))
  })
  a.grad = null
  b.grad = null
}`,
      read: right,
    },
    {
      answer: `const walk: Step = (a, b) => {
  const optimizer = new optim.SGD([a, b], { lr: 0.1 });
  nn.functional.mseLoss(a.mul(xs).add(b), ys).backward();
  optimizer.step();
  optimizer.zeroGrad();
};`,
      read: right,
    },
    {
      answer:
        "const walk: Step = (a, b) => {\n  xs.mul(a).add(b).sub(ys).pow(2).mean().backward();\n  a.sub_(a.grad!.mul(0.1));\n};",
      read: "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    },
    {
      answer: `const walk: Step = (a, b) => {
  xs.mul(a).add(b).sub(ys).pow(2).mean().backward();
  torch.noGrad(() => {
    a.sub_(a.grad!.mul(0.1));
    b.sub_(b.grad!.mul(0.1));
  });
};`,
      read: "not yet: expected 2,1, got 4.16,2.04",
    },
    {
      answer: "const walk: Step = (a, b) => {\n  torch.noGrad(() => a.sub_(a.grad!.mul(0.1)));\n};",
      read: "TypeError: Cannot read properties of null (reading 'mul')",
    },
  ],
  "05-training.ipynb": [
    {
      answer: `function wrongOnes() {
  const said = model.forward(testX).argmax(1).tolist<number[]>()
  const found = []
  for (let i = 0; i < testX.size(0); i++) if (said[i] !== testY.index(i).item()) found.push(i)
  return found
}`,
      read: right,
    },
    {
      answer:
        "const wrongOnes = () => model.forward(testX).argmax(1).ne(testY).nonzero().reshape([-1]).tolist<number[]>();",
      read: right,
    },
    {
      answer:
        "const wrongOnes = () => model.forward(testX).argmax(1).eq(testY).nonzero().reshape([-1]).tolist<number[]>();",
      read: "not yet: expected 24 positions, got 273",
    },
  ],
  "06-what-a-trace-cannot-see.ipynb": [
    {
      answer: "const clip = (x: Tensor) => torch.where(x.gt(1), 1, torch.where(x.lt(-1), -1, x))",
      read: right,
    },
    {
      answer:
        "const clip = (x: Tensor) => torch.minimum(torch.maximum(x, torch.tensor(-1)), torch.tensor(1));",
      read: right,
    },
    {
      answer: "const clip = (x: Tensor) => x.clamp(-1);",
      read: "not yet: expected -1,0.25,1, the trace says -1,0.25,8",
    },
  ],
  "07-graphs-and-passes.ipynb": [
    {
      answer: `function multiplications(graph) {
  let count = 0
  for (const node of graph.nodes) {
    if (node.kind !== "aten::matmul") continue
    const [n, k] = node.inputs[0].type.sizes
    count += n * k * node.inputs[1].type.sizes[1]
  }
  return count
}`,
      read: right,
    },
    {
      answer:
        'const multiplications = (graph: Graph) => graph.nodes.filter((node) => node.kind === "matmul").length;',
      read: "not yet: expected 25600, got 0",
    },
  ],
  "08-files.ipynb": [
    {
      answer: `const largestDifference = (a: Model, b: Model, count: number) => {
  const x = torch.randn([3 * count, 4])
  return torch.max(torch.abs(torch.sub(a.forward(x) as Tensor, b.forward(x) as Tensor))).item()
}`,
      read: right,
    },
    {
      answer:
        "const largestDifference = (a: Model, b: Model) => (a.forward(torch.zeros([3, 4])) as Tensor).sub(b.forward(torch.ones([3, 4])) as Tensor).max().item();",
      read: "not yet: the loaded model is the same, but you saw a difference of 0.23",
    },
    {
      answer: "const largestDifference = (a: Model, b: Model) => 0;",
      read: "not yet: another model differs, but you saw only 0.00",
    },
  ],
  "09-speed.ipynb": [
    {
      answer: `function speedup(fn, example) {
  const traced = jitTrace(fn, example)
  for (let i = 0; i < 50; i++) traced(example)
  const [a, b] = [fn, traced].map((run) => {
    const start = performance.now()
    for (let i = 0; i < 200; i++) run(example)
    return performance.now() - start
  })
  return a / b
}`,
      read: right,
    },
    {
      answer:
        "const speedup = (fn: (x: Tensor) => Tensor, example: Tensor) => {\n  fn(example);\n  return 2;\n};",
      read: "not yet: expected at least 200 calls of the function, got 1",
    },
  ],
  "10-transformer.ipynb": [
    {
      answer: `function attentionOf(digits) {
  const block = sorter.blocks.children()[0] as Block
  const x = block.norm1.forward(sorter.digit.forward(digits).add(sorter.place.weight))
  const [query, key] = block.attention.qkv.forward(x).view(1, places, 3, heads, width / heads).permute(2, 0, 3, 1, 4)
  return query.matmul(key.transpose(-2, -1)).div(4).softmax(-1)
}`,
      read: right,
    },
    {
      answer: "const attentionOf = (digits: Tensor) => sorter.forward(digits);",
      read: "not yet: expected the shape 1,2,5,5, got 1,5,10",
    },
    {
      answer: "const attentionOf = (digits: Tensor) => torch.ones([1, 2, 5, 5]).mul(1 / 5);",
      read: "not yet: with this fit the attention would give something else",
    },
    {
      answer: "const attentionOf = (digits: Tensor) => torch.ones([1, 2, 5, 5]);",
      read: "not yet: the rows sum to 5,5,5,5,5,5,5,5,5,5",
    },
  ],
};
