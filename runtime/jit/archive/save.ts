/** `jitSave` and `jitSerialize`: traces and loaded modules as TorchScript archives, which PyTorch and R read. */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { ConstantTable } from "../code/literals.ts";
import { ScriptFunction } from "../script-function.ts";
import { codeFiles } from "./class-text.ts";
import { savedModuleOf } from "./saved-module.ts";
import { ValueWriter } from "./value-writer.ts";
import { type NewEntry, writeZip } from "./zip-writer.ts";

/** What to write beside the model. */
export interface SaveOptions {
  /** Files to keep in the archive, by name; `jitLoad` gives them back. */
  readonly extraFiles?: Readonly<Record<string, string | Uint8Array>>;
}

/** The version whose operators mean what they mean today; all PyTorch since 1.12 read it. */
const version = "10\n";

/**
 * The bytes of a TorchScript archive of what `jitTrace` or `jitLoad` gave. Weights are copied as they are now.
 * Source of the format: torch/csrc/jit/serialization/export_module.cpp.
 * @example
 * const bytes = jitSerialize(traced);
 * const again = jitUnserialize(bytes);
 */
export function jitSerialize(source: ScriptFunction, options: SaveOptions = {}): Uint8Array {
  return archiveOf(source, options, "archive");
}

/**
 * Writes a TorchScript archive to a `.pt` file, which Python's `torch.jit.load`, R's `jit_load` and `jitLoad` read.
 * @example jitSave(traced, "model.pt", { extraFiles: { "labels.json": JSON.stringify(["cat", "dog"]) } });
 */
export function jitSave(source: ScriptFunction, path: string, options: SaveOptions = {}): void {
  if (typeof path !== "string" || path === "")
    throw new TypeError("jitSave() expects the path of a file as its second argument");
  const stem = basename(path).replace(/\.[^.]*$/, "");
  writeFileSync(path, archiveOf(source, options, stem === "" ? "archive" : stem));
}

// Traces know nothing of files: the method is added here.
Object.defineProperty(ScriptFunction.prototype, "save", {
  configurable: true,
  value(this: ScriptFunction, path: string, options?: SaveOptions) {
    jitSave(this, path, options);
  },
});

function archiveOf(source: unknown, { extraFiles = {} }: SaveOptions, folder: string): Uint8Array {
  const root = savedModuleOf(source);
  const constants = new ConstantTable();
  const code = codeFiles(root, constants);
  const data = new ValueWriter();
  data.module(root);
  const table = new ValueWriter();
  table.tuple(constants.tensors);
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const entries: NewEntry[] = [
    ...pickleEntries("data", data),
    ...pickleEntries("constants", table),
    { name: "version", bytes: text(version), isText: false },
    { name: "byteorder", bytes: text("little"), isText: false },
    ...Object.entries(extraFiles).map(([name, content]) => ({
      name: `extra/${name}`,
      bytes: typeof content === "string" ? text(content) : content,
      isText: false,
    })),
    ...[...code].map(([path, content]) => ({ name: `code/${path}`, bytes: text(content), isText: true })),
  ];
  return writeZip(entries.map((entry) => ({ ...entry, name: `${folder}/${entry.name}` })));
}

/** A pickle and the memory of its tensors; empty storages need no entry. */
function pickleEntries(name: string, writer: ValueWriter): NewEntry[] {
  const memory = writer.storages.flatMap(({ data }, key) =>
    data.length === 0
      ? []
      : [
          {
            name: `${name}/${key}`,
            bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
            isText: false,
          },
        ],
  );
  return [{ name: `${name}.pkl`, bytes: writer.finish(), isText: false }, ...memory];
}
