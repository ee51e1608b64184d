/**
 * How long the first picture of a traced graph takes, from the graph to the bundle a front end gets, and how large it is:
 * a perceptron, and transformers of 12, 36 and 180 blocks as jitTrace records them.
 */
import process from "node:process";
import { mimeBundle } from "../renderers/index.ts";
import { jitTrace, nn, type Tensor, torch } from "../runtime/index.ts";

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

class Transformer extends nn.Module {
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

function transformer(depth: number): object {
  return jitTrace(new Transformer(depth, 8), torch.zeros([1, 4, 8]), torch.zeros([4, 4]).eq(1));
}

function perceptron(): object {
  const layers = Array.from({ length: 10 }, () => [new nn.Linear(8, 8), new nn.ReLU()]).flat();
  return jitTrace(new nn.Sequential(...layers), torch.zeros([1, 8]));
}

export async function bench(): Promise<void> {
  const row = (...cells: readonly (string | number)[]): void => {
    const [name, ...numbers] = cells;
    process.stdout.write(
      `${String(name).padEnd(28)}${numbers.map((cell) => String(cell).padStart(14)).join("")}\n`,
    );
  };
  row("graph", "nodes", "first", "again", "JSON");
  const graphs: readonly (readonly [string, () => object])[] = [
    ["perceptron (cold)", perceptron],
    ["transformer, 12 blocks", () => transformer(12)],
    ["transformer, 36 blocks", () => transformer(36)],
    ["transformer, 180 blocks", () => transformer(180)],
  ];
  for (const [name, make] of graphs) {
    const traced = make();
    const times: number[] = [];
    let bytes = 0;
    for (let run = 0; run < 2; run++) {
      const start = performance.now();
      const bundle = await mimeBundle(traced);
      times.push(performance.now() - start);
      bytes = JSON.stringify(bundle?.["application/vnd.vega.v5+json"]).length;
    }
    const { nodes } = (traced as { readonly inlinedGraph: { readonly nodes: readonly object[] } })
      .inlinedGraph;
    row(
      name,
      nodes.length,
      ...times.map((time) => `${Math.round(time)} ms`),
      `${Math.round(bytes / 1024)} KiB`,
    );
  }
}
