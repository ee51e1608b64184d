/** The confusion matrix of a classifier: how often each class was taken for which. */
import { charted, type VegaLiteSpec } from "../chart/vega-lite.ts";

/** Counts by target (rows) and prediction (columns). */
export function confusionCounts(
  target: readonly number[],
  predicted: readonly number[],
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, truth] of target.entries()) {
    const said = predicted[i]!;
    for (const [name, index] of [
      ["target", truth],
      ["prediction", said],
    ] as const) {
      if (!Number.isInteger(index) || index < 0 || index >= classes) {
        throw new RangeError(
          `confusionMatrix: expected class indices from 0 to ${classes - 1}, but ${name} ${i} is ${index}`,
        );
      }
    }
    counts[truth]![said]! += 1;
  }
  return counts;
}

/** The chart of a confusion matrix: shares of each row as colour, counts as numbers. */
export function confusionSpec(
  counts: readonly (readonly number[])[],
  labels: readonly string[],
): VegaLiteSpec {
  const cells = counts.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({
      target: labels[i]!,
      predicted: labels[j]!,
      count,
      share: total === 0 ? 0 : count / total,
    }));
  });
  const right = counts.reduce((sum, row, i) => sum + row[i]!, 0);
  const total = counts.flat().reduce((sum, count) => sum + count, 0);
  const side = Math.max(20, Math.min(44, Math.floor(480 / labels.length)));
  const encoding = {
    x: {
      field: "predicted",
      type: "nominal",
      sort: null,
      axis: { labelAngle: 0, orient: "top", ticks: false, domain: false },
    },
    y: { field: "target", type: "nominal", sort: null, axis: { ticks: false, domain: false } },
  };
  return charted({
    title: {
      text: "Confusion matrix",
      subtitle: `${right} of ${total} right${total === 0 ? "" : ` (${((100 * right) / total).toFixed(1)} %)`}`,
    },
    width: side * labels.length,
    height: side * labels.length,
    data: { values: cells },
    layer: [
      {
        mark: "rect",
        encoding: {
          ...encoding,
          color: {
            field: "share",
            type: "quantitative",
            title: "share of row",
            scale: { scheme: "blues", domain: [0, 1] },
          },
          tooltip: ["target", "predicted", "count", "share"].map((field) => ({
            field,
            ...(field === "share" ? { format: ".1%" } : {}),
          })),
        },
      },
      {
        mark: { type: "text", fontSize: 11 },
        encoding: {
          ...encoding,
          text: { field: "count" },
          color: { condition: { test: "datum.share > 0.55", value: "#ffffff" }, value: "#1c2027" },
          opacity: { condition: { test: "datum.count === 0", value: 0.5 }, value: 1 },
        },
      },
    ],
  });
}
