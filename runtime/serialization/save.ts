/**
 * `torch.save`: tensors, state dicts and what they are kept in, as the zip files of pickles that PyTorch's own
 * `torch.load` reads. Traces and their code are jit/archive's.
 * Source of the format: torch/serialization.py, caffe2/serialize/inline_container.cc.
 */
import { writeFileSync } from "node:fs";
import { PickleWriter } from "../jit/archive/pickle-writer.ts";
import { writeTensor } from "../jit/archive/value-writer.ts";
import { type NewEntry, writeZip } from "../jit/archive/zip-writer.ts";
import { Parameter } from "../nn/parameter.ts";
import type { DType } from "../tensor/dtype.ts";
import type { TypedScalar } from "../tensor/scalar.ts";
import type { Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";

/** What `torch.save` takes: tensors, numbers, text, and lists, records and maps of them. */
export type Saveable =
  | Tensor
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | DType
  | readonly Saveable[]
  | ReadonlyMap<unknown, Saveable>
  | { readonly [name: string]: unknown };

/**
 * Writes a value to a file that `torch.load` reads here and in Python. Tensors that share memory still do afterwards.
 * Throws a TypeError that names the place of anything that cannot be saved.
 * @example torch.save(model.stateDict(), "weights.pt");
 */
export function save(value: Saveable, path: string): void {
  if (typeof path !== "string" || path === "")
    throw new TypeError("torch.save() expects the path of a file as its second argument");
  writeFileSync(path, serialize(value));
}

/** The bytes `save` would write. */
export function serialize(value: Saveable): Uint8Array {
  const pickle = new PickleWriter();
  const storages: Storage[] = [];
  writeValue(pickle, storages, value, "the value");
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const entries: NewEntry[] = [
    { name: "archive/data.pkl", bytes: pickle.finish(), isText: false },
    { name: "archive/byteorder", bytes: text("little"), isText: false },
    ...storages.map(({ data }, key) => ({
      name: `archive/data/${key}`,
      bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      isText: false,
    })),
    { name: "archive/version", bytes: text("3\n"), isText: false },
  ];
  return writeZip(entries);
}

function writeValue(pickle: PickleWriter, storages: Storage[], value: unknown, where: string): void {
  const write = (part: unknown, place: string): void => writeValue(pickle, storages, part, place);
  if (value === null || value === undefined) pickle.none();
  else if (value instanceof Parameter) writeParameter(pickle, storages, value);
  else if (value instanceof Tensor) writeTensor(pickle, storages, value);
  else if (typeof value === "boolean") pickle.bool(value);
  else if (typeof value === "bigint") pickle.int(value);
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) pickle.int(value);
    else pickle.float(value);
  } else if (typeof value === "string") pickle.text(value);
  else if (Array.isArray(value)) {
    pickle.list(() => {
      for (const [i, part] of value.entries()) write(part, `${where}[${i}]`);
    });
  } else if (value instanceof Map) {
    pickle.dict(() => {
      for (const [key, part] of value) {
        write(key, `a key of ${where}`);
        write(part, `${where}.get(${String(key)})`);
      }
    });
  } else if (isKind(value, "dtype")) pickle.global("torch", (value as DType).name);
  else if (isKind(value, "scalar")) {
    const { type, value: number } = value as TypedScalar;
    if (type === "float") pickle.float(number);
    else pickle.int(number);
  } else if (isRecord(value)) {
    const wholeKeys = hasNumberKeys(value);
    pickle.dict(() => {
      for (const [key, part] of Object.entries(value)) {
        if (wholeKeys) pickle.int(Number(key));
        else pickle.text(key);
        write(part, `${where}.${key}`);
      }
    });
  } else {
    const type = typeof value === "object" ? value.constructor.name : typeof value;
    throw new TypeError(
      `torch.save() cannot save ${where}: expected tensors, numbers, text, lists or records, but got ${type}. ` +
        "Of a module save its stateDict()",
    );
  }
}

function writeParameter(pickle: PickleWriter, storages: Storage[], parameter: Parameter): void {
  pickle.call("torch._utils", "_rebuild_parameter", () => {
    writeTensor(pickle, storages, parameter.detach());
    pickle.bool(parameter.requiresGrad);
    pickle.call("collections", "OrderedDict", () => {});
  });
}

const isKind = (value: unknown, kind: string): boolean =>
  typeof value === "object" && (value as { kind?: unknown }).kind === kind;

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** JavaScript writes `{ 0: state }` with text keys; Python's optimizers number their parameters with ints. */
function hasNumberKeys(record: Readonly<Record<string, unknown>>): boolean {
  const entries = Object.entries(record);
  return (
    entries.length > 0 &&
    entries.every(([key, part]) => /^(0|[1-9]\d*)$/.test(key) && !(part instanceof Tensor))
  );
}
