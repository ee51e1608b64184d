/**
 * Activations: layers that change each element by a fixed function. Softmax and its kin are softmax.ts's.
 * Source: torch/nn/modules/activation.py.
 */
import { makeFull } from "../tensor/filled.ts";
import { getDefaultDtype } from "../tensor/promotion.ts";
import { scalar } from "../tensor/scalar.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional/index.ts";
import { Module } from "./module.ts";
import { withFirst } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { pythonFloat } from "./repr.ts";

/** Whether the layer writes its result over its input. */
export interface InplaceOption {
  readonly inplace?: boolean;
}

/** An activation without state that may work in place. */
class Inplace extends Module {
  readonly inplace: boolean;

  constructor(options: InplaceOption | boolean = {}) {
    super();
    this.inplace = typeof options === "boolean" ? options : (options.inplace ?? false);
  }

  override forward(_input: Tensor): Tensor {
    return super.forward() as never;
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }

  protected withInplace(text: string): string {
    return this.inplace ? `${text}, inplace=True` : text;
  }
}

/**
 * `max(x, 0)`; any shape.
 * @example new nn.ReLU().forward(torch.tensor([-1, 2])) // [0, 2]
 */
export class ReLU extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.relu(input, this.inplace);
  }
}

/** `x` clamped to 0 and 6. */
export class ReLU6 extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.hardtanh(input, 0, 6, this.inplace);
  }
}

/** ELU with the settings that keep mean 0 and deviation 1 from layer to layer. */
export class SELU extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.selu(input, this.inplace);
  }
}

/** `x * sigmoid(x)`. */
export class SiLU extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.silu(input, this.inplace);
  }
}

/** `x * tanh(softplus(x))`. */
export class Mish extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.mish(input, this.inplace);
  }
}

/** `relu6(x + 3) / 6`. */
export class Hardsigmoid extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.hardsigmoid(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}

/** `x * relu6(x + 3) / 6`. */
export class Hardswish extends Inplace {
  override forward(input: Tensor): Tensor {
    return F.hardswish(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}

/** Options of LeakyReLU. */
export interface LeakyReLUOptions extends InplaceOption {
  /** The slope below zero; default 0.01. */
  readonly negativeSlope?: number;
}

/**
 * `x` above 0, `negativeSlope * x` below.
 * @example new nn.LeakyReLU(0.5).forward(torch.tensor([-2, 2])) // [-1, 2]
 */
export class LeakyReLU extends Inplace {
  readonly negativeSlope: number;

  constructor(negativeSlope?: number | LeakyReLUOptions, options?: LeakyReLUOptions) {
    const all = withFirst<LeakyReLUOptions>("negativeSlope", negativeSlope, options);
    super(all);
    this.negativeSlope = all.negativeSlope ?? 0.01;
  }

  override forward(input: Tensor): Tensor {
    return F.leakyRelu(input, this.negativeSlope, this.inplace);
  }

  override extraRepr(): string {
    return this.withInplace(`negative_slope=${pythonFloat(this.negativeSlope)}`);
  }
}

/** Options of ELU and CELU. */
export interface ELUOptions extends InplaceOption {
  /** How far below zero it goes; default 1. */
  readonly alpha?: number;
}

/** `x` above 0, `alpha * (exp(x) - 1)` below. */
export class ELU extends Inplace {
  readonly alpha: number;

  constructor(alpha?: number | ELUOptions, options?: ELUOptions) {
    const all = withFirst<ELUOptions>("alpha", alpha, options);
    super(all);
    this.alpha = all.alpha ?? 1;
  }

  override forward(input: Tensor): Tensor {
    return F.elu(input, this.alpha, this.inplace);
  }

  override extraRepr(): string {
    return this.withInplace(`alpha=${pythonFloat(this.alpha)}`);
  }
}

/** `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`. */
export class CELU extends ELU {
  override forward(input: Tensor): Tensor {
    return F.celu(input, this.alpha, this.inplace);
  }
}

/** Options of Hardtanh. */
export interface HardtanhOptions extends InplaceOption {
  readonly minVal?: number;
  readonly maxVal?: number;
}

/** `x` clamped to `minVal` (-1) and `maxVal` (1). */
export class Hardtanh extends Inplace {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(options: HardtanhOptions = {}) {
    super(options);
    this.minVal = options.minVal ?? -1;
    this.maxVal = options.maxVal ?? 1;
  }

  override forward(input: Tensor): Tensor {
    return F.hardtanh(input, this.minVal, this.maxVal, this.inplace);
  }

  override extraRepr(): string {
    return this.withInplace(`min_val=${pythonFloat(this.minVal)}, max_val=${pythonFloat(this.maxVal)}`);
  }
}

/** `input` where it is above `threshold`, else `value`. */
export class Threshold extends Inplace {
  readonly threshold: number;
  readonly value: number;

  constructor(threshold: number, value: number, options: InplaceOption = {}) {
    super(options);
    this.threshold = threshold;
    this.value = value;
  }

  override forward(input: Tensor): Tensor {
    return F.threshold(input, this.threshold, this.value, this.inplace);
  }

  override extraRepr(): string {
    return this.withInplace(`threshold=${this.threshold}, value=${this.value}`);
  }
}

/** Options of RReLU. */
export interface RReLUOptions extends InplaceOption {
  readonly lower?: number;
  readonly upper?: number;
}

/** A leaky ReLU whose slope is drawn for each element while training. */
export class RReLU extends Inplace {
  readonly lower: number;
  readonly upper: number;

  constructor(options: RReLUOptions = {}) {
    super(options);
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
  }

  override forward(input: Tensor): Tensor {
    return F.rrelu(input, this.lower, this.upper, this.training, this.inplace);
  }

  override extraRepr(): string {
    return this.withInplace(`lower=${pythonFloat(this.lower)}, upper=${pythonFloat(this.upper)}`);
  }
}

/** `1 / (1 + exp(-x))`: between 0 and 1. */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return F.sigmoid(input);
  }
}

/** The hyperbolic tangent: between -1 and 1. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return F.tanh(input);
  }
}

/** `x / (1 + abs(x))`. */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return F.softsign(input);
  }
}

/** `x - tanh(x)`. */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return F.tanhshrink(input);
  }
}

/** `log(sigmoid(x))`. */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return F.logsigmoid(input);
  }
}

/**
 * `x` times the probability that a normal number is below it; `approximate: "tanh"` for the quick form.
 * @example new nn.GELU().forward(torch.tensor([0])) // [0]
 */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor(options: { readonly approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }

  override forward(input: Tensor): Tensor {
    return F.gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** Zero between -lambd and lambd. */
export class Hardshrink extends Module {
  readonly lambd: number;

  constructor(lambd = 0.5) {
    super();
    this.lambd = lambd;
  }

  override forward(input: Tensor): Tensor {
    return F.hardshrink(input, this.lambd);
  }

  override extraRepr(): string {
    return pythonFloat(this.lambd);
  }
}

/** Moved toward zero by lambd. */
export class Softshrink extends Hardshrink {
  override forward(input: Tensor): Tensor {
    return F.softshrink(input, this.lambd);
  }
}

/** A smooth ReLU; above `threshold` the input itself. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: { readonly beta?: number; readonly threshold?: number } = {}) {
    super();
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }

  override forward(input: Tensor): Tensor {
    return F.softplus(input, scalar(this.beta, "float"), scalar(this.threshold, "float"));
  }

  override extraRepr(): string {
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
  }
}

/** One half of `dim` gated by the sigmoid of the other. */
export class GLU extends Module {
  readonly dim: number;

  constructor(dim = -1) {
    super();
    this.dim = dim;
  }

  override forward(input: Tensor): Tensor {
    return F.glu(input, this.dim);
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** Options of PReLU. */
export interface PReLUOptions {
  /** 1, or one for each channel. */
  readonly numParameters?: number;
  /** What the slopes start from; default 0.25. */
  readonly init?: number;
}

/** A leaky ReLU that learns its slopes. */
export class PReLU extends Module {
  readonly numParameters: number;
  weight: Parameter;

  constructor(numParameters?: number | PReLUOptions, options?: PReLUOptions) {
    super();
    const all = withFirst<PReLUOptions>("numParameters", numParameters, options);
    this.numParameters = all.numParameters ?? 1;
    this.weight = new Parameter(makeFull([this.numParameters], all.init ?? 0.25, getDefaultDtype()));
  }

  override forward(input: Tensor): Tensor {
    return F.prelu(input, this.weight);
  }

  override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}
