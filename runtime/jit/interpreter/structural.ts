/**
 * Nodes that are no operators: constants, containers, attributes and calls of methods.
 * Source of behaviour: torch/csrc/jit/runtime/interpreter.cpp, vararg_functions.cpp.
 */
import { RuntimeError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Node } from "../ir.ts";
import { makeDict } from "./dicts.ts";
import { hasScriptMethods, scriptMethod } from "./script-methods.ts";

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
    return (inputs) => {
      const [object] = inputs;
      const method = hasScriptMethods(object) ? object[scriptMethod](name) : undefined;
      if (method === undefined)
        throw new RuntimeError(`the graph calls the method ${name}, which the object does not have`);
      return method(inputs);
    };
  },
  "prim::unchecked_cast": same,
  "prim::Uninitialized": () => () => [null],
};

/** A field of a module. Only its own count: what it inherits is no attribute. */
function attributeOf(object: unknown, name: string): unknown {
  if (typeof object === "object" && object !== null && Object.hasOwn(object, name))
    return (object as Record<string, unknown>)[name];
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
