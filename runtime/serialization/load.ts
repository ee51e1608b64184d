/**
 * `torch.load`: what `torch.save` wrote, here or in Python. Nothing a file names is looked up or run: only tensors,
 * numbers, text, lists and dicts come out.
 * Source of the format: torch/serialization.py, torch/_weights_only_unpickler.py.
 */
import { readFileSync } from "node:fs";
import { ArchiveError, defaultLimits } from "../jit/archive/limits.ts";
import {
  PickledFloat,
  PickledGlobal,
  PickledTuple,
  type PickleNames,
  readPickle,
} from "../jit/archive/pickle-reader.ts";
import { tensorNames } from "../jit/archive/pickled-tensors.ts";
import { openZip, type ZipFile } from "../jit/archive/zip-reader.ts";
import { dtypes } from "../tensor/dtype.ts";

/**
 * Reads a value from a file (or its bytes). Dicts become records (Maps where keys are neither text nor whole numbers),
 * tuples become lists. Throws an ArchiveError that says what is wrong with damaged, foreign or hostile files.
 * @example
 * torch.save(model.stateDict(), "weights.pt");
 * model.loadStateDict(torch.load("weights.pt"));
 */
// biome-ignore lint/suspicious/noExplicitAny: only the reader knows what was saved
export function load(source: string | Uint8Array): any {
  const bytes = typeof source === "string" ? readFileSync(source) : source;
  if (!(bytes instanceof Uint8Array))
    throw new TypeError("torch.load() expects the path of a file, or its bytes as a Uint8Array");
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    throw new ArchiveError(
      "this is no zip file of torch.save: files of PyTorch before 1.6 have to be saved again by a newer one",
    );
  }
  const zip = openZip(bytes, defaultLimits);
  const folder = folderOf(zip);
  checkByteOrder(zip, folder);
  const pickle = zip.bytes(`${folder}data.pkl`);
  const names = namesWith(tensorNames((key) => zip.bytes(`${folder}data/${key}`), null));
  return plain(readPickle(pickle, "data.pkl", names, defaultLimits));
}

function folderOf(zip: ZipFile): string {
  const name = zip.names.find((entry) => /^[^/]+\/data\.pkl$/.test(entry));
  if (name === undefined) throw new ArchiveError("this is no file of torch.save: it has no data.pkl");
  const folder = name.slice(0, -"data.pkl".length);
  if (zip.has(`${folder}constants.pkl`)) {
    throw new ArchiveError("this file holds a model with its code: read it with jitLoad()");
  }
  return folder;
}

function checkByteOrder(zip: ZipFile, folder: string): void {
  const name = `${folder}byteorder`;
  if (!zip.has(name)) return;
  const order = new TextDecoder().decode(zip.bytes(name));
  if (order !== "little")
    throw new ArchiveError(`the file's byte order is "${order.slice(0, 20)}", not "little"`);
}

/** Besides tensors, files of torch.save may name sizes. */
const namesWith = (tensors: PickleNames): PickleNames => ({
  ...tensors,
  reduce: (name, args) => (name === "torch.Size" ? args[0] : tensors.reduce(name, args)),
});

const dtypeOfName = new Map(Object.values(dtypes).map((dtype) => [`torch.${dtype.name}`, dtype]));

function plain(value: unknown): unknown {
  if (value instanceof PickledFloat) return value.value;
  if (value instanceof PickledTuple) return value.elements.map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof PickledGlobal) {
    const dtype = dtypeOfName.get(value.name);
    if (dtype === undefined)
      throw new ArchiveError(`the file names "${value.name}", which is no dtype known here`);
    return dtype;
  }
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, part]) => [plain(key), plain(part)] as const);
  const asRecord = entries.every(([key]) => typeof key === "string" || Number.isInteger(key));
  return asRecord ? Object.fromEntries(entries) : new Map(entries);
}
