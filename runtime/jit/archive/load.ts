/** `jitLoad` and `jitUnserialize`: TorchScript archives as modules that can be called, trained and saved again. */
import { readFileSync } from "node:fs";
import { asScriptModule } from "../loaded-module.ts";
import type { ScriptModule } from "../script-function.ts";
import { readArchive } from "./read-archive.ts";

/** What to do with an archive's additional files. */
export interface LoadOptions {
  /** Filled with the files that were saved beside the model, as text. Keys that are given choose which; none: all. */
  readonly extraFiles?: Record<string, string>;
}

/**
 * Reads a model from the bytes of a TorchScript archive, as `jitSerialize` or PyTorch's `torch.jit.save` made them.
 * Throws an ArchiveError that says what is wrong with damaged, foreign or hostile bytes; nothing in them is executed.
 * Source of the format: torch/csrc/jit/serialization/import.cpp.
 * @example const model = jitUnserialize(jitSerialize(jitTrace(fn, x)));
 */
export function jitUnserialize(bytes: Uint8Array, options: LoadOptions = {}): ScriptModule {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError("jitUnserialize() expects the bytes of an archive as a Uint8Array");
  const { root, extraFiles } = readArchive(bytes);
  const wanted = options.extraFiles;
  if (wanted !== undefined) {
    const names = Object.keys(wanted);
    for (const [name, content] of extraFiles)
      if (names.length === 0 || names.includes(name)) wanted[name] = new TextDecoder().decode(content);
  }
  return asScriptModule(root);
}

/**
 * Reads a model from a `.pt` file that `jitSave`, R's `jit_save` or Python's `torch.jit.save` wrote. A function comes
 * back as a module whose forward it is.
 * @example const model = jitLoad("model.pt"); model(x);
 */
export function jitLoad(path: string, options: LoadOptions = {}): ScriptModule {
  if (typeof path !== "string" || path === "") throw new TypeError("jitLoad() expects the path of a file");
  return jitUnserialize(readFileSync(path), options);
}
