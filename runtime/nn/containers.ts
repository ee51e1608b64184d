/** Modules that hold others in order. Source: torch/nn/modules/container.py. */
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Runs its modules one after the other; they are named by their index. */
export class Sequential extends Module {
  readonly [index: `${number}`]: Module;

  constructor(...modules: readonly Module[]) {
    super();
    modules.forEach((module, i) => {
      (this as unknown as Record<string, Module>)[String(i)] = module;
    });
  }

  override forward(input: Tensor): Tensor {
    let value = input;
    for (const module of this.children()) value = (module.forward as (x: Tensor) => Tensor)(value);
    return value;
  }

  /** How many modules there are. */
  get length(): number {
    return this.children().length;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.children()[Symbol.iterator]();
  }
}

/** A list of modules whose parameters are seen; it has no forward of its own. */
export class ModuleList extends Module {
  readonly [index: `${number}`]: Module;

  constructor(modules: readonly Module[] = []) {
    super();
    for (const module of modules) this.append(module);
  }

  append(module: Module): this {
    (this as unknown as Record<string, Module>)[String(this.length)] = module;
    return this;
  }

  get length(): number {
    return this.children().length;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.children()[Symbol.iterator]();
  }
}
