/** The types of traced values, and how TorchScript writes types in graphs and in code. */
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorType, Type } from "./ir.ts";

export const intType: Type = Object.freeze({ kind: "int" });
export const floatType: Type = Object.freeze({ kind: "float" });
export const boolType: Type = Object.freeze({ kind: "bool" });
export const strType: Type = Object.freeze({ kind: "str" });
export const scalarType: Type = Object.freeze({ kind: "Scalar" });
export const noneType: Type = Object.freeze({ kind: "None" });
export const deviceType: Type = Object.freeze({ kind: "Device" });
export const anyTensor: TensorType = Object.freeze({ kind: "Tensor" });

export const listOf = (element: Type): Type => Object.freeze({ kind: "List", element });
export const optionalOf = (element: Type): Type =>
  element.kind === "Optional" || element.kind === "None"
    ? element
    : Object.freeze({ kind: "Optional", element });
export const tupleOf = (elements: readonly Type[]): Type =>
  Object.freeze({ kind: "Tuple", elements: Object.freeze([...elements]) });
export const dictOf = (key: Type, value: Type): Type => Object.freeze({ kind: "Dict", key, value });
export const futureOf = (element: Type): Type => Object.freeze({ kind: "Future", element });
/** One of several types; members that stand twice are one, and one member beside None is an Optional. */
export function unionOf(types: readonly Type[]): Type {
  const members = new Map<string, Type>();
  for (const type of types.flatMap(membersOf)) members.set(annotationText(type), type);
  const [...all] = members.values();
  if (all.length === 1) return all[0];
  const others = all.filter((type) => type.kind !== "None");
  if (others.length === 1) return optionalOf(others[0]);
  return Object.freeze({ kind: "Union", members: Object.freeze(all) });
}
/** The types a value of a type may be of: several for a union, and None beside what is optional. */
export function membersOf(type: Type): readonly Type[] {
  if (type.kind === "Union") return type.members;
  return type.kind === "Optional" ? [...membersOf(type.element), noneType] : [type];
}
export const enumOf = (name: string): Type => Object.freeze({ kind: "Enum", name });
export const classOf = (name: string): Type => Object.freeze({ kind: "Class", name });

/** What a trace knows of a tensor. */
export function typeOfTensor(tensor: Tensor): TensorType {
  return Object.freeze({
    kind: "Tensor",
    dtype: tensor.dtype,
    sizes: Object.freeze([...tensor.sizes]),
    strides: Object.freeze([...tensor.strides]),
    requiresGrad: tensor.requiresGrad,
  });
}

/** A type as graphs print it: `Float(3, strides=[1], requires_grad=0, device=cpu)`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "Tensor":
      return tensorTypeText(type);
    case "List":
      return `${typeText(type.element)}[]`;
    case "Optional":
      return `${typeText(type.element)}?`;
    case "Tuple":
      return `(${type.elements.map(typeText).join(", ")})`;
    case "Dict":
      return `Dict(${typeText(type.key)}, ${typeText(type.value)})`;
    case "Future":
      return `Future(${typeText(type.element)})`;
    case "Union":
      return `Union(${type.members.map(typeText).join(", ")})`;
    case "Class":
      return type.name;
    case "Enum":
      return `Enum<${type.name}>`;
    case "None":
      return "NoneType";
    default:
      return type.kind;
  }
}

function tensorTypeText({ dtype, sizes, strides, requiresGrad }: TensorType): string {
  if (dtype === undefined) return "Tensor";
  const facts = [...(sizes ?? []).map(String)];
  if (strides !== undefined && strides.length > 0) facts.push(`strides=[${strides.join(", ")}]`);
  if (requiresGrad !== undefined) facts.push(`requires_grad=${requiresGrad ? 1 : 0}`);
  facts.push("device=cpu");
  return `${dtype.scalarName}(${facts.join(", ")})`;
}

/** A type as code writes it: `List[Tensor]`, `Optional[int]`, `Tuple[Tensor, float]`. */
export function annotationText(type: Type): string {
  switch (type.kind) {
    case "List":
      return `List[${annotationText(type.element)}]`;
    case "Optional":
      return `Optional[${annotationText(type.element)}]`;
    case "Tuple":
      if (type.name !== undefined) return type.name;
      return `Tuple[${type.elements.length === 0 ? "()" : type.elements.map(annotationText).join(", ")}]`;
    case "Dict":
      return `Dict[${annotationText(type.key)}, ${annotationText(type.value)}]`;
    case "Future":
      return `Future[${annotationText(type.element)}]`;
    case "Union":
      return `Union[${type.members.map(annotationText).join(", ")}]`;
    case "Class":
    case "Enum":
      return type.name;
    case "None":
      return "NoneType";
    case "Scalar":
      return "number";
    default:
      return type.kind;
  }
}

/** What a schema says of a type: sizes and dtypes are no part of it. */
export function withoutShapes(type: Type): Type {
  switch (type.kind) {
    case "Tensor":
      return anyTensor;
    case "List":
      return listOf(withoutShapes(type.element));
    case "Tuple":
      return tupleOf(type.elements.map(withoutShapes));
    case "Dict":
      return dictOf(type.key, withoutShapes(type.value));
    default:
      return type;
  }
}
