/**
 * A graph under construction: nodes that can still move, be replaced and lie in nested blocks, with names given as
 * TorchScript gives them. `freeze` makes the plain data of ir.ts. What is recorded is the tracer's affair, what becomes
 * of it the passes'. Source of behaviour: torch/csrc/jit/ir/ir.cpp.
 */
import type { Attribute, Block, Graph, InlinedCall, Node, SourceLocation, Type, Value } from "./ir.ts";
import { NameTable } from "./naming.ts";

/** Where a node stands: the module scope, the line of the user's source, and the functions that it was inlined from. */
export interface Place {
  readonly scope: string;
  readonly source: SourceLocation | null;
  readonly callStack?: readonly InlinedCall[];
}

/** The place of nodes that no line of the user's stands for. */
export const nowhere: Place = Object.freeze({ scope: "", source: null });

/** A value of a draft. `memory` is the storage behind a tensor, where it is known. */
export class DraftValue {
  readonly id: number;
  type: Type;
  /** The given name, unique in its graph; empty for a value that is only numbered. */
  name = "";
  memory: object | null = null;
  /** The node that makes it; null for an input of `block`. */
  readonly node: DraftNode | null;
  readonly #block: DraftBlock;

  constructor(id: number, type: Type, node: DraftNode | null, block: DraftBlock) {
    this.id = id;
    this.type = type;
    this.node = node;
    this.#block = block;
  }

  /** The block it is defined in. */
  get block(): DraftBlock {
    return this.node?.block ?? this.#block;
  }
}

export interface DraftNode {
  readonly kind: string;
  inputs: DraftValue[];
  outputs: DraftValue[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  blocks: DraftBlock[];
  readonly place: Place;
  block: DraftBlock;
}

export class DraftBlock {
  inputs: DraftValue[] = [];
  nodes: DraftNode[] = [];
  outputs: DraftValue[] = [];
  /** The node it belongs to; null for a graph's own block. */
  readonly owner: DraftNode | null;

  constructor(owner: DraftNode | null) {
    this.owner = owner;
  }
}

/** What `node` makes beside kind, inputs and place. */
interface NodeDetails {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block?: DraftBlock;
  /** Index in the block; the end if left out. */
  readonly at?: number;
}

export class GraphBuilder {
  readonly block = new DraftBlock(null);
  /** Where new nodes are appended. */
  current: DraftBlock = this.block;
  readonly #names = new NameTable();
  #counter = 0;

  /** A new value made by `node`, or an input of `block`. */
  #value(type: Type, node: DraftNode | null, block: DraftBlock): DraftValue {
    return new DraftValue(this.#counter++, type, node, block);
  }

  /** Names a value; another of the same name gets a number behind a dot, as in TorchScript. */
  rename(value: DraftValue, name: string): void {
    this.#names.give(value, name);
  }

  /** An input of the graph, or of one of its blocks. */
  input(type: Type, name: string | null, block: DraftBlock = this.block): DraftValue {
    const value = this.#value(type, null, block);
    if (name !== null) this.rename(value, name);
    block.inputs.push(value);
    return value;
  }

  /** Adds a node without results: `output` gives it some. */
  bare(kind: string, inputs: readonly DraftValue[], place: Place, details: NodeDetails = {}): DraftNode {
    const block = details.block ?? this.current;
    const node: DraftNode = {
      kind,
      inputs: [...inputs],
      outputs: [],
      attributes: details.attributes ?? {},
      blocks: [],
      place,
      block,
    };
    block.nodes.splice(details.at ?? block.nodes.length, 0, node);
    return node;
  }

  output(node: DraftNode, type: Type): DraftValue {
    const value = this.#value(type, node, node.block);
    node.outputs.push(value);
    return value;
  }

  /** Adds a node with a result for each of `types`. */
  node(
    kind: string,
    inputs: readonly DraftValue[],
    types: readonly Type[],
    place: Place,
    details: NodeDetails = {},
  ): readonly DraftValue[] {
    const node = this.bare(kind, inputs, place, details);
    for (const type of types) this.output(node, type);
    return node.outputs;
  }

  /** Puts a node right behind the definition of its input. */
  nodeBehind(kind: string, input: DraftValue, type: Type, place: Place): DraftValue {
    const { block } = input;
    const at = input.node === null ? 0 : block.nodes.indexOf(input.node) + 1;
    return this.node(kind, [input], [type], place, { block, at })[0];
  }

  constant(attribute: Attribute, type: Type, place: Place): DraftValue {
    const attributes: Record<string, Attribute> = attribute === null ? {} : { value: attribute };
    return this.node("prim::Constant", [], [type], place, { attributes })[0];
  }

  addBlock(node: DraftNode): DraftBlock {
    const block = new DraftBlock(node);
    node.blocks.push(block);
    return block;
  }

  /**
   * Copies nodes and outputs of a block, of this graph or another, to `target` at an index. `env` gives the value here
   * of each value that the block does not define; inputs of the block are looked up there too. `placeOf` gives the
   * places of the copies.
   */
  copyNodes(
    source: DraftBlock,
    target: DraftBlock,
    env: (value: DraftValue) => DraftValue,
    at: number = target.nodes.length,
    placeOf: (place: Place) => Place = (place) => place,
  ): DraftValue[] {
    const known = new Map<DraftValue, DraftValue>();
    const look = (value: DraftValue): DraftValue => known.get(value) ?? env(value);
    let index = at;
    for (const node of source.nodes) {
      const copy = this.bare(node.kind, node.inputs.map(look), placeOf(node.place), {
        attributes: node.attributes,
        block: target,
        at: index++,
      });
      for (const inner of node.blocks) {
        const block = this.addBlock(copy);
        for (const input of inner.inputs)
          known.set(input, this.copyMetadata(input, this.input(input.type, null, block)));
        block.outputs = this.copyNodes(inner, block, look, 0, placeOf);
      }
      for (const output of node.outputs)
        known.set(output, this.copyMetadata(output, this.output(copy, output.type)));
    }
    return source.outputs.map(look);
  }

  /** Gives a copy the name, type and memory of its original. */
  copyMetadata(from: DraftValue, to: DraftValue): DraftValue {
    to.type = from.type;
    to.memory = from.memory;
    if (from.name !== "") this.rename(to, from.name);
    return to;
  }

  /** A copy of this graph with values numbered afresh. */
  copy(): GraphBuilder {
    const copy = new GraphBuilder();
    const inputs = new Map(
      this.block.inputs.map((input) => [input, copy.copyMetadata(input, copy.input(input.type, null))]),
    );
    copy.block.outputs = copy.copyNodes(this.block, copy.block, (value) => inputs.get(value) as DraftValue);
    return copy;
  }

  freeze(): Graph {
    const values = new Map<DraftValue, Value>();
    const frozen = (value: DraftValue): Value => {
      let made = values.get(value);
      if (made === undefined) {
        const name = value.name === "" ? String(value.id) : value.name;
        made = Object.freeze({ kind: "value", name, type: value.type });
        values.set(value, made);
      }
      return made;
    };
    const list = (from: readonly DraftValue[]): readonly Value[] => Object.freeze(from.map(frozen));
    const blockOf = (block: DraftBlock): Block =>
      Object.freeze({
        kind: "block",
        inputs: list(block.inputs),
        nodes: nodesOf(block),
        outputs: list(block.outputs),
      });
    const nodesOf = (block: DraftBlock): readonly Node[] =>
      Object.freeze(
        block.nodes.map((node) =>
          Object.freeze({
            kind: node.kind,
            inputs: list(node.inputs),
            outputs: list(node.outputs),
            attributes: Object.freeze(node.attributes),
            blocks: Object.freeze(node.blocks.map(blockOf)),
            scope: node.place.scope,
            source: node.place.source,
            ...(node.place.callStack && { callStack: node.place.callStack }),
          }),
        ),
      );
    return Object.freeze({
      kind: "graph",
      inputs: list(this.block.inputs),
      nodes: nodesOf(this.block),
      outputs: list(this.block.outputs),
    });
  }
}

/** A node and all that stand in its blocks. */
export const withInner = (node: DraftNode): DraftNode[] => [
  node,
  ...node.blocks.flatMap(({ nodes }) => nodes.flatMap(withInner)),
];

/** Replaces values wherever nodes or blocks below `block` use them. */
export function replaceUses(block: DraftBlock, by: ReadonlyMap<DraftValue, DraftValue>): void {
  if (by.size === 0) return;
  const swap = (value: DraftValue): DraftValue => {
    let found = value;
    for (let next = by.get(found); next !== undefined; next = by.get(found)) found = next;
    return found;
  };
  for (const node of block.nodes) {
    node.inputs = node.inputs.map(swap);
    for (const inner of node.blocks) replaceUses(inner, by);
  }
  block.outputs = block.outputs.map(swap);
}
