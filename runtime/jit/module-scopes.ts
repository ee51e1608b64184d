/**
 * A module being traced: the names of its parameters, buffers and submodules in the graph, and which submodule is
 * running. Parameters become `prim::GetAttr` nodes when they are first used.
 * Source: torch/csrc/jit/frontend/tracer.cpp (gatherParametersAndBuffers), torch/jit/_trace.py.
 */
import { RuntimeError } from "../errors.ts";
import type { Module, ModuleObserver } from "../nn/module.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { GraphBuilder, Place } from "./builder.ts";
import type { Value } from "./ir.ts";
import { anyTensor, classOf } from "./types.ts";

export class ModuleScopes implements ModuleObserver {
  /** The path of the submodule that runs, such as `__module.features.0`; empty in the root itself. */
  current = "";
  readonly #root: Module;
  readonly #paths = new Map<Module, string>();
  readonly #tensors = new Map<Tensor, string>();
  readonly #values = new Map<string, Value>();

  constructor(root: Module) {
    this.#root = root;
    for (const [path, module] of root.namedModules()) {
      this.#paths.set(module, path);
      for (const [name, value] of Object.entries(module)) {
        if (value instanceof Tensor && !this.#tensors.has(value))
          this.#tensors.set(value, path === "" ? name : `${path}.${name}`);
      }
    }
  }

  /** Declares the graph's first input, the module itself. */
  bindSelf(builder: GraphBuilder): void {
    this.#values.set("", builder.input(classOf(className(this.#root)), "self"));
  }

  run(module: Module, _args: readonly unknown[], forward: () => unknown): unknown {
    const path = this.#paths.get(module);
    if (path === undefined) {
      throw new RuntimeError(
        `Modules that are called during a trace must be registered as submodules of the thing being traced: ${module.constructor.name} is not`,
      );
    }
    const saved = this.current;
    this.current = path === "" ? "" : `__module.${path}`;
    try {
      return forward();
    } finally {
      this.current = saved;
    }
  }

  /** The value of a parameter, buffer or tensor field of the module; null for other tensors. */
  valueOf(tensor: Tensor, builder: GraphBuilder, place: Place): Value | null {
    const path = this.#tensors.get(tensor);
    return path === undefined ? null : this.#attribute(path, builder, place);
  }

  #attribute(path: string, builder: GraphBuilder, place: Place): Value {
    const known = this.#values.get(path);
    if (known !== undefined) return known;
    const dot = path.lastIndexOf(".");
    const owner = this.#attribute(dot < 0 ? "" : path.slice(0, dot), builder, place);
    const name = path.slice(dot + 1);
    const module = this.#root.namedModules().find(([candidate]) => candidate === path)?.[1];
    const type = module === undefined ? anyTensor : classOf(className(module));
    const hint = /^\d/.test(name) ? `_${name}` : name;
    const [value] = builder.node("prim::GetAttr", [owner], [type], { scope: "", source: null }, { name }, [
      hint,
    ]);
    this.#values.set(path, value);
    return value;
  }
}

/** The TorchScript class name of a module. */
export const className = (module: Module): string => `__torch__.${module.constructor.name}`;
