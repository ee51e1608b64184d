/**
 * A module being traced: its parameters, buffers and submodules as values of the graph, and a block of its own for the
 * call of each submodule. The passes make attributes and methods of them when the trace has ended.
 * Source: torch/csrc/jit/frontend/tracer.cpp (gatherParametersAndBuffers), torch/jit/_trace.py (register_submods).
 */
import type { Module, ModuleObserver } from "../nn/module.ts";
import { Parameter } from "../nn/parameter.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type DraftValue, nowhere } from "./builder.ts";
import type { Type } from "./ir.ts";
import { isLayer, type ModuleTypes } from "./module-types.ts";
import { moduleForward, tracedAttr } from "./passes/traced-attributes.ts";
import type { Recorder } from "./recorder.ts";
import { userFrame } from "./source.ts";
import { anyTensor, boolType } from "./types.ts";

export class ModuleScopes implements ModuleObserver {
  readonly #recorder: Recorder;
  readonly #types: ModuleTypes;
  /** Where a module lies in the tree; a module that lies at several places has the last one. */
  readonly #paths = new Map<Module, string>();

  /** Declares the graph's first input, the module itself, and all below it. */
  constructor(recorder: Recorder, types: ModuleTypes) {
    this.#recorder = recorder;
    this.#types = types;
    this.#registerChildren(types.root.module, "__module");
    recorder.builder.input(this.#typeAt("__module"), "self");
    this.#gather(types.root.module, "__module");
  }

  #registerChildren(module: Module, path: string): void {
    const seen = new Set<Module>();
    for (const [name, child] of module.namedChildren()) {
      if (seen.has(child)) continue;
      seen.add(child);
      this.#paths.set(child, `${path}.${name}`);
      this.#registerChildren(child, `${path}.${name}`);
    }
  }

  #typeAt(path: string): Type {
    return this.#types.typeAt(path) ?? anyTensor;
  }

  #gather(module: Module, path: string): void {
    for (const [name, tensor] of stateOf(module)) {
      const value = this.#attribute(`${path}.${name}`, anyTensor);
      value.memory = tensor.storage;
      this.#recorder.bindOnce(tensor, value);
    }
    // PyTorch's modules have these two as well; they take numbers but are never used.
    for (const name of ["training", "_is_full_backward_hook"]) this.#attribute(`${path}.${name}`, boolType);
    for (const [name, child] of module.namedChildren()) {
      this.#attribute(`${path}.${name}`, this.#typeAt(`${path}.${name}`));
      this.#gather(child, `${path}.${name}`);
    }
  }

  #attribute(scope: string, type: Type): DraftValue {
    return this.#recorder.builder.node(tracedAttr, [], [type], nowhere, { attributes: { scope } })[0];
  }

  /** Modules outside of the traced one run as if their code stood in the caller. */
  run(module: Module, args: readonly unknown[], forward: () => unknown): unknown {
    const recorder = this.#recorder;
    const frame = userFrame();
    const path = this.#paths.get(module);
    const own = Object.getPrototypeOf(module).forward as (...args: never[]) => unknown;
    const body = (): unknown => recorder.names.within(own, args, !isLayer(module), forward);
    const result = path === undefined ? body() : this.#inBlock(path, body);
    recorder.names.declareAll(result, frame, ["forward"]);
    return result;
  }

  /** Runs the call of a submodule in a block and a scope of its own. */
  #inBlock(path: string, body: () => unknown): unknown {
    const { builder } = this.#recorder;
    const outer = builder.current;
    const outerScope = this.#recorder.scope;
    const call = builder.bare(moduleForward, [], this.#recorder.place(), { attributes: { scope: path } });
    builder.current = builder.addBlock(call);
    this.#recorder.scope = outerScope === "" ? path : `${outerScope}/${path}`;
    try {
      return body();
    } finally {
      builder.current = outer;
      this.#recorder.scope = outerScope;
    }
  }
}

/** A module's own parameters, then its own buffers. */
function stateOf(module: Module): [string, Tensor][] {
  const own = Object.entries(module);
  const buffers = new Set(module.namedBuffers().map(([, buffer]) => buffer));
  return [
    ...own.filter((entry): entry is [string, Tensor] => entry[1] instanceof Parameter),
    ...own.filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor && buffers.has(entry[1])),
  ];
}
