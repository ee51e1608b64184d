/** What the arguments of a graph's operators are called, for those who show graphs. */
import { findOverloads } from "../dispatch/op.ts";
import { findPrimitives } from "./interpreter/primitives/row.ts";

/**
 * The names of an operator's arguments by its schema; undefined for a node that is no operator with so many.
 * @example argumentNames("aten::softmax", 3) // ["self", "dim", "dtype"]
 */
export function argumentNames(operator: string, count: number): readonly string[] | undefined {
  const schemas = [
    ...(findOverloads(operator) ?? []).map(({ schema }) => schema.arguments),
    ...findPrimitives(operator).map((primitive) => primitive.arguments),
  ];
  return schemas.find(({ length }) => length === count)?.map(({ name }) => name);
}
