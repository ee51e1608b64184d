/** A tensor as coloured cells: matrices as they stand, further dimensions as small multiples, long ones in blocks. */
import { charted, type VegaLiteSpec } from "../chart/vega-lite.ts";
import { digits, type Numbers, statisticsOf, statisticsText } from "./values.ts";

/** At most this many cells a side are drawn, and at most this many matrices. */
const LIMITS = { side: 96, panels: 16, labelled: 10 };

interface Cell {
  readonly panel: string;
  readonly row: number;
  readonly column: number;
  /** Texts for what JSON has no number for. */
  readonly value: number | null;
  readonly text: string;
}

/** The heat map of a tensor with at least one dimension. */
export function heatmapOf({ sizes, values }: Numbers, title: string): VegaLiteSpec {
  const [rows, columns] = sizes.length === 1 ? [1, sizes[0]!] : [sizes.at(-2)!, sizes.at(-1)!];
  const all = rows * columns === 0 ? 0 : values.length / (rows * columns);
  const panels = Math.min(all, LIMITS.panels);
  const cells: Cell[] = [];
  for (let panel = 0; panel < panels; panel++) {
    const matrix = values.subarray(panel * rows * columns, (panel + 1) * rows * columns);
    cells.push(...cellsOf(matrix, rows, columns, panelName(panel, sizes.slice(0, -2))));
  }
  const statistics = statisticsOf(values);
  const blocks = Math.ceil(rows / LIMITS.side) * Math.ceil(columns / LIMITS.side);
  const left = [
    statisticsText(statistics),
    ...(panels < all ? [`the first ${panels} of ${all} matrices`] : []),
    ...(blocks > 1 ? [`each cell is the mean of a block`] : []),
  ];
  const drawn = { rows: Math.min(rows, LIMITS.side), columns: Math.min(columns, LIMITS.side) };
  const cell = Math.max(
    panels > 1 ? 3 : 6,
    Math.min(34, Math.floor((panels > 1 ? 160 : 420) / Math.max(drawn.rows, drawn.columns))),
  );
  const size = { width: cell * drawn.columns, height: cell * drawn.rows };
  const signed = statistics.least < 0 && statistics.greatest > 0;
  const reach = Math.max(Math.abs(statistics.least), Math.abs(statistics.greatest));
  const encoding = {
    x: { field: "column", type: "ordinal", axis: axis(drawn.columns, null) },
    y: { field: "row", type: "ordinal", axis: axis(drawn.rows, null) },
  };
  const rects = {
    mark: { type: "rect", tooltip: true },
    encoding: {
      ...encoding,
      color: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: signed ? { scheme: "blueorange", domain: [-reach, reach] } : { scheme: "viridis" },
      },
      tooltip: ["row", "column", "text"].map((field) => ({
        field,
        title: field === "text" ? "value" : field,
      })),
    },
  };
  const labelled =
    panels === 1 && drawn.rows <= LIMITS.labelled && drawn.columns <= LIMITS.labelled && cell > 30;
  const dark = signed
    ? `abs(datum.value) > ${0.6 * reach}`
    : `datum.value < ${(statistics.least + statistics.greatest) / 2}`;
  const numbers = {
    mark: { type: "text", fontSize: 9 },
    encoding: {
      ...encoding,
      text: { field: "value", format: ".2" },
      color: { condition: { test: dark, value: "#ffffff" }, value: "#1c2027" },
    },
  };
  const unit = labelled ? { ...size, layer: [rects, numbers] } : { ...size, ...rects };
  return charted({
    title: { text: title, subtitle: left.join(" · ") },
    data: { values: cells },
    ...(panels > 1
      ? { facet: { field: "panel", title: null, sort: null }, columns: columnsOf(panels), spec: unit }
      : unit),
  });
}

/** Ticks at every row or column as long as there is room, else none. */
function axis(count: number, title: string | null): object | null {
  return count <= 32 ? { title, labelAngle: 0, ticks: false, domain: false } : null;
}

function columnsOf(panels: number): number {
  return Math.min(panels, 4);
}

/** The indices of the `panel`-th matrix, such as `[0, 2]`. */
function panelName(panel: number, sizes: readonly number[]): string {
  const indices: number[] = [];
  let rest = panel;
  for (const size of [...sizes].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${indices.join(", ")}]`;
}

/** The cells of one matrix; of a large one, the means of blocks of it. */
function cellsOf(matrix: Float64Array, rows: number, columns: number, panel: string): Cell[] {
  const [high, wide] = [Math.ceil(rows / LIMITS.side), Math.ceil(columns / LIMITS.side)];
  const cells: Cell[] = [];
  for (let row = 0; row < rows; row += high) {
    for (let column = 0; column < columns; column += wide) {
      let sum = 0;
      let count = 0;
      for (let i = row; i < Math.min(rows, row + high); i++) {
        for (let j = column; j < Math.min(columns, column + wide); j++) {
          sum += matrix[i * columns + j]!;
          count += 1;
        }
      }
      const mean = sum / count;
      cells.push({ panel, row, column, value: Number.isFinite(mean) ? mean : null, text: digits(mean) });
    }
  }
  return cells;
}
