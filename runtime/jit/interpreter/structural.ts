/**
 * Nodes that are no operators: constants, containers, attributes and calls of methods.
 * Source of behaviour: torch/csrc/jit/runtime/interpreter.cpp, vararg_functions.cpp.
 */
import { RuntimeError } from "../../errors.ts";
import { moduleField } from "../../nn/module.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, EnumMember, Node, Type } from "../ir.ts";
import { makeDict } from "./dicts.ts";
import { isOfType } from "./is-of-type.ts";
import { hasScriptClass, scriptClass } from "./script-objects.ts";

/** What a node does: from input values to output values. */
type Structural = (node: Node) => (inputs: readonly unknown[]) => readonly unknown[];

const list: Structural = () => (inputs) => [[...inputs]];
const same: Structural = () => (inputs) => inputs;

const unpack: Structural =
  (node) =>
  ([container]) => {
    const values = container as readonly unknown[];
    if (values.length !== node.outputs.length)
      throw new RuntimeError(`Expected ${node.outputs.length} elements in a list but found ${values.length}`);
    return values;
  };

export const structural: Readonly<Record<string, Structural>> = {
  "prim::Constant": (node) => {
    const value = constantValue(node.attributes.value ?? null);
    return () => [value];
  },
  "prim::ListConstruct": list,
  "prim::TupleConstruct": list,
  "prim::DictConstruct": (node) => {
    const { type } = node.outputs[0];
    const textKeys = type.kind !== "Dict" || type.key.kind === "str";
    return (inputs) => {
      const entries: [unknown, unknown][] = [];
      for (let i = 0; i < inputs.length; i += 2) entries.push([inputs[i], inputs[i + 1]]);
      return [makeDict(entries, textKeys)];
    };
  },
  "prim::ListUnpack": unpack,
  "prim::TupleUnpack": unpack,
  "prim::TupleIndex":
    () =>
    ([tuple, index]) => {
      const elements = tuple as readonly unknown[];
      const at = Number(index);
      return [elements[at < 0 ? at + elements.length : at]];
    },
  "prim::TupleSlice": (node) => {
    const { beg, end } = node.attributes;
    return ([tuple]) => [(tuple as readonly unknown[]).slice(Number(beg), Number(end))];
  },
  "prim::GetAttr": (node) => {
    const name = String(node.attributes.name);
    return ([object]) => [attributeOf(object, name)];
  },
  "prim::SetAttr": (node) => {
    const name = String(node.attributes.name);
    return ([object, value]) => {
      (object as Record<string, unknown>)[name] = value;
      return [];
    };
  },
  "prim::CallMethod": (node) => {
    const name = String(node.attributes.name);
    return (inputs) => callMethod(name, inputs);
  },
  "prim::Enter":
    () =>
    ([object]) =>
      callMethod("__enter__", [object]),
  "prim::Exit":
    () =>
    ([object]) =>
      callMethod("__exit__", [object, null, null, null]),
  "prim::isinstance": (node) => {
    const { types } = node.attributes.types as { readonly types: readonly Type[] };
    return ([value]) => [types.some((type) => isOfType(value, type))];
  },
  "prim::EnumName":
    () =>
    ([member]) => [(member as EnumMember).name],
  "prim::EnumValue":
    () =>
    ([member]) => [constantValue((member as EnumMember).value)],
  "prim::unchecked_cast": same,
  "prim::Uninitialized": () => () => [null],
};

/** The first input is the object. */
function callMethod(name: string, inputs: readonly unknown[]): readonly unknown[] {
  const [object] = inputs;
  const method = hasScriptClass(object) ? object[scriptClass].methods.get(name) : undefined;
  if (method === undefined)
    throw new RuntimeError(`the graph calls the method ${name}, which the object does not have`);
  return method.run(inputs);
}

/** A field of a module. Only its own count: what it inherits is no attribute. */
function attributeOf(object: unknown, name: string): unknown {
  if (typeof object === "object" && object !== null && Object.hasOwn(object, name))
    return moduleField(object, name);
  throw new RuntimeError(`the module has no attribute '${name}'`);
}

/** A constant as operators take it; whole floats keep their kind. */
function constantValue(attribute: Attribute): unknown {
  if (typeof attribute === "bigint") return Number(attribute);
  // A tensor has a method of that name.
  if (typeof attribute !== "object" || attribute === null || attribute instanceof Tensor) return attribute;
  if (Array.isArray(attribute)) return attribute.map(constantValue);
  return "float" in attribute ? attribute.float : attribute;
}
