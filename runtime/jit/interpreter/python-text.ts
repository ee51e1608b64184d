/** Values as Python prints them, for `print`, `str` and `format` in scripted code. */
import { Tensor } from "../../tensor/tensor.ts";

/** The text of a value inside of scripted code. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return value;
  if (value instanceof Tensor) return value.toString();
  if (Array.isArray(value)) return `[${value.map(quoted).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value].map(([key, part]) => `${quoted(key)}: ${quoted(part)}`).join(", ")}}`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return `{${Object.entries(value)
      .map(([key, part]) => `'${key}': ${quoted(part)}`)
      .join(", ")}}`;
  return String(value);
}

const quoted = (value: unknown): string => (typeof value === "string" ? `'${value}'` : pythonText(value));
