/** The Transformer: layers of attention, stacked. Source: torch/nn/modules/transformer.py. */
import { called } from "../dispatch/value-name.ts";
import { RuntimeError } from "../errors.ts";
import * as ops from "../ops/functions.ts";
import { valuesOf } from "../tensor/access.ts";
import { bool, type DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { ModuleList } from "./containers.ts";
import { Dropout } from "./dropout.ts";
import { canonicalMask } from "./functional/attention.ts";
import * as F from "./functional/index.ts";
import { xavierUniform_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./normalization.ts";

/** Options of Transformer layers. */
export interface TransformerLayerOptions {
  /** Default 2048. */
  readonly dimFeedforward?: number;
  /** Default 0.1. */
  readonly dropout?: number;
  readonly activation?: "relu" | "gelu" | ((input: Tensor) => Tensor);
  readonly layerNormEps?: number;
  readonly batchFirst?: boolean;
  /** Normalise before each part, not after. */
  readonly normFirst?: boolean;
  readonly bias?: boolean;
}

/** Masks of a sequence: of pairs of places, and of places that are padding. */
export interface SequenceMasks {
  readonly mask?: Tensor | null;
  readonly keyPaddingMask?: Tensor | null;
  /** Whether `mask` lets each place see those up to itself; an encoder looks if it is not told, a layer takes it that it does not. */
  readonly isCausal?: boolean;
}

/** Boolean masks as what is added to scores. */
function canonicalMasks({ mask, keyPaddingMask, isCausal }: SequenceMasks, dtype: DType): SequenceMasks {
  const padding = canonicalMask(keyPaddingMask ?? null, dtype);
  return { mask: canonicalMask(mask ?? null, dtype), keyPaddingMask: padding, isCausal };
}

/** Whether a mask lets each place of a sequence see those up to itself, and no other. Source: _detect_is_causal_mask. */
function isCausalMask(mask: Tensor | null | undefined, sequence: Tensor, batchFirst: boolean): boolean {
  // Asked for as torch does: a traced call passes on what it reads, in this order, also a mask that nothing else reads.
  sequence.size();
  if (mask === null || mask === undefined) return false;
  mask.size();
  const length = sequence.sizes[sequence.ndim === 3 && batchFirst ? 1 : 0];
  if (called("mask", mask).sizes.join() !== `${length},${length}`) return false;
  const forbidden = mask.dtype === bool ? 1 : Number.NEGATIVE_INFINITY;
  return valuesOf(mask).every((value, i) => value === (i % length > Math.floor(i / length) ? forbidden : 0));
}

function activationOf(activation: TransformerLayerOptions["activation"]): (input: Tensor) => Tensor {
  if (typeof activation === "function") return activation;
  if (activation === undefined || activation === "relu") return (x) => F.relu(x);
  if (activation === "gelu") return (x) => F.gelu(x);
  throw new RuntimeError(`activation should be relu/gelu, not ${activation}`);
}

/**
 * Attention of a sequence to itself, then a feed-forward network, each added to what comes in.
 * @example new nn.TransformerEncoderLayer(8, 2).forward(torch.ones([5, 1, 8])).shape // [5, 1, 8]
 */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  readonly normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly activation: (input: Tensor) => Tensor;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps = 1e-5, batchFirst, bias = true } = options;
    const norm = { eps: layerNormEps, bias };
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.normFirst = options.normFirst ?? false;
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activationOf(options.activation);
  }

  /** [L, N, E] to [L, N, E]. */
  override forward(src: Tensor, given: SequenceMasks = {}): Tensor {
    const masks = canonicalMasks(given, src.dtype);
    if (this.normFirst) {
      const x = src.add(this.attend(this.norm1.forward(src), masks));
      return x.add(this.feed(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(src.add(this.attend(src, masks)));
    return this.norm2.forward(x.add(this.feed(x)));
  }

  private attend(x: Tensor, { mask, keyPaddingMask, isCausal }: SequenceMasks): Tensor {
    const options = { attnMask: mask, keyPaddingMask, isCausal, needWeights: false };
    return this.dropout1.forward(this.self_attn.forward(x, x, x, options)[0]);
  }

  private feed(x: Tensor): Tensor {
    const inner = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(inner));
  }
}

/** The same with attention to a memory between the two. */
export class TransformerDecoderLayer extends Module {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  readonly normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  readonly activation: (input: Tensor) => Tensor;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps = 1e-5, batchFirst, bias = true } = options;
    const norm = { eps: layerNormEps, bias };
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.normFirst = options.normFirst ?? false;
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.norm3 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
    this.activation = activationOf(options.activation);
  }

  /** `tgt` [T, N, E] and `memory` [S, N, E] give [T, N, E]. */
  override forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    let x = tgt;
    if (this.normFirst) {
      x = x.add(this.attend(this.norm1.forward(x), masks));
      x = x.add(this.remember(this.norm2.forward(x), memory, masks));
      return x.add(this.feed(this.norm3.forward(x)));
    }
    x = this.norm1.forward(x.add(this.attend(x, masks)));
    x = this.norm2.forward(x.add(this.remember(x, memory, masks)));
    return this.norm3.forward(x.add(this.feed(x)));
  }

  private attend(x: Tensor, { tgtMask, tgtKeyPaddingMask, tgtIsCausal }: DecoderMasks): Tensor {
    const masks = { attnMask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal };
    return this.dropout1.forward(this.self_attn.forward(x, x, x, { ...masks, needWeights: false })[0]);
  }

  private remember(x: Tensor, memory: Tensor, masks: DecoderMasks): Tensor {
    const options = {
      attnMask: masks.memoryMask,
      keyPaddingMask: masks.memoryKeyPaddingMask,
      isCausal: masks.memoryIsCausal,
      needWeights: false,
    };
    return this.dropout2.forward(this.multihead_attn.forward(x, memory, memory, options)[0]);
  }

  private feed(x: Tensor): Tensor {
    const inner = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout3.forward(this.linear2.forward(inner));
  }
}

/** Masks of a decoder's target and memory. */
export interface DecoderMasks {
  readonly tgtMask?: Tensor | null;
  readonly memoryMask?: Tensor | null;
  readonly tgtKeyPaddingMask?: Tensor | null;
  readonly memoryKeyPaddingMask?: Tensor | null;
  /** Whether `tgtMask` lets each place see those up to itself; a decoder looks if it is not told. */
  readonly tgtIsCausal?: boolean;
  /** The same of `memoryMask`; default false. */
  readonly memoryIsCausal?: boolean;
}

const copiesOf = (layer: Module, count: number): ModuleList =>
  new ModuleList(Array.from({ length: count }, () => layer.clone()));

/** Copies of an encoder layer, one after the other. */
export class TransformerEncoder extends Module {
  layers: ModuleList;
  norm: Module | null;

  constructor(encoderLayer: TransformerEncoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copiesOf(encoderLayer, numLayers);
    this.norm = norm;
  }

  override forward(src: Tensor, given: SequenceMasks = {}): Tensor {
    const masks = canonicalMasks(given, src.dtype);
    const layers = [...this.layers] as TransformerEncoderLayer[];
    const isCausal = given.isCausal ?? isCausalMask(masks.mask, src, layers[0].self_attn.batchFirst);
    let x = src;
    for (const layer of layers) x = layer.forward(x, { ...masks, isCausal });
    return this.norm === null ? x : (this.norm as LayerNorm).forward(x);
  }
}

/** Copies of a decoder layer, one after the other. */
export class TransformerDecoder extends Module {
  layers: ModuleList;
  norm: Module | null;

  constructor(decoderLayer: TransformerDecoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copiesOf(decoderLayer, numLayers);
    this.norm = norm;
  }

  override forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const layers = [...this.layers] as TransformerDecoderLayer[];
    const { batchFirst } = layers[0].self_attn;
    const tgtIsCausal = masks.tgtIsCausal ?? isCausalMask(masks.tgtMask, tgt, batchFirst);
    let x = tgt;
    for (const layer of layers) x = layer.forward(x, memory, { ...masks, tgtIsCausal });
    return this.norm === null ? x : (this.norm as LayerNorm).forward(x);
  }
}

/** Options of Transformer. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 512. */
  readonly dModel?: number;
  /** Default 8. */
  readonly nhead?: number;
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
}

/** An encoder and a decoder. */
export class Transformer extends Module {
  encoder: TransformerEncoder;
  decoder: TransformerDecoder;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor(options: TransformerOptions = {}) {
    super();
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...layer } = options;
    const norm = { eps: layer.layerNormEps, bias: layer.bias };
    const encoderLayer = new TransformerEncoderLayer(dModel, nhead, layer);
    this.encoder = new TransformerEncoder(encoderLayer, numEncoderLayers, new LayerNorm(dModel, norm));
    const decoderLayer = new TransformerDecoderLayer(dModel, nhead, layer);
    this.decoder = new TransformerDecoder(decoderLayer, numDecoderLayers, new LayerNorm(dModel, norm));
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = layer.batchFirst ?? false;
  }

  /** `src` [S, N, E] and `tgt` [T, N, E] give [T, N, E]. */
  override forward(
    src: Tensor,
    tgt: Tensor,
    masks: DecoderMasks & {
      readonly srcMask?: Tensor | null;
      readonly srcKeyPaddingMask?: Tensor | null;
      readonly srcIsCausal?: boolean;
    } = {},
  ): Tensor {
    const batchDim = this.batchFirst ? 0 : 1;
    if (src.ndim === 3 && src.sizes[batchDim] !== tgt.sizes[batchDim])
      throw new RuntimeError("the batch number of src and tgt must be equal");
    if (src.sizes.at(-1) !== this.dModel || tgt.sizes.at(-1) !== this.dModel)
      throw new RuntimeError("the feature number of src and tgt must be equal to d_model");
    const memory = this.encoder.forward(src, {
      mask: masks.srcMask,
      keyPaddingMask: masks.srcKeyPaddingMask,
      isCausal: masks.srcIsCausal,
    });
    return this.decoder.forward(tgt, memory, masks);
  }

  /** A mask that lets each place see those up to itself: -inf above the diagonal. */
  static generateSquareSubsequentMask(size: number): Tensor {
    return ops.triu(ops.full([size, size], Number.NEGATIVE_INFINITY), 1);
  }
}
