/** The distribution of a tensor's numbers. */
import { charted, type VegaLiteSpec } from "../chart/vega-lite.ts";
import { binsOf, type Numbers, statisticsOf, statisticsText } from "./values.ts";

/** The histogram of a tensor's finite elements. */
export function histogramOf({ values }: Numbers, title: string, bins?: number): VegaLiteSpec {
  const fitting = Math.min(40, Math.max(5, Math.ceil(1.5 * Math.sqrt(values.length))));
  return charted({
    title: { text: title, subtitle: statisticsText(statisticsOf(values)) },
    width: 560,
    height: 180,
    data: { values: binsOf(values, bins ?? fitting) },
    mark: { type: "bar", tooltip: true, color: "#2f86c5" },
    encoding: {
      x: { field: "from", type: "quantitative", bin: { binned: true }, title: "value" },
      x2: { field: "to" },
      y: { field: "count", type: "quantitative", title: "elements" },
    },
  });
}
