/** Padding: borders of zeros, constants, mirrored or repeated elements. Source: torch/nn/modules/padding.py. */
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { eachDim } from "./options.ts";
import { pythonFloat, tuple } from "./repr.ts";

/** Border widths from the last dimension on ([left, right, top, bottom, ...]), or one for all sides. */
export type BorderWidths = number | readonly number[];

/** Borders on `rank` dimensions; each class says what fills them. */
class Pad extends Module {
  readonly padding: readonly number[];
  private readonly mode: F.PadMode;

  constructor(rank: number, mode: F.PadMode, padding: BorderWidths) {
    super();
    this.padding = eachDim(padding, 2 * rank);
    this.mode = mode;
  }

  override forward(input: Tensor): Tensor {
    return this.mode === "constant"
      ? F.pad(input, this.padding, "constant", 0)
      : F.pad(input, this.padding, this.mode);
  }

  override extraRepr(): string {
    return tuple(this.padding);
  }
}

class ConstantPad extends Pad {
  readonly value: number;

  constructor(rank: number, padding: BorderWidths, value: number) {
    super(rank, "constant", padding);
    this.value = value;
  }

  override forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, "constant", this.value);
  }

  override extraRepr(): string {
    return `padding=${tuple(this.padding)}, value=${Number.isInteger(this.value) ? this.value : pythonFloat(this.value)}`;
  }
}

export class ConstantPad1d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(1, padding, value);
  }
}

export class ConstantPad2d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(2, padding, value);
  }
}

export class ConstantPad3d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(3, padding, value);
  }
}

export class ZeroPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "constant", padding);
  }
}

export class ZeroPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "constant", padding);
  }
}

export class ZeroPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "constant", padding);
  }
}

export class ReflectionPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "reflect", padding);
  }
}

export class ReflectionPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "reflect", padding);
  }
}

export class ReflectionPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "reflect", padding);
  }
}

export class ReplicationPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "replicate", padding);
  }
}

export class ReplicationPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "replicate", padding);
  }
}

export class ReplicationPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "replicate", padding);
  }
}

export class CircularPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "circular", padding);
  }
}

export class CircularPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "circular", padding);
  }
}

export class CircularPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "circular", padding);
  }
}
