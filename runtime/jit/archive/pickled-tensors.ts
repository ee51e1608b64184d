/**
 * The closed table of what pickles in an archive may name: tensors over storages, typed lists, devices. Everything else
 * must be a class of the archive's code. Source: torch/csrc/jit/serialization/unpickler.cpp.
 */
import { Parameter } from "../../nn/parameter.ts";
import { type DType, dtypes } from "../../tensor/dtype.ts";
import { Storage, storageArrays } from "../../tensor/storage.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { ScriptUnit } from "../script/unit.ts";
import { ArchiveError } from "./limits.ts";
import { PickledEnum, PickledGlobal, PickledTuple, type PickleNames } from "./pickle-reader.ts";

/** A storage read from the archive, and the dtype its class stands for. */
interface TypedStorage {
  readonly storage: Storage;
  readonly dtype: DType;
}

/** The bytes of one storage's entry. */
export type StorageBytes = (key: string) => Uint8Array;

const dtypeOfStorage = new Map(Object.values(dtypes).map((dtype) => [`torch.${dtype.storageName}`, dtype]));

/** The classes and Enums that an archive's code defines. */
export type OwnNames = Pick<ScriptUnit, "classNamed" | "enumNamed">;

/** The names a pickle may use, with storages from `bytesOf`; `own` are the archive's own, none in a file without code. */
export function tensorNames(bytesOf: StorageBytes, own: OwnNames | null): PickleNames {
  const storages = new Map<string, TypedStorage>();
  return {
    isClass: (name) => own !== null && own.classNamed(name) !== null,
    persistent: (id) => storageOf(id, storages, bytesOf),
    reduce(name, args) {
      const make = constructors.get(name);
      if (make === undefined && own !== null && own.enumNamed(name) !== null)
        return new PickledEnum(name, args[0]);
      if (make === undefined)
        throw new ArchiveError(
          `the archive asks to call "${name.slice(0, 100)}", which is not in the table of what archives may name; nothing was run`,
        );
      return make(args);
    },
  };
}

function storageOf(id: unknown, storages: Map<string, TypedStorage>, bytesOf: StorageBytes): TypedStorage {
  const parts = id instanceof PickledTuple ? id.elements : [];
  const [kind, type, key, device] = parts;
  if (kind !== "storage" || !(type instanceof PickledGlobal) || typeof key !== "string")
    throw new ArchiveError(
      'the archive is damaged: a storage is not described as ("storage", type, key, device, size)',
    );
  if (typeof device === "string" && device === "meta")
    throw new ArchiveError(`storage ${key} lies on the device "meta", so it has no data`);
  const dtype = dtypeOfStorage.get(type.name);
  if (dtype === undefined) throw new ArchiveError(unsupported(type.name.slice(0, 100)));
  const known = storages.get(key);
  if (known !== undefined) {
    if (known.dtype !== dtype)
      throw new ArchiveError(`storage ${key} is used as ${known.dtype} and as ${dtype}`);
    return known;
  }
  const made = {
    storage: new Storage(arrayOf(parts[4] === 0 ? new Uint8Array() : bytesOf(key), dtype, key)),
    dtype,
  };
  storages.set(key, made);
  return made;
}

/** Why storages of a type cannot be read. */
function unsupported(type: string): string {
  const kind = /Complex/.test(type) ? "complex numbers" : /\.Q/.test(type) ? "quantized numbers" : null;
  return `storages of type "${type}" are not supported${kind === null ? "" : `: Tracebook has no ${kind}`}`;
}

/** The elements of a storage in memory of their own, since the file's bytes may lie anywhere and be shared. */
function arrayOf(bytes: Uint8Array, dtype: DType, key: string) {
  if (bytes.length % dtype.itemSize !== 0)
    throw new ArchiveError(
      `the archive is damaged: storage ${key} has ${bytes.length} bytes, no multiple of ${dtype.itemSize}`,
    );
  const own = new ArrayBuffer(bytes.length);
  new Uint8Array(own).set(bytes);
  return new storageArrays[dtype.name](own, 0, bytes.length / dtype.itemSize);
}

type Constructor = (args: readonly unknown[]) => unknown;

const first: Constructor = (args) => args[0];

const constructors: ReadonlyMap<string, Constructor> = new Map<string, Constructor>([
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  [
    "torch._utils._rebuild_parameter",
    ([tensor, requiresGrad]) => new Parameter(asTensor(tensor), requiresGrad === true),
  ],
  ["collections.OrderedDict", () => new Map()],
  ["torch.jit._pickle.build_intlist", first],
  ["torch.jit._pickle.build_doublelist", first],
  ["torch.jit._pickle.build_boollist", first],
  ["torch.jit._pickle.build_tensorlist", first],
  ["torch.jit._pickle.restore_type_tag", first],
  ["torch.device", ([type, index]) => (typeof index === "number" ? `${type}:${index}` : String(type))],
]);

function asTensor(value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new ArchiveError("the archive is damaged: something else stands where a tensor should");
}

function rebuildTensor([source, offset, sizes, strides, requiresGrad]: readonly unknown[]): Tensor {
  const { storage, dtype } = (source ?? {}) as TypedStorage;
  const shape = numbersOf(sizes);
  const steps = numbersOf(strides);
  if (
    !(storage instanceof Storage) ||
    shape === null ||
    steps === null ||
    shape.length !== steps.length ||
    !isCount(offset)
  )
    throw new ArchiveError(
      "the archive is damaged: a tensor is not described as (storage, offset, sizes, strides, ...)",
    );
  const empty = shape.includes(0);
  const last = shape.reduce((sum, size, i) => sum + (size - 1) * steps[i], offset);
  if (!empty && last >= storage.data.length)
    throw new ArchiveError(
      `the archive is damaged: a tensor of sizes [${shape.join(", ")}] reaches beyond its storage of ${storage.data.length} elements`,
    );
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements > Math.max(storage.data.length, mostRepeated))
    throw new ArchiveError(
      `the archive declares a tensor of ${elements} elements over a storage of ${storage.data.length}`,
    );
  const tensor = new Tensor(storage, dtype, Object.freeze(shape), Object.freeze(steps), offset);
  return requiresGrad === true ? tensor.requiresGrad_() : tensor;
}

/** A tensor that repeats its memory (stride 0) may have this many elements. */
const mostRepeated = 2 ** 26;

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

function numbersOf(value: unknown): number[] | null {
  if (!(value instanceof PickledTuple) || value.elements.length > 64) return null;
  return value.elements.every(isCount) ? ([...value.elements] as number[]) : null;
}
