/** `jitLoad` and `jitUnserialize`: TorchScript archives as modules that can be called, trained and saved again. */
import { readFileSync } from "node:fs";
import type { Tensor } from "../../tensor/tensor.ts";
import { asScriptModule } from "../loaded-module.ts";
import type { ScriptModule } from "../script-function.ts";
import { readArchive } from "./read-archive.ts";

/** What to do with an archive's additional files. */
export interface LoadOptions {
  /** Filled with the files that were saved beside the model, as text. Keys that are given choose which; none: all. */
  readonly extraFiles?: Record<string, string>;
}

/**
 * A module read from an archive, called like any other trace. What it gives is known only when it runs: a tensor, unless
 * the call says otherwise.
 * @example const [output, hidden] = loaded<[Tensor, Tensor]>(x);
 */
export interface LoadedModule extends ScriptModule {
  <Output = Tensor>(...inputs: readonly unknown[]): Output;
  readonly forward: <Output = Tensor>(...inputs: readonly unknown[]) => Output;
}

/**
 * Reads a model from the bytes of a TorchScript archive, as `jitSerialize` or PyTorch's `torch.jit.save` made them.
 * Throws an ArchiveError that says what is wrong with damaged, foreign or hostile bytes; nothing in them is executed.
 * Source of the format: torch/csrc/jit/serialization/import.cpp.
 * @example const loaded = jitUnserialize(jitSerialize(traced));
 */
export function jitUnserialize(bytes: Uint8Array, options: LoadOptions = {}): LoadedModule {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError("jitUnserialize() expects the bytes of an archive as a Uint8Array");
  const { root, extraFiles } = readArchive(bytes);
  const wanted = options.extraFiles;
  if (wanted !== undefined) {
    const names = Object.keys(wanted);
    for (const [name, content] of extraFiles)
      if (names.length === 0 || names.includes(name)) wanted[name] = new TextDecoder().decode(content);
  }
  return asScriptModule(root) as LoadedModule;
}

/**
 * Reads a model from a `.pt` file that `jitSave`, R's `jit_save` or Python's `torch.jit.save` wrote. A function comes
 * back as a module whose forward it is.
 * @example
 * jitSave(traced, "model.pt");
 * jitLoad("model.pt")(x)
 */
export function jitLoad(path: string, options: LoadOptions = {}): LoadedModule {
  if (typeof path !== "string" || path === "") throw new TypeError("jitLoad() expects the path of a file");
  return jitUnserialize(readFileSync(path), options);
}
