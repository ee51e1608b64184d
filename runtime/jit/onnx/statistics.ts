/** Lowerings of variance and standard deviation. Source: aten/src/ATen/native/ReduceOps.cpp. */

import { elementTypeOf, type LoweringFunction } from "./lowering.ts";

/** `var.correction(self, dim, *, correction, keepdim)`, or its root. */
export const variance =
  (root: boolean): LoweringFunction =>
  (c) => {
    const { dtype } = c.result();
    const x = c.tensor(0, dtype);
    const dims = c.ints(1, []);
    const centred = c.emit("Sub", [x, c.reduce("ReduceMean", x, dims, true)]);
    const mean = c.reduce("ReduceMean", c.emit("Mul", [centred, centred]), dims, c.known(3) === true);
    const correction = c.float(2, 1);
    if (correction === 0) return root ? c.emit("Sqrt", [mean]) : mean;
    const count = c.emit("Cast", [c.emit("Div", [c.emit("Size", [x]), c.emit("Size", [mean])])], {
      to: { int: elementTypeOf(dtype) },
    });
    const fewer = c.emit("Max", [c.emit("Sub", [count, c.number(correction, dtype)]), c.number(0, dtype)]);
    const corrected = c.emit("Div", [c.emit("Mul", [mean, count]), fewer]);
    return root ? c.emit("Sqrt", [corrected]) : corrected;
  };
