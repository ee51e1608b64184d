/** `%timeit --chart`: each run as a tick on one line of time, with the mean, as a Vega-Lite specification. */
import { formatTime } from "./format-time.ts";

/** The chart of the times of some runs, in ms for one evaluation. */
export function timeChart(times: readonly number[]): object {
  const [least, greatest] = [Math.min(...times), Math.max(...times)];
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const unit = formatTime(greatest).split(" ").at(-1) as string;
  const scale = { s: 1e-3, ms: 1, µs: 1e3, ns: 1e6 }[unit] ?? 1;
  const grey = "#7c8595";
  const x = { field: "time", type: "quantitative", title: `${unit} per loop`, scale: { zero: false } };
  const layer = (rows: readonly number[], mark: object) => ({
    data: { values: rows.map((time) => ({ time: time * scale, shown: formatTime(time) })) },
    mark,
    encoding: { x, tooltip: { field: "shown" } },
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: `${times.length} runs from ${formatTime(least)} to ${formatTime(greatest)}, mean ${formatTime(mean)}`,
    width: 360,
    height: 32,
    background: "transparent",
    layer: [
      layer(times, { type: "tick", thickness: 2, size: 24, color: "#2f86c5" }),
      layer([mean], { type: "rule", size: 2, color: "#d9662b" }),
    ],
    config: {
      axis: { labelColor: grey, titleColor: grey, domainColor: grey, tickColor: grey, grid: false },
      view: { stroke: null },
    },
  };
}
