/**
 * The TorchScript classes of a traced module tree: one for each place of a module, named as PyTorch names them, with
 * the methods that were traced. Source: torch/jit/_trace.py (TracedModule), torch/csrc/jit/api/compilation_unit.h (mangle).
 */
import { NonDynamicallyQuantizableLinear } from "../nn/attention.ts";
import * as nn from "../nn/index.ts";
import type { Module } from "../nn/module.ts";
import { CalledFunctions } from "./called-functions.ts";
import { hasScriptClass, scriptClass } from "./interpreter/script-objects.ts";
import type { Type } from "./ir.ts";
import type { Methods } from "./passes/methods.ts";
import { classOf } from "./types.ts";

/** The class of one module of the tree. */
export interface ModuleClass {
  readonly kind: "module-class";
  /** Such as `__torch__.torch.nn.modules.linear.___torch_mangle_0.Linear`. */
  readonly name: string;
  readonly module: Module;
  readonly children: ReadonlyMap<string, ModuleClass>;
  readonly methods: Methods;
}

/** Which file of torch.nn.modules a layer comes from; user's modules have none. */
const homes: readonly (readonly [RegExp, string])[] = [
  [/^(Linear|Identity|Bilinear|NonDynamicallyQuantizableLinear)$/, "linear"],
  [/^(Sequential|ModuleList|ModuleDict|ParameterList|ParameterDict)$/, "container"],
  [/^(Lazy)?Conv/, "conv"],
  [/BatchNorm/, "batchnorm"],
  [/InstanceNorm/, "instancenorm"],
  [/^(LayerNorm|GroupNorm|RMSNorm|LocalResponseNorm|CrossMapLRN2d)$/, "normalization"],
  [/Dropout/, "dropout"],
  [/^Embedding/, "sparse"],
  [/Pool\dd$/, "pooling"],
  [/Pad\dd$/, "padding"],
  [/(Un)?[Ff]latten$/, "flatten"],
  [/^(Fold|Unfold)$/, "fold"],
  [/^(RNN|LSTM|GRU)/, "rnn"],
  [/^Transformer/, "transformer"],
  [/Loss/, "loss"],
  [/^Upsampl/, "upsampling"],
  [/^Pixel/, "pixelshuffle"],
  [/^ChannelShuffle$/, "channelshuffle"],
  [/^(CosineSimilarity|PairwiseDistance)$/, "distance"],
];

const layers = new Set<unknown>([...Object.values(nn), NonDynamicallyQuantizableLinear]);

/** Whether a module is one of nn's own, not a class of the user's. */
export const isLayer = (module: Module): boolean => layers.has(module.constructor);

function qualifiedName(module: Module): string {
  if (hasScriptClass(module)) return module[scriptClass].name.replaceAll(/___(torch|save)_mangle_\d+\./g, "");
  const { name } = module.constructor;
  const plain = name === "" ? "Module" : name;
  if (!isLayer(module)) return `__torch__.${plain}`;
  const home = homes.find(([pattern]) => pattern.test(name))?.[1] ?? "activation";
  return `__torch__.torch.nn.modules.${name === "Module" ? "module" : home}.${name}`;
}

export class ModuleTypes {
  readonly root: ModuleClass;
  /** The functions that the methods call. */
  readonly functions = new CalledFunctions((name) => this.#classes.has(name));
  readonly #classes = new Map<string, ModuleClass>();
  readonly #paths = new Map<string, ModuleClass>();
  #mangled = 0;

  constructor(root: Module) {
    this.root = this.#classOf(root, "__module");
  }

  /** Modules below get their names first, each place its own, also of a shared module. */
  #classOf(module: Module, path: string): ModuleClass {
    const children = new Map(
      module.namedChildren().map(([name, child]) => [name, this.#classOf(child, `${path}.${name}`)]),
    );
    const made: ModuleClass = {
      kind: "module-class",
      name: this.#freeName(module),
      module,
      children,
      methods: new Map(),
    };
    this.#classes.set(made.name, made);
    this.#paths.set(path, made);
    return made;
  }

  #freeName(module: Module): string {
    const name = qualifiedName(module);
    if (!this.#classes.has(name)) return name;
    const dot = name.lastIndexOf(".");
    return `${name.slice(0, dot)}.___torch_mangle_${this.#mangled++}${name.slice(dot)}`;
  }

  /** The type of the module at a path such as `__module.layers.0`; null if no module is there. */
  typeAt(path: string): Type | null {
    const found = this.#paths.get(path);
    return found === undefined ? null : classOf(found.name);
  }

  readonly methodsOf = (className: string): Methods => this.#classes.get(className)?.methods ?? new Map();
}
