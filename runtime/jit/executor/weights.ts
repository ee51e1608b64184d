/** The tensors a module's graph reads from the module: looked up once by owner and name, read anew at each call. */
import { NotImplementedError } from "../../errors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Value } from "../ir.ts";
import { constantNode, withInputs } from "../optimization/rewriting.ts";
import { typeOfTensor } from "../types.ts";

interface Field {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly name: string;
}

/** The weights of a graph. */
export interface Weights {
  /** The weights as they are now, in the order in which the graph first reads them. */
  readonly read: () => readonly Tensor[];
  /** The place of each value that is a weight. */
  readonly places: ReadonlyMap<Value, number>;
  /** Attributes that are no tensors. */
  readonly constants: ReadonlyMap<Value, Attribute>;
}

const none: readonly Tensor[] = Object.freeze([]);

/** The weights that a graph reads from `source`. */
export function weightsOf(graph: Graph, source: object | null): Weights {
  const places = new Map<Value, number>();
  const constants = new Map<Value, Attribute>();
  if (source === null) return { read: () => none, places, constants };
  const objects = new Map<Value, object>([[graph.inputs[0], source]]);
  const fields: Field[] = [];
  for (const node of graph.nodes) {
    if (node.kind !== "prim::GetAttr") continue;
    const owner = objects.get(node.inputs[0]) as Field["owner"] | undefined;
    if (owner === undefined) continue;
    const name = String(node.attributes.name);
    const value = owner[name];
    if (value instanceof Tensor) {
      const known = fields.findIndex((field) => field.owner === owner && field.name === name);
      places.set(node.outputs[0], known < 0 ? fields.length : known);
      if (known < 0) fields.push({ owner, name });
    } else if (typeof value === "object" && value !== null) objects.set(node.outputs[0], value);
    else constants.set(node.outputs[0], value as Attribute);
  }
  if (fields.length === 0) return { read: () => none, places, constants };
  return { read: () => fields.map(({ owner, name }) => owner[name] as Tensor), places, constants };
}

/**
 * The graph without its module: each weight is an input behind the others, other attributes are constants.
 * @throws NotImplementedError for graphs with branches or loops.
 */
export function withWeightInputs(graph: Graph, weights: Weights): Graph {
  const inputs: Value[] = [];
  const replaced = new Map<Value, Value>();
  for (const [value, place] of weights.places) {
    inputs[place] ??= Object.freeze({ ...value, type: typeOfTensor(weights.read()[place]) });
    replaced.set(value, inputs[place]);
  }
  const current = (value: Value): Value => replaced.get(value) ?? value;
  const nodes = graph.nodes.flatMap((node) => {
    if (node.blocks.length > 0)
      throw new NotImplementedError(`${node.kind} decides while it runs what is computed`);
    if (node.kind !== "prim::GetAttr") return [withInputs(node, node.inputs.map(current))];
    const [output] = node.outputs;
    if (replaced.has(output) || output.type.kind === "Class") return [];
    return [constantNode(output, weights.constants.get(output) as Attribute, node)];
  });
  return Object.freeze({
    kind: "graph",
    inputs: Object.freeze([...graph.inputs.filter(({ type }) => type.kind !== "Class"), ...inputs]),
    nodes: Object.freeze(nodes),
    outputs: Object.freeze(graph.outputs.map(current)),
  });
}
