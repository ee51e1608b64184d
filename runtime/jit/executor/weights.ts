/** The tensors a module's graph reads from the module: looked up once by owner and name, read anew at each call. */
import { Tensor } from "../../tensor/tensor.ts";
import type { Graph, Value } from "../ir.ts";

interface Field {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly name: string;
}

/** A function that gives the weights as they are now, in the order in which the graph first reads them. */
export function weightsOf(graph: Graph, source: object | null): () => readonly Tensor[] {
  if (source === null) return () => [];
  const objects = new Map<Value, object>([[graph.inputs[0], source]]);
  const fields: Field[] = [];
  for (const node of graph.nodes) {
    if (node.kind !== "prim::GetAttr") continue;
    const owner = objects.get(node.inputs[0]) as Field["owner"] | undefined;
    if (owner === undefined) continue;
    const name = String(node.attributes.name);
    const value = owner[name];
    if (value instanceof Tensor) fields.push({ owner, name });
    else if (typeof value === "object" && value !== null) objects.set(node.outputs[0], value);
  }
  return () => fields.map(({ owner, name }) => owner[name] as Tensor);
}
