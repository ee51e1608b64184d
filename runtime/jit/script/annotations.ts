/** Type annotations: `List[Tensor]`, `Optional[int]`, `__torch__.Net`. Source: torch/csrc/jit/frontend/script_type_parser.cpp. */
import type { EnumMember, TupleType, Type } from "../ir.ts";
import {
  anyTensor,
  boolType,
  classOf,
  deviceType,
  dictOf,
  enumOf,
  floatType,
  futureOf,
  intType,
  listOf,
  noneType,
  optionalOf,
  strType,
  tupleOf,
  unionOf,
} from "../types.ts";
import { dottedName } from "./parse.ts";
import { errorAt, type SourceText } from "./source-text.ts";
import type { Expression } from "./syntax.ts";

const plain: Readonly<Record<string, Type>> = {
  Tensor: anyTensor,
  "torch.Tensor": anyTensor,
  int: intType,
  float: floatType,
  bool: boolType,
  str: strType,
  Device: deviceType,
  "torch.device": deviceType,
  NoneType: noneType,
  None: noneType,
  number: Object.freeze({ kind: "Scalar" }),
  Scalar: Object.freeze({ kind: "Scalar" }),
  complex: Object.freeze({ kind: "complex" }),
  Any: Object.freeze({ kind: "Any" }),
  Generator: Object.freeze({ kind: "Generator" }),
  Layout: intType,
};

/** Knows the classes of an archive that are NamedTuples and Enums. */
export interface NamedTypes {
  namedTuple(name: string): TupleType | null;
  /** The members of an Enum by their names; null if no Enum has this name. */
  enumNamed(name: string): EnumMembers | null;
}

/** The members of an Enum by their names. */
export type EnumMembers = ReadonlyMap<string, EnumMember>;

/** The type an annotation names. Throws a RuntimeError that shows an unknown one. */
export function typeOfAnnotation(expression: Expression, source: SourceText, names: NamedTypes): Type {
  const inner = (part: Expression): Type => typeOfAnnotation(part, source, names);
  if (expression.kind === "constant" && expression.value === null) return noneType;
  if (expression.kind === "string") {
    const type = plain[expression.value];
    if (type !== undefined) return type;
  }
  if (expression.kind === "binary" && expression.operator === "|")
    return unionOf([inner(expression.left), inner(expression.right)]);
  if (expression.kind === "subscript") {
    const { indices } = expression;
    switch (dottedName(expression.object).replace(/^typing\./, "")) {
      case "List":
      case "list":
        return listOf(inner(indices[0]));
      case "Optional":
        return optionalOf(inner(indices[0]));
      case "Dict":
      case "dict":
        if (indices.length === 2) return dictOf(inner(indices[0]), inner(indices[1]));
        break;
      case "Tuple":
      case "tuple": {
        const [only] = indices;
        const isEmpty = indices.length === 1 && only.kind === "tuple" && only.elements.length === 0;
        return tupleOf(isEmpty ? [] : indices.map(inner));
      }
      case "Union":
        return unionOf(indices.map(inner));
      case "Future":
        return futureOf(inner(indices[0]));
      case "Final":
        return inner(indices[0]);
      default:
    }
  }
  const name = dottedName(expression);
  if (Object.hasOwn(plain, name)) return plain[name];
  if (name.startsWith("__torch__."))
    return names.namedTuple(name) ?? (names.enumNamed(name) === null ? classOf(name) : enumOf(name));
  throw errorAt(source, expression, `Unknown type name '${name === "" ? expression.kind : name}'`);
}
