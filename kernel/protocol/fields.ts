/**
 * Fields of a message's content.
 */
import type { Content } from "./wire.ts";

/** A string of a message's content; says what came instead. */
export function text(content: Content, field: string): string {
  const value = content[field];
  if (typeof value !== "string")
    throw new TypeError(`${field}: expected a string, got ${value === null ? "null" : typeof value}`);
  return value;
}
