/** Values of TorchScript in a pickle, by their types; the memory of tensors goes to entries of its own. */
import { RuntimeError } from "../../errors.ts";
import type { Storage } from "../../tensor/storage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Dict, dictEntries } from "../interpreter/dicts.ts";
import { isOfType } from "../interpreter/is-of-type.ts";
import type { EnumMember, Type } from "../ir.ts";
import { typeOfConstant } from "../script/calls.ts";
import { annotationText } from "../types.ts";
import { PickleWriter } from "./pickle-writer.ts";
import type { SavedModule } from "./saved-module.ts";

/** How lists of these are named in archives; others carry their type as text. */
const namedLists: Readonly<Record<string, string>> = {
  int: "build_intlist",
  float: "build_doublelist",
  bool: "build_boollist",
  Tensor: "build_tensorlist",
};

/** Writes a tensor as a view of a storage, which is noted in `storages` under its number. */
export function writeTensor(
  pickle: PickleWriter,
  storages: Storage[],
  { storage, dtype, offset, sizes, strides, requiresGrad }: Tensor,
): void {
  const ints = (values: readonly number[]): void =>
    pickle.tuple(() => {
      for (const value of values) pickle.int(value);
    });
  pickle.call("torch._utils", "_rebuild_tensor_v2", () => {
    pickle.once(storage, () =>
      pickle.persistent(() => {
        pickle.text("storage");
        pickle.global("torch", dtype.storageName);
        pickle.text(String(storages.push(storage) - 1));
        pickle.text("cpu");
        pickle.int(storage.data.length);
      }),
    );
    pickle.int(offset);
    ints(sizes);
    ints(strides);
    pickle.bool(requiresGrad);
    pickle.call("collections", "OrderedDict", () => {});
  });
}

/** Writes one pickle and collects the storages that its tensors need. */
export class ValueWriter {
  readonly #pickle = new PickleWriter();
  /** In the order of their keys. */
  readonly storages: Storage[] = [];

  finish(): Uint8Array {
    return this.#pickle.finish();
  }

  tuple(tensors: readonly Tensor[]): void {
    this.#pickle.tuple(() => {
      for (const tensor of tensors) this.tensor(tensor);
    });
  }

  module(module: SavedModule): void {
    const dot = module.className.lastIndexOf(".");
    const { className, state } = module;
    this.#pickle.once(module, () =>
      this.#pickle.object(className.slice(0, dot), className.slice(dot + 1), () => {
        if (state === null)
          this.#pickle.dict(() => {
            for (const { name, type, value } of module.attributes) {
              this.#pickle.text(name);
              this.value(value, type, `${className}.${name}`);
            }
          });
        else this.value(state.value, state.type, `the state of ${className}`);
      }),
    );
  }

  tensor(tensor: Tensor): void {
    writeTensor(this.#pickle, this.storages, tensor);
  }

  value(value: unknown, type: Type, where: string): void {
    const pickle = this.#pickle;
    if (value === null || value === undefined) {
      pickle.none();
      return;
    }
    switch (type.kind) {
      case "Optional":
        this.value(value, type.element, where);
        break;
      case "Tensor":
        this.tensor(value as Tensor);
        break;
      case "Class":
        this.module(value as SavedModule);
        break;
      case "Enum": {
        const member = value as EnumMember;
        const dot = type.name.lastIndexOf(".");
        pickle.call(type.name.slice(0, dot), type.name.slice(dot + 1), () => {
          const plain = typeOfConstant(member.value);
          this.value(
            plain.kind === "float" ? (member.value as { float: number }).float : member.value,
            plain,
            where,
          );
        });
        break;
      }
      case "Union": {
        const member = type.members.find((one) => isOfType(value, one));
        if (member === undefined)
          throw new RuntimeError(`cannot save ${where}: it is no ${annotationText(type)}`);
        this.value(value, member, where);
        break;
      }
      case "bool":
        pickle.bool(Boolean(value));
        break;
      case "int":
        pickle.int(value as number);
        break;
      case "float":
        pickle.float(Number(value));
        break;
      case "str":
        pickle.text(String(value));
        break;
      case "Device":
        pickle.call("torch", "device", () => pickle.text(String(value)));
        break;
      case "List": {
        const parts = (): void =>
          pickle.list(() => {
            for (const part of value as readonly unknown[]) this.value(part, type.element, where);
          });
        const name = namedLists[type.element.kind];
        if (name !== undefined) pickle.call("torch.jit._pickle", name, parts);
        else this.#tagged(type, parts);
        break;
      }
      case "Tuple":
        pickle.tuple(() => {
          for (const [i, part] of (value as readonly unknown[]).entries())
            this.value(part, type.elements[i], where);
        });
        break;
      case "Dict":
        this.#tagged(type, () =>
          pickle.dict(() => {
            for (const [key, part] of dictEntries(value as Dict)) {
              this.value(key, type.key, where);
              this.value(part, type.value, where);
            }
          }),
        );
        break;
      default:
        throw new RuntimeError(
          `cannot save ${where}: no archive holds a value of type '${annotationText(type)}'`,
        );
    }
  }

  #tagged(type: Type, write: () => void): void {
    this.#pickle.call("torch.jit._pickle", "restore_type_tag", () => {
      write();
      this.#pickle.text(annotationText(type));
    });
  }
}
