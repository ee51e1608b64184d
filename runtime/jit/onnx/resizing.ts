/** Lowerings of upsampling. Source: aten/src/ATen/native/UpSample.h. */

import type { OnnxAttribute } from "../../onnx/proto.ts";
import { float64, int64 } from "../../tensor/dtype.ts";
import type { LoweringContext, LoweringFunction } from "./lowering.ts";

/** By mode: ONNX's words for it, for corners that are aligned and not. */
const modes = {
  nearest: { mode: "nearest", transform: "asymmetric", rounded: "floor" },
  "nearest-exact": { mode: "nearest", transform: "half_pixel", rounded: "round_prefer_ceil" },
  linear: { mode: "linear", transform: "half_pixel", rounded: null },
  cubic: { mode: "cubic", transform: "half_pixel", rounded: null },
} as const;

/** A scale that was given, null for one that follows from the sizes. */
const scaleAt = (c: LoweringContext, index: number): number | null =>
  c.isNone(index) ? null : c.float(index);

/**
 * `upsample_nearest2d(self, output_size, scales_h, scales_w)`, where others take `align_corners` before the scales; with `vec` the
 * scales are a list, and either they or the size are given.
 */
export const resize =
  (mode: keyof typeof modes, rank: number, vec = false): LoweringFunction =>
  (c) => {
    const { mode: name, transform, rounded } = modes[mode];
    const isNearest = rounded !== null;
    const aligned = !isNearest && c.known(2) === true;
    const first = isNearest ? 2 : 3;
    const listed = vec && !c.isNone(first) ? c.floats(first) : null;
    const given = vec
      ? (listed ?? [])
      : Array.from({ length: rank }, (_, i) => scaleAt(c, first + i)).filter((scale) => scale !== null);
    const byScale = given.length === rank && !aligned;
    const attributes: Readonly<Record<string, OnnxAttribute>> = {
      mode: { string: name },
      coordinate_transformation_mode: { string: aligned ? "align_corners" : transform },
      ...(isNearest ? { nearest_mode: { string: rounded } } : {}),
      ...(mode === "cubic" ? { cubic_coeff_a: { float: -0.75 } } : {}),
    };
    if (byScale) {
      const scales = c.sink.constant("float32", [rank + 2], [1, 1, ...given]);
      return c.emit("Resize", [c.tensor(0), "", scales], attributes);
    }
    const sizes = listed === null ? c.sizes(1) : scaled(c, listed, rank);
    return c.emit("Resize", [c.tensor(0), "", "", c.joined(c.shape(0, 0, 2), sizes)], attributes);
  };

/** The sizes of the last dimensions times their scales. */
function scaled(c: LoweringContext, scales: readonly number[], rank: number): string {
  const sizes = c.cast(c.shape(0, 2, rank + 2), int64, float64);
  const product = c.op("Floor", c.op("Mul", sizes, c.sink.constant("float64", [rank], scales)));
  return c.cast(product, float64, int64);
}
