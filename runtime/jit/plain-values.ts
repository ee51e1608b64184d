/** Plain values: attributes of constants that hold no other value, and are in graphs what they are in JavaScript. */

export type Plain = number | boolean | string | null;

export const isPlain = (value: unknown): value is Plain =>
  value === null || typeof value === "number" || typeof value === "boolean" || typeof value === "string";
