/**
 * Reads the bytes of a TorchScript archive: the container, its version, code, constants and the root module.
 * Source of behaviour: torch/csrc/jit/serialization/import.cpp.
 */
import type { Budget } from "../../budget.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { LoadedModule } from "../loaded-module.ts";
import { ArchiveUnit } from "./archive-unit.ts";
import { Instantiator } from "./instantiate.ts";
import { ArchiveError, type ArchiveLimits, defaultLimits } from "./limits.ts";
import { PickledTuple, type PickleNames, readPickle } from "./pickle-reader.ts";
import { tensorNames } from "./pickled-tensors.ts";
import { openZip, type ZipFile } from "./zip-reader.ts";

/** What an archive holds. */
export interface ReadArchive {
  readonly root: LoadedModule;
  readonly unit: ArchiveUnit;
  /** The format version, which decides what old operators meant. */
  readonly version: number;
  /** Files below `extra/`, by name. */
  readonly extraFiles: ReadonlyMap<string, Uint8Array>;
}

const oldestVersion = 1;
const newestVersion = 10;

/** Reads an archive. Throws an ArchiveError that says what is wrong with it. Nothing in it is executed. */
export function readArchive(file: Uint8Array, limits: ArchiveLimits = defaultLimits): ReadArchive {
  const zip = openZip(file, limits);
  const folder = topFolder(zip);
  const version = versionOf(zip, folder, limits);
  checkByteOrder(zip, folder, limits);
  const text = (path: string): string | null => {
    const name = `${folder}code/${path}`;
    return zip.has(name) ? new TextDecoder().decode(limited(zip, name, limits.codeBytes)) : null;
  };
  const unit = new ArchiveUnit(version, text, () => constants);
  const constants = constantsOf(zip, folder, unit, limits);
  const data = pickleOf(zip, folder, "data", unit, limits);
  const { steps, bytes, seconds } = limits.restoring;
  const budget: Budget = {
    steps,
    bytes: bytes + limits.growth * file.byteLength,
    deadline: performance.now() + seconds * 1000,
  };
  const root = new Instantiator(unit, budget).module(data);
  const extraFiles = new Map(
    zip.names
      .filter((name) => name.startsWith(`${folder}extra/`))
      .map((name) => [name.slice(folder.length + "extra/".length), zip.bytes(name)]),
  );
  return { root, unit, version, extraFiles };
}

/** Every entry lies below one folder; its name is free. */
function topFolder(zip: ZipFile): string {
  const [first] = zip.names;
  if (first === undefined) throw new ArchiveError("the archive is empty: it has no entries");
  const slash = first.indexOf("/");
  if (slash <= 0)
    throw new ArchiveError(
      `this is no TorchScript archive: its first entry "${first.slice(0, 100)}" lies in no folder`,
    );
  const folder = first.slice(0, slash + 1);
  if (!zip.has(`${folder}data.pkl`))
    throw new ArchiveError(`this is no TorchScript archive: it has no "${folder.slice(0, 100)}data.pkl"`);
  if (!zip.has(`${folder}constants.pkl`))
    throw new ArchiveError(
      "this is no TorchScript archive: it has no constants.pkl. A file of torch.save (weights without code) cannot be loaded as a model",
    );
  return folder;
}

function limited(zip: ZipFile, name: string, limit: number): Uint8Array {
  if (zip.size(name) > limit)
    throw new ArchiveError(
      `"${name.slice(0, 100)}" has ${zip.size(name)} bytes, more than the limit of ${limit}`,
    );
  return zip.bytes(name);
}

function versionOf(zip: ZipFile, folder: string, limits: ArchiveLimits): number {
  const name = [`${folder}version`, `${folder}.data/version`].find((candidate) => zip.has(candidate));
  if (name === undefined) throw new ArchiveError("the archive does not tell its format version");
  const text = new TextDecoder().decode(limited(zip, name, limits.textBytes)).trim();
  const version = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(version >= oldestVersion && version <= newestVersion))
    throw new ArchiveError(
      `the archive has format version "${text.slice(0, 20)}"; versions ${oldestVersion} to ${newestVersion} can be read`,
    );
  return version;
}

function checkByteOrder(zip: ZipFile, folder: string, limits: ArchiveLimits): void {
  const name = `${folder}byteorder`;
  if (!zip.has(name)) return;
  const order = new TextDecoder().decode(limited(zip, name, limits.textBytes)).trim();
  if (order !== "little")
    throw new ArchiveError(`the archive's byte order is "${order.slice(0, 20)}"; only little can be read`);
}

function pickleOf(
  zip: ZipFile,
  folder: string,
  part: string,
  unit: ArchiveUnit,
  limits: ArchiveLimits,
): unknown {
  const names: PickleNames = tensorNames((key) => zip.bytes(`${folder}${part}/${key}`), unit);
  return readPickle(limited(zip, `${folder}${part}.pkl`, limits.textBytes), `${part}.pkl`, names, limits);
}

function constantsOf(
  zip: ZipFile,
  folder: string,
  unit: ArchiveUnit,
  limits: ArchiveLimits,
): readonly Tensor[] {
  const value = pickleOf(zip, folder, "constants", unit, limits);
  if (!(value instanceof PickledTuple))
    throw new ArchiveError("the archive is damaged: its constants are no tuple");
  return value.elements.map((constant) => {
    if (!(constant instanceof Tensor))
      throw new ArchiveError("the archive is damaged: one of its constants is no tensor");
    return constant;
  });
}
