/**
 * A graph under construction: nodes in order, each value with the place of its definition, so that nodes can also be put
 * right behind a value. `finish` freezes it. What is recorded is the tracer's affair.
 */
import type { Attribute, Graph, Node, SourceLocation, Type, Value } from "./ir.ts";
import { uniqueName } from "./naming.ts";

/** Where a node stands: the module scope and the line of the user's source. */
export interface Place {
  readonly scope: string;
  readonly source: SourceLocation | null;
}

/** A node before it is frozen; passes over a finished graph make new ones. */
interface DraftNode {
  readonly kind: string;
  readonly inputs: readonly Value[];
  outputs: Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly place: Place;
}

export class GraphBuilder {
  readonly #nodes: DraftNode[] = [];
  readonly #inputs: Value[] = [];
  readonly #names = new Set<string>();
  #counter = 0;

  /** A new value; without a hint it gets the next number for a name. */
  value(type: Type, hint: string | null = null): Value {
    this.#counter++;
    const name = uniqueName(hint ?? String(this.#counter), this.#names);
    this.#names.add(name);
    return Object.freeze({ kind: "value", name, type });
  }

  input(type: Type, name: string | null): Value {
    const value = this.value(type, name);
    this.#inputs.push(value);
    return value;
  }

  /** Appends a node with a result for each of `types`. */
  node(
    kind: string,
    inputs: readonly Value[],
    types: readonly Type[],
    place: Place,
    attributes: Readonly<Record<string, Attribute>> = {},
    hints: readonly (string | null)[] = [],
  ): readonly Value[] {
    const outputs = types.map((type, i) => this.value(type, hints[i] ?? null));
    this.#nodes.push({ kind, inputs, outputs, attributes, place });
    return outputs;
  }

  /** Puts a node right behind the one that defines `inputs[0]`. */
  nodeBehind(kind: string, inputs: readonly Value[], type: Type, place: Place): Value {
    const output = this.value(type);
    const at = this.#nodes.findIndex((node) => node.outputs.includes(inputs[0]));
    this.#nodes.splice(at + 1, 0, { kind, inputs, outputs: [output], attributes: {}, place });
    return output;
  }

  constant(attribute: Attribute, type: Type, place: Place): Value {
    const attributes: Record<string, Attribute> = attribute === null ? {} : { value: attribute };
    return this.node("prim::Constant", [], [type], place, attributes)[0];
  }

  finish(outputs: readonly Value[]): Graph {
    const nodes: readonly Node[] = this.#nodes.map(({ kind, inputs, outputs: results, attributes, place }) =>
      Object.freeze({
        kind,
        inputs: Object.freeze([...inputs]),
        outputs: Object.freeze([...results]),
        attributes: Object.freeze(attributes),
        blocks: Object.freeze([]),
        scope: place.scope,
        source: place.source,
      }),
    );
    return Object.freeze({
      kind: "graph",
      inputs: Object.freeze([...this.#inputs]),
      nodes: Object.freeze(nodes),
      outputs: Object.freeze([...outputs]),
    });
  }
}
