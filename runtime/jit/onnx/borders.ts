/** Lowerings of padding: constant, mirrored, repeated and circular borders. Source: aten/src/ATen/native/PadNd.cpp. */
import { farEnd, type LoweringContext, type LoweringFunction } from "./lowering.ts";

/** Widths from the last dimension on, in pairs, as ONNX orders them: all befores, then all afters. */
function pads(c: LoweringContext): readonly number[] {
  const [rank, given] = [c.rank(0), c.ints(1)];
  const at = (dim: number, side: number): number => given[2 * (rank - 1 - dim) + side] ?? 0;
  return [0, 1].flatMap((side) => Array.from({ length: rank }, (_, dim) => at(dim, side)));
}

const padded = (c: LoweringContext, mode: string): string =>
  c.emit("Pad", [c.tensor(0), c.vector(pads(c))], { mode: { string: mode } });

/** `constant_pad_nd(self, pad, value)` */
export const constantPad: LoweringFunction = (c) => {
  const { dtype } = c.result();
  const value = c.isNone(2) ? c.number(0, dtype) : c.tensor(2, dtype);
  return c.emit("Pad", [c.tensor(0), c.vector(pads(c)), value], { mode: { string: "constant" } });
};
export const reflectionPad: LoweringFunction = (c) => padded(c, "reflect");
export const replicationPad: LoweringFunction = (c) => padded(c, "edge");

/** Each dimension's end before it and its start behind it; negative widths cut. */
function circularPad(c: LoweringContext): string {
  const [rank, widths] = [c.rank(0), pads(c)];
  let x = c.tensor(0);
  for (let dim = 0; dim < rank; dim++) {
    const [before, after] = [widths[dim], widths[dim + rank]];
    if (before === 0 && after === 0) continue;
    const parts = [
      ...(before > 0 ? [c.part(x, dim, -before)] : []),
      c.part(x, dim, Math.max(-before, 0), after < 0 ? after : farEnd),
      ...(after > 0 ? [c.part(x, dim, 0, after)] : []),
    ];
    x = parts.length === 1 ? parts[0] : c.emit("Concat", parts, { axis: { int: dim } });
  }
  return x;
}

/** `pad(self, pad, mode, value)` */
export const pad: LoweringFunction = (c) => {
  const mode = c.isNone(2) ? "constant" : String(c.known(2));
  if (mode === "circular") return circularPad(c);
  if (mode !== "constant") return padded(c, mode === "replicate" ? "edge" : "reflect");
  const { dtype } = c.result();
  const value = c.isNone(3) ? c.number(0, dtype) : c.tensor(3, dtype);
  return c.emit("Pad", [c.tensor(0), c.vector(pads(c)), value], { mode: { string: mode } });
};
