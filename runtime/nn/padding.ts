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

/** Surrounds [N, C, L] with a value. */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(1, padding, value);
  }
}

/**
 * Surrounds [N, C, H, W] with a value.
 * @example new nn.ConstantPad2d(1, 0).forward(torch.ones([1, 1, 2, 2])).shape // [1, 1, 4, 4]
 */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(2, padding, value);
  }
}

/** Surrounds [N, C, D, H, W] with a value. */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: BorderWidths, value: number) {
    super(3, padding, value);
  }
}

/** Surrounds [N, C, L] with zeros. */
export class ZeroPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "constant", padding);
  }
}

/** Surrounds [N, C, H, W] with zeros. */
export class ZeroPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "constant", padding);
  }
}

/** Surrounds [N, C, D, H, W] with zeros. */
export class ZeroPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "constant", padding);
  }
}

/** Continues [N, C, L] as mirrors at its ends show it. */
export class ReflectionPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "reflect", padding);
  }
}

/** Continues [N, C, H, W] as mirrors at its borders show it. */
export class ReflectionPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "reflect", padding);
  }
}

/** Continues [N, C, D, H, W] as mirrors at its borders show it. */
export class ReflectionPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "reflect", padding);
  }
}

/** Continues [N, C, L] with its ends. */
export class ReplicationPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "replicate", padding);
  }
}

/** Continues [N, C, H, W] with its borders. */
export class ReplicationPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "replicate", padding);
  }
}

/** Continues [N, C, D, H, W] with its borders. */
export class ReplicationPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "replicate", padding);
  }
}

/** Continues [N, C, L] from its other end. */
export class CircularPad1d extends Pad {
  constructor(padding: BorderWidths) {
    super(1, "circular", padding);
  }
}

/** Continues [N, C, H, W] from its other side. */
export class CircularPad2d extends Pad {
  constructor(padding: BorderWidths) {
    super(2, "circular", padding);
  }
}

/** Continues [N, C, D, H, W] from its other side. */
export class CircularPad3d extends Pad {
  constructor(padding: BorderWidths) {
    super(3, "circular", padding);
  }
}
