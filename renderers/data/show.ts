/** Pictures of data as objects that Jupyter draws: tensors, images, confusion matrices, summaries, tables, live charts. */
import { charted, type VegaLiteSpec, vegaLiteBundle } from "../chart/vega-lite.ts";
import { type Displayable, displayKey, type MimeBundle } from "../display.ts";
import { confusionCounts, confusionSpec } from "./confusion.ts";
import { heatmapOf } from "./heatmap.ts";
import { histogramOf } from "./histogram.ts";
import { type ImageOptions, imageBundle } from "./image.ts";
import { type Display, type LiveChart, type LiveChartOptions, liveChartOn } from "./live-chart.ts";
import { type ModuleLike, summaryBundle } from "./summary.ts";
import { type Row, tableBundle } from "./table.ts";
import { numbersOf, statisticsOf, statisticsText, type TensorLike, valuesOf } from "./values.ts";

/** A picture: the last expression of a cell, or an argument of `display`. */
export interface Picture extends Displayable {
  readonly kind: "picture";
}

/** What is drawn of a tensor; by itself its cells and below them their distribution. */
export interface TensorOptions {
  readonly as?: "heatmap" | "histogram";
  readonly title?: string;
  /** The number of bins of the histogram. */
  readonly bins?: number;
}

/**
 * A tensor as a heat map, a histogram, or both. Of a tensor with more than two dimensions each matrix is drawn.
 * @throws TypeError if it is not a tensor with at least one dimension and one element.
 * @example showTensor(torch.randn([8, 8]))
 */
export function showTensor(tensor: TensorLike, options: TensorOptions = {}): Picture {
  demandTensor("showTensor", tensor);
  const { sizes, dtype } = tensor;
  if (sizes.length === 0 || sizes.includes(0)) {
    throw new TypeError(
      `showTensor: expected a tensor with elements to draw, but got sizes [${sizes.join(", ")}]`,
    );
  }
  const title = options.title ?? `${sizes.join("×")} ${dtype.name}`;
  const numbers = numbersOf(tensor);
  const histogram = (above: string): VegaLiteSpec => histogramOf(numbers, above, options.bins);
  const spec =
    options.as === "heatmap"
      ? heatmapOf(numbers, title)
      : options.as === "histogram"
        ? histogram(title)
        : charted({
            vconcat: [part(heatmapOf(numbers, title)), part(histogram(""))],
            // Its legend stands beside the heat map, not beside the wider of the two.
            resolve: { scale: { color: "independent" } },
          });
  return picture(() => vegaLiteBundle(spec, `${title}: ${statisticsText(statisticsOf(numbers.values))}`));
}

/** A specification as a part of another: without what only the whole has. */
function part({
  $schema: _schema,
  config: _config,
  usermeta: _usermeta,
  ...spec
}: VegaLiteSpec): VegaLiteSpec {
  return spec;
}

/**
 * An image `[H, W]` or `[C, H, W]`, or a batch of images as a grid, as a PNG.
 * @throws TypeError if the tensor has other dimensions.
 * @example showImages(torch.rand([16, 1, 8, 8]), { columns: 8 })
 */
export function showImages(tensor: TensorLike, options: ImageOptions = {}): Picture {
  demandTensor("showImages", tensor);
  const bundle = imageBundle(tensor, options);
  return picture(() => bundle);
}

/**
 * How often each class (row) was taken for which (column). Targets and predictions are class indices.
 * @throws RangeError if they differ in number or one is not a class.
 * @example confusionMatrix(y, model.forward(x).argmax(1), { labels: ["cat", "dog"] })
 */
export function confusionMatrix(
  target: TensorLike | readonly number[],
  predicted: TensorLike | readonly number[],
  options: { readonly labels?: readonly string[] } = {},
): Picture {
  const numbers = (values: TensorLike | readonly number[]): number[] =>
    Array.isArray(values) ? values : [...valuesOf(values as TensorLike)];
  const [truth, said] = [numbers(target), numbers(predicted)];
  if (truth.length !== said.length) {
    throw new RangeError(
      `confusionMatrix: expected as many predictions as targets, but got ${said.length} and ${truth.length}`,
    );
  }
  const classes = options.labels?.length ?? Math.max(-1, ...truth, ...said) + 1;
  const labels = options.labels ?? Array.from({ length: classes }, (_, i) => String(i));
  const counts = confusionCounts(truth, said, classes);
  const rows = counts.map((row, i) => ({
    target: labels[i]!,
    ...Object.fromEntries(row.map((count, j) => [labels[j]!, count])),
  }));
  return picture(() =>
    vegaLiteBundle(confusionSpec(counts, labels), String(tableBundle(rows)["text/plain"])),
  );
}

/**
 * Records as a table.
 * @example table([{ layer: "fc1", parameters: 1024 }, { layer: "fc2", parameters: 330 }])
 */
export function table(rows: readonly Row[], options: { readonly limit?: number } = {}): Picture {
  return picture(() => tableBundle(rows, options.limit));
}

/**
 * The layers of a module as a table: types, numbers of parameters and, if it is given inputs to run on, output sizes.
 * The run is a real one: call `model.eval()` before if it must not touch running statistics.
 * @example summary(model, x)
 */
export function summary(module: ModuleLike, ...inputs: readonly unknown[]): Picture {
  if (typeof module?.namedModules !== "function") {
    throw new TypeError(`summary: expected a module, but got ${module === null ? "null" : typeof module}`);
  }
  const bundle = summaryBundle(module, inputs);
  return picture(() => bundle);
}

/**
 * A chart whose curves grow while a cell computes, without flicker.
 * @example
 * const chart = liveChart({ title: "training", x: "epoch" });
 * for (let epoch = 0; epoch < 100; epoch++) chart.push({ epoch, loss: 1 / (epoch + 1) });
 */
export function liveChart(options: LiveChartOptions = {}): LiveChart {
  const { display } = globalThis as unknown as { readonly display?: Display };
  if (display === undefined)
    throw new Error("liveChart: expected to run in a notebook cell, where `display` is a global");
  return liveChartOn(display, options);
}

function picture(bundle: () => MimeBundle | Promise<MimeBundle>): Picture {
  return { kind: "picture", [displayKey]: bundle };
}

function demandTensor(caller: string, value: unknown): asserts value is TensorLike {
  if (!isTensorLike(value)) {
    throw new TypeError(`${caller}: expected a tensor, but got ${value === null ? "null" : typeof value}`);
  }
}

/** Whether a value looks like a tensor, without loading the runtime to ask it. */
export function isTensorLike(value: unknown): value is TensorLike {
  return (
    value !== null &&
    typeof value === "object" &&
    "sizes" in value &&
    "dtype" in value &&
    "tolist" in value &&
    typeof value.tolist === "function"
  );
}
