/** One cell for each feature of the diagrams and pictures of data, as a notebook that a browser opens. */
import type { Notebook } from "../../scripts/execute-notebook.ts";

const cells = {
  setup: `class Block extends nn.Module {
  norm = new nn.LayerNorm(16);
  wide = new nn.Linear(16, 32);
  narrow = new nn.Linear(32, 16);

  override forward(x: Tensor): Tensor {
    return x.add(this.narrow.forward(nn.functional.gelu(this.wide.forward(this.norm.forward(x)))));
  }
}
torch.manualSeed(0);
const model = new nn.Sequential(new Block(), new Block(), new Block(), new nn.Linear(16, 4));
const x = torch.randn([2, 16]);
const traced = jitTrace(model, x);`,
  modules: "traced",
  small: "jitTrace((x: Tensor) => torch.relu(x), x)",
  tall: 'traced.show({ depth: "all" })',
  profile: "traced.profile(x)",
  notANumber: "jitTrace((x: Tensor) => x.relu().log().add(1).sub(2).mul(0), x).inspect(x)",
  difference:
    "const before = traced.inlinedGraph;\ndiffGraphs(before, jitTrace(new nn.Sequential(new Block(), new nn.ReLU(), new nn.Linear(16, 3)), x))",
  passes: `const normed = new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.BatchNorm2d(4), new nn.ReLU()).eval();
const image = torch.ones([1, 1, 8, 8]);
diffGraphs(jitTrace(normed, image), jitOptimizeForInference(jitTrace(normed, image)))`,
  loaded: `import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
const archive = join(mkdtempSync(join(tmpdir(), "pictures-")), "model.pt");
jitSave(traced, archive);
jitLoad(archive)`,
  failure: "%trace model(torch.ones([2, 15]))",
  warning: "const scaled = (x: Tensor) => x.mul(x.sum().item()).exp();\n%trace scaled(x)",
  gradients: "showGradGraph(model.forward(x).pow(2).mean(), model)",
  heatmap: "torch.randn([12, 16]).show()",
  images: "showImages(torch.linspace(0, 1, 6 * 3 * 12 * 12).reshape([6, 3, 12, 12]))",
  confusion:
    'confusionMatrix(torch.tensor([0n, 0n, 1n, 2n, 2n]), torch.tensor([0n, 1n, 1n, 2n, 2n]), { labels: ["cat", "dog", "owl"] })',
  chart:
    'const chart = liveChart({ title: "training", x: "epoch" });\nfor (let epoch = 0; epoch < 30; epoch++) chart.push({ epoch, loss: 2 / (epoch + 1), accuracy: epoch / 40 });',
  vegaLite: `({
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  data: { values: [1, 4, 2, 8, 5].map((height, place) => ({ place, height })) },
  mark: { type: "bar", tooltip: true },
  encoding: { x: { field: "place", type: "ordinal" }, y: { field: "height", type: "quantitative" } },
})`,
  table:
    'table([{ layer: "fc1", parameters: 1024, share: 0.75 }, { layer: "fc2", parameters: 330, share: 0.25 }])',
  summary: "summary(model, x)",
  timeit: "%timeit --chart model.forward(x)",
} as const;

export type Feature = keyof typeof cells;

/** The features in the order of their cells. */
export const features = Object.keys(cells) as Feature[];

export const picturesNotebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: "tracebook", display_name: "TypeScript (Tracebook)", language: "typescript" },
    language_info: { name: "typescript" },
  },
  cells: Object.entries(cells).map(([name, source]) => ({
    cell_type: "code" as const,
    id: name,
    metadata: { tags: name === "failure" ? ["raises-exception"] : [] },
    source,
    execution_count: null,
    outputs: [],
  })),
} satisfies Notebook & Record<string, unknown>;
