/**
 * Graph values in the short words a diagram has room for: `2×3×8 f32`, `int[]`, `0.5`, `[1, 2]`.
 * The full TorchScript form of a type is the runtime's printer's.
 */
import type { Attribute, Type } from "../../runtime/index.ts";

const shortNames: Readonly<Record<string, string>> = {
  float32: "f32",
  float64: "f64",
  float16: "f16",
  bfloat16: "bf16",
  int64: "i64",
  int32: "i32",
  int16: "i16",
  int8: "i8",
  uint8: "u8",
  bool: "bool",
};

/** Sizes as `2×3×8`; a tensor without dimensions is a `scalar`. */
export function sizesText(sizes: readonly number[]): string {
  return sizes.length === 0 ? "scalar" : sizes.join("×");
}

/**
 * A TorchScript type in short.
 * @example typeText({ kind: "Tensor", dtype: torch.float32, sizes: [2, 3] }) // "2×3 f32"
 */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "Tensor": {
      const sizes = type.sizes === undefined ? "Tensor" : sizesText(type.sizes);
      return type.dtype === undefined ? sizes : `${sizes} ${shortNames[type.dtype.name]}`;
    }
    case "List":
      return `${typeText(type.element)}[]`;
    case "Optional":
      return `${typeText(type.element)}?`;
    case "Tuple":
      return `(${type.elements.map(typeText).join(", ")})`;
    case "Dict":
      return `Dict(${typeText(type.key)}, ${typeText(type.value)})`;
    case "Class":
      return type.name.split(".").at(-1)!;
    default:
      return type.kind;
  }
}

/** A constant as its op's tooltip shows it. Tensors without dimensions show their value, others their type. */
export function constantText(value: Attribute | undefined, type: Type): string {
  if (value === null || value === undefined || type.kind === "None") return "None";
  if (type.kind === "bool") return value === true || value === 1 || value === 1n ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value >= END ? "end" : String(value);
  if (typeof value === "number") return numberText(value, type.kind === "float");
  if (Array.isArray(value)) {
    const element: Type = type.kind === "List" ? type.element : { kind: "Any" };
    return `[${value.map((item: Attribute) => constantText(item, element)).join(", ")}]`;
  }
  if (typeof value === "object" && "float" in value && typeof value.float === "number")
    return numberText(value.float, true);
  if (type.kind === "Tensor" && type.sizes?.length === 0 && "item" in value) {
    return String((value as { item(): unknown }).item());
  }
  return typeText(type);
}

/** TorchScript's "to the end" of a slice: the greatest int64. */
const END = 2n ** 63n - 1n;

function numberText(value: number, isFloat: boolean): string {
  if (!isFloat && value >= Number(END)) return "end";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return isFloat && Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}
