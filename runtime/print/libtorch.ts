/**
 * The C++ printer of libtorch (its iostream generation, 1.x to 2.7), which R torch shows.
 * Which notation a slice gets is slice-format.ts's. Source: pytorch aten/src/ATen/core/Formatting.cpp.
 */

import { formatGeneral } from "./c-format.ts";
import type { PrintView } from "./format-tensor.ts";
import { chooseFormat, newStream, type SliceFormat, type StreamState } from "./slice-format.ts";

const lineSize = 80;

/** A tensor as libtorch's `operator<<` writes it. */
export function formatLibtorch(view: PrintView): string {
  const { sizes } = view;
  // The printer converts whatever it gets to float64 first; int64 beyond 2^53 loses digits here, as there.
  const values = Float64Array.from(view.values as ArrayLike<number | bigint>, Number);
  const lastLine = `[ CPU${view.dtype.scalarName}Type{${sizes.join(",")}} ]`;
  if (sizes.length === 0) return `${formatGeneral(values[0], 6)}\n${lastLine}`;
  if (values.length === 0) return lastLine;
  if (sizes.length === 1) return vector(values, newStream()) + lastLine;
  if (sizes.length === 2) return matrix(values, sizes[0], sizes[1], 0, newStream()) + lastLine;
  return slices(values, sizes) + lastLine;
}

function vector(values: Float64Array, stream: StreamState): string {
  const format = chooseFormat(values, stream);
  let text = format.scale === 1 ? "" : scaleLine(format);
  for (const value of values) text += `${format.write(value)}\n`;
  return text;
}

/** The 2-d slices of a tensor of three or more dimensions, the first leading index running fastest. */
function slices(values: Float64Array, sizes: readonly number[]): string {
  const [rows, columns] = sizes.slice(-2);
  const leading = sizes.slice(0, -2);
  const count = leading.reduce((product, size) => product * size, 1);
  const index = leading.map(() => 0);
  const stream = newStream();
  const texts: string[] = [];
  for (let k = 0; k < count; k++) {
    const flat = index.reduce((position, i, dim) => position * leading[dim] + i, 0);
    const slice = values.subarray(flat * rows * columns, (flat + 1) * rows * columns);
    const header = `(${index.map((i) => `${i + 1},`).join("")}.,.) = \n`;
    texts.push(header + matrix(slice, rows, columns, 1, stream));
    for (let dim = 0; dim < leading.length && ++index[dim] === leading[dim]; dim++) index[dim] = 0;
  }
  return texts.join("\n");
}

/**
 * A matrix in chunks of as many columns as a line holds. Where the indent is written, and where not, looks haphazard
 * (the rows after the first of a scaled matrix stand one further right, "Columns" lines have no newline of their own);
 * it is what libtorch writes.
 */
function matrix(
  values: Float64Array,
  rows: number,
  columns: number,
  indent: number,
  stream: StreamState,
): string {
  const format = chooseFormat(values, stream);
  const scaled = format.scale !== 1;
  const margin = " ".repeat(indent);
  const perLine = Math.max(1, Math.floor((lineSize - indent) / (format.width + 1)));
  let text = margin;
  for (let first = 0; first < columns; first += perLine) {
    const end = Math.min(first + perLine, columns);
    if (perLine < columns) {
      if (first > 0) text += "\n";
      text += `Columns ${first + 1} to ${end}${margin}`;
    }
    if (scaled) text += scaleLine(format) + margin;
    for (let row = 0; row < rows; row++) {
      if (row > 0) text += margin + (scaled ? " " : "");
      const cells = Array.from(values.subarray(row * columns + first, row * columns + end), format.write);
      text += `${cells.join(" ")}\n`;
    }
  }
  return text;
}

const scaleLine = (format: SliceFormat): string => `${formatGeneral(format.scale, 4)} *\n`;
