/** Twins of the golden functions: each is the TypeScript of test/golden's source.py of the same name. */
import { jitList, jitTuple, type Tensor, torch } from "../../../runtime/index.ts";
import { asSize, fn, type Twin, traced } from "./twin.ts";

const W = torch.tensor([
  [1, 2],
  [3, 4],
]);

/** What Python's binding writes for an end that a slice leaves open. */
const open = 2 ** 63;
/** `x[indices]` of index tensors and masks. */
const index = (x: Tensor, indices: readonly Tensor[]): Tensor => torch.ops.aten.index(x, indices) as Tensor;

export const functions: Readonly<Record<string, Twin>> = {
  relu: fn((x: Tensor) => torch.relu(x)),

  polynomial: fn((x: Tensor) => x.pow(2).mul(3).sub(x.mul(2.5)).add(1)),

  broadcasting: fn((x: Tensor, y: Tensor) => x.unsqueeze(1).sub(y.unsqueeze(0)).pow(2).sum([-1])),

  baked_constants: fn((x: Tensor) =>
    x
      .matmul(W)
      .add(torch.tensor([0.5, -0.5]))
      .add(torch.ones(2).mul(torch.scalar(Number(x.shape[0]), "float"))),
  ),

  data_control_flow: fn((x: Tensor) => (Number(x.sum()) > 0 ? x.mul(2) : x.neg())),

  dict_output: fn((x: Tensor) => ({ double: x.mul(2), sum: x.sum(), pos: x.gt(0) }), false),

  multiple_outputs: fn((x: Tensor) => {
    const [v, i] = x.max(1);
    return jitTuple([v, i, jitTuple([x.mean(), jitList([x.min(), x.argmin()])])]);
  }),

  nested_inputs: fn((pair: [Tensor, [Tensor, Tensor]], items: Tensor[]) => {
    const [a, [b, c]] = pair;
    return a.add(b.mul(c)).add(items[0]).sub(items[1]);
  }),

  reduce_sort: fn((x: Tensor) => {
    const [v, i] = torch.sort(x, -1, true);
    const [sums, std, variance] = [v.cumsum(-1), x.std(0), x.var(1, false)];
    const input = torch.cat([x, v], 0);
    return [
      sums,
      i,
      std,
      variance,
      torch.ops.aten.linalg_vector_norm(input, 2, [1]),
      x.gather(1, i.slice(0, 0, open, 1).slice(1, 0, 1, 1)),
    ];
  }),

  indexing: fn((x: Tensor, i: Tensor) => [
    x.slice(0, 1, open, 1).slice(1, 0, open, 2),
    x.select(0, 0),
    x.select(1, -1),
    x.slice(0, 0, open, 1).unsqueeze(1),
    index(x, [i]),
    index(x, [x.gt(0)]).sum(),
  ]),

  inplace: fn((x: Tensor) => {
    const y = x.mul(2);
    y.add_(1);
    y.relu_().mul_(0.5);
    const z = y.select(0, 0);
    z.add_(10);
    return [y, z];
  }),

  size_reshape: fn((x: Tensor) => {
    const [b, c, h, w] = x.size();
    return x
      .view(b, c, asSize(traced(h).mul(traced(w))))
      .transpose(1, 2)
      .reshape(b, -1, c);
  }),
};
