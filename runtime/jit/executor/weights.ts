/**
 * A graph freed from its module. The tensors it reads become inputs, looked up once by owner and name and read anew at each
 * call; what else it reads, such as `training`, becomes a constant, which is only true as long as the module keeps it.
 */
import { NotImplementedError } from "../../errors.ts";
import { moduleField } from "../../nn/module.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, Value } from "../ir.ts";
import { withKnownBranches } from "../optimization/known-branches.ts";
import { constantNode, withInputs } from "../optimization/rewriting.ts";
import { isPlain } from "../plain-values.ts";
import { typeOfTensor } from "../types.ts";

interface Field {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly name: string;
}

/** A graph that needs no module. */
export interface FreeGraph {
  /** Its inputs are those it had without the module, then the weights. */
  readonly graph: Graph;
  /** The weights as they are now. */
  readonly weights: () => readonly Tensor[];
  /** True while the module has what became constants. */
  readonly holds: () => boolean;
}

/**
 * Frees a graph, whose first input is the module `source`, if there is one.
 * @throws NotImplementedError where branches or loops are left, or the module is used otherwise.
 */
export function withoutModule(graph: Graph, source: object | null): FreeGraph {
  const constants: (Field & { readonly value: unknown })[] = [];
  const settled = withKnownBranches(withPlainAttributes(graph, source, constants));
  const { graph: free, fields } = withWeightInputs(settled, source);
  return {
    graph: free,
    weights: () => fields.map(({ owner, name }) => owner[name] as Tensor),
    holds: () => constants.every(({ owner, name, value }) => owner[name] === value),
  };
}

/** The objects that a graph reaches from its module, filled as its nodes are walked. */
type Objects = Map<Value, Field["owner"]>;

const objectsOf = (graph: Graph, source: object | null): Objects =>
  new Map(source === null ? [] : [[graph.inputs[0], source as Field["owner"]]]);

/** What a node reads from the module; undefined for other nodes. */
function fieldOf(node: Node, objects: Objects): Field | undefined {
  const owner = node.kind === "prim::GetAttr" ? objects.get(node.inputs[0]) : undefined;
  return owner === undefined ? undefined : { owner, name: String(node.attributes.name) };
}

/** The graph with numbers, texts and lists of such that it reads from the module as constants; `read` is told which. */
export function withPlainAttributes(
  graph: Graph,
  source: object | null,
  read: (Field & { readonly value: unknown })[] = [],
): Graph {
  const objects = objectsOf(graph, source);
  const walk = (node: Node): Node => {
    const field = fieldOf(node, objects);
    if (field === undefined)
      return node.blocks.length === 0
        ? node
        : Object.freeze({
            ...node,
            blocks: node.blocks.map((block) => Object.freeze({ ...block, nodes: block.nodes.map(walk) })),
          });
    const [output] = node.outputs;
    const value = moduleField(field.owner, field.name);
    if (output.type.kind === "Class") objects.set(output, value as Field["owner"]);
    else if (isAttribute(value)) {
      read.push({ ...field, value });
      return constantNode(output, value, node);
    }
    return node;
  };
  return objects.size === 0
    ? graph
    : Object.freeze({ ...graph, nodes: Object.freeze(graph.nodes.map(walk)) });
}

const isAttribute = (value: unknown): value is Attribute =>
  isPlain(value) || (Array.isArray(value) && value.every(isAttribute));

function withWeightInputs(graph: Graph, source: object | null): { graph: Graph; fields: readonly Field[] } {
  const objects = objectsOf(graph, source);
  const fields: Field[] = [];
  const inputs: Value[] = [];
  const replaced = new Map<Value, Value>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    refuseUnlessPlain(node);
    const field = fieldOf(node, objects);
    if (field === undefined) {
      nodes.push(
        withInputs(
          node,
          node.inputs.map((input) => replaced.get(input) ?? input),
        ),
      );
      continue;
    }
    const [output] = node.outputs;
    const value = moduleField(field.owner, field.name);
    if (output.type.kind === "Class") objects.set(output, value as Field["owner"]);
    else if (value instanceof Tensor) {
      let place = fields.findIndex(({ owner, name }) => owner === field.owner && name === field.name);
      if (place < 0) {
        place = fields.push(field) - 1;
        inputs.push(Object.freeze({ ...output, type: typeOfTensor(value) }));
      }
      replaced.set(output, inputs[place]);
    } else throw new NotImplementedError(`the attribute ${field.name} is neither tensor nor number`);
  }
  return {
    graph: Object.freeze({
      kind: "graph",
      inputs: Object.freeze([...graph.inputs.filter(({ type }) => type.kind !== "Class"), ...inputs]),
      nodes: Object.freeze(nodes),
      outputs: Object.freeze(graph.outputs.map((output) => replaced.get(output) ?? output)),
    }),
    fields,
  };
}

/** Operators that change a list or dict they are given. */
const containerWrites =
  /^aten::(append|extend|insert|pop|popitem|clear|reverse|remove|update|setdefault|_set_item|Delete)$/;

/** Throws for nodes that do more than to give values. */
function refuseUnlessPlain({ kind, inputs, outputs, blocks }: Node): void {
  if (blocks.length > 0) throw new NotImplementedError(`${kind} decides while it runs what is computed`);
  if (containerWrites.test(kind) || (kind === "aten::sort" && inputs[0].type.kind === "List"))
    throw new NotImplementedError(`${kind} changes a list or dict`);
  if (outputs.length === 0) throw new NotImplementedError(`${kind} does something besides computing`);
  if (kind !== "prim::GetAttr" && [...inputs, ...outputs].some(({ type }) => type.kind === "Class"))
    throw new NotImplementedError(`${kind} uses an object as a whole`);
}
