/** A model as text: one line an op, saying what the picture says, for readers and places without pictures. */
import type { GraphModel, Op } from "./model.ts";

/**
 * The listing of a model.
 * @example listingOf(model) // "relu: 3 ops\n  x : 3 f32\n  %1 : 3 f32 = relu(%x)  # cell 3, line 1\n  return %1"
 */
export function listingOf({ title, ops }: GraphModel): string {
  return [`${title}: ${ops.length} ops`, ...ops.map((op) => `  ${line(op)}`)].join("\n");
}

function line(op: Op): string {
  const args = op.arguments.map(({ name, text }) => (name === "" ? text : `${name}=${text}`)).join(", ");
  if (op.kind === "input") return `${op.label} : ${op.outputs[0]!.type}`;
  if (op.kind === "return") return `return ${args}`;
  const outputs = op.outputs.map(({ name, type }) => `%${name} : ${type}`).join(", ");
  const where = [op.module === "" ? "" : `module ${op.module}`, op.source].filter(Boolean).join(", ");
  return `${outputs === "" ? "" : `${outputs} = `}${op.label}(${args})${where === "" ? "" : `  # ${where}`}`;
}
