/** Twins of the golden modules: each is the TypeScript of test/golden's source.py of the same name. */
import { nn, type Tensor, torch } from "../../../runtime/index.ts";
import { asSize, module, type Twin, traced } from "./twin.ts";

const F = nn.functional;

class Attention extends nn.Module {
  heads: number;
  qkv: nn.Linear;
  proj: nn.Linear;
  constructor(dim: number, heads: number) {
    super();
    this.heads = heads;
    this.qkv = new nn.Linear(dim, 3 * dim);
    this.proj = new nn.Linear(dim, dim);
  }
  override forward(x: Tensor): Tensor {
    const [b, n, d] = x.shape;
    const [q, k, v] = this.qkv
      .forward(x)
      .reshape(b, n, 3, this.heads, asSize(traced(d).floorDivide(this.heads)))
      .permute(2, 0, 3, 1, 4);
    const a = q.matmul(k.transpose(-2, -1)).div(traced(d).floorDivide(this.heads).pow(0.5)).softmax(-1);
    return this.proj.forward(a.matmul(v).transpose(1, 2).reshape(b, n, d));
  }
}

const ConvBnRelu = class Net extends nn.Module {
  conv = new nn.Conv2d(2, 4, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(4);
  override forward(x: Tensor): Tensor {
    return F.relu(this.bn.forward(this.conv.forward(x)));
  }
};

const EmbeddingClassifier = class Net extends nn.Module {
  emb = new nn.Embedding(10, 4, { paddingIdx: 0 });
  fc = new nn.Linear(4, 3);
  override forward(ids: Tensor): Tensor {
    const mask = ids.ne(0).unsqueeze(-1);
    const e = this.emb
      .forward(ids)
      .mul(mask)
      .sum([1])
      .div(mask.sum([1]).clamp({ min: 1 }));
    return this.fc.forward(e);
  }
};

const Unrolled = class Net extends nn.Module {
  cell = new nn.LSTMCell(3, 4);
  override forward(x: Tensor): [Tensor, Tensor] {
    let h = torch.zeros(x.shape[1], 4);
    let c = h;
    const out: Tensor[] = [];
    for (let t = 0; t < 3; t++) {
      [h, c] = this.cell.forward(x.select(0, t), [h, c]);
      out.push(h);
    }
    return [torch.stack(out), c];
  }
};

const Mlp = class Net extends nn.Module {
  fc1 = new nn.Linear(6, 5);
  fc2 = new nn.Linear(5, 3, { bias: false });
  override forward(x: Tensor): Tensor {
    const h = torch.tanh(this.fc1.forward(x.flatten(1)));
    return F.softmax(this.fc2.forward(h), 1);
  }
};

class Res extends nn.Module {
  a: nn.Linear;
  b: nn.Linear;
  scale = new nn.Parameter(torch.tensor(0.5));
  constructor(d: number) {
    super();
    this.a = new nn.Linear(d, d);
    this.b = new nn.Linear(d, d);
  }
  override forward(x: Tensor): Tensor {
    return x.add(this.scale.mul(this.b.forward(F.relu(this.a.forward(x)))));
  }
}

const Shared = class Net extends nn.Module {
  fc = new nn.Linear(3, 3);
  layers = new nn.ModuleList([this.fc, new nn.Linear(3, 3), this.fc]);
  override forward(x: Tensor): Tensor {
    let h = x;
    for (const layer of this.layers) h = torch.relu((layer as nn.Linear).forward(h));
    return this.fc.forward(h);
  }
};

const TwoMethods = class Net extends nn.Module {
  enc = new nn.Linear(4, 2);
  dec = new nn.Linear(2, 4);
  override forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
  encode(x: Tensor): Tensor {
    return torch.tanh(this.enc.forward(x));
  }
  decode(z: Tensor): Tensor {
    return this.dec.forward(z);
  }
};

export const modules: Readonly<Record<string, Twin>> = {
  linear: module(() => new nn.Linear(4, 3)),
  mlp_classifier: module(() => new Mlp()),
  attention: module(() => new Attention(8, 2)),
  bn1d_train: module(() =>
    new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.ReLU()).train(),
  ),
  conv_bn_relu_eval: module(() => new ConvBnRelu().eval()),
  conv1d_net: module(
    () =>
      new nn.Sequential(
        new nn.Conv1d(2, 4, 3, { padding: "same" }),
        new nn.ELU(),
        new nn.MaxPool1d(2),
        new nn.Conv1d(4, 2, 2, { stride: 2, dilation: 1 }),
        new nn.AdaptiveAvgPool1d(2),
        new nn.Flatten(),
        new nn.Hardswish(),
      ),
  ),
  dropout_eval: module(() =>
    new nn.Sequential(new nn.Linear(4, 6), new nn.Dropout(0.4), new nn.Linear(6, 2)).eval(),
  ),
  embedding_classifier: module(() => new EmbeddingClassifier()),
  gru_manual: module(() => new nn.GRU(2, 3, { bidirectional: true })),
  layer_norm: module(
    () =>
      new nn.Sequential(
        new nn.LayerNorm(4),
        new nn.Linear(4, 4),
        new nn.LayerNorm([3, 4], { elementwiseAffine: false }),
      ),
  ),
  lstm_cell_unrolled: module(() => new Unrolled()),
  residual_mlp: module(() => new nn.Sequential(new Res(4), new Res(4), new Res(4))),
  shared_submodule: module(() => new Shared()),
  two_methods: module(() => new TwoMethods(), ["encode", "decode"]),
};
