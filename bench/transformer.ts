/** A transformer of any depth as people write it, for graphs of many nodes. */
import { nn, type Tensor, torch } from "../runtime/index.ts";

class Attention extends nn.Module {
  readonly qkv: nn.Linear;
  readonly out: nn.Linear;

  constructor(width: number) {
    super();
    this.qkv = new nn.Linear(width, 3 * width);
    this.out = new nn.Linear(width, width);
  }

  override forward(x: Tensor, mask: Tensor): Tensor {
    const [q, k, v] = this.qkv.forward(x).chunk(3, -1) as [Tensor, Tensor, Tensor];
    const scores = q.matmul(k.transpose(-2, -1)).div(Math.sqrt(q.sizes.at(-1)!));
    return this.out.forward(scores.maskedFill(mask, -1e9).softmax(-1).matmul(v));
  }
}

class Block extends nn.Module {
  readonly norm1: nn.LayerNorm;
  readonly attention: Attention;
  readonly norm2: nn.LayerNorm;
  readonly wide: nn.Linear;
  readonly narrow: nn.Linear;

  constructor(width: number) {
    super();
    this.norm1 = new nn.LayerNorm([width]);
    this.attention = new Attention(width);
    this.norm2 = new nn.LayerNorm([width]);
    this.wide = new nn.Linear(width, 4 * width);
    this.narrow = new nn.Linear(4 * width, width);
  }

  override forward(x: Tensor, mask: Tensor): Tensor {
    const attended = x.add(this.attention.forward(this.norm1.forward(x), mask) as Tensor);
    return attended.add(this.narrow.forward(torch.gelu(this.wide.forward(this.norm2.forward(attended)))));
  }
}

/** Blocks of attention and a perceptron, one after the other: as deep a graph as one wants. */
export class Transformer extends nn.Module {
  readonly blocks: nn.ModuleList;

  constructor(depth: number, width: number) {
    super();
    this.blocks = new nn.ModuleList(Array.from({ length: depth }, () => new Block(width)));
  }

  override forward(x: Tensor, mask: Tensor): Tensor {
    let y = x;
    for (const block of this.blocks) y = (block as Block).forward(y, mask) as Tensor;
    return y;
  }
}
