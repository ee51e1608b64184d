/**
 * A graph under construction by the compiler: nodes go to the block that is open, values are named after variables.
 * A finished graph is frozen.
 */
import type { Attribute, Block, Graph, Node, Type, Value } from "../ir.ts";
import { NameTable } from "../naming.ts";
import { liveNodes } from "./dead-code.ts";
import type { Span } from "./source-text.ts";

/** A value while its graph is being made: it may still get a better name. */
type DraftValue = { -readonly [K in keyof Value]: Value[K] };

interface OpenBlock {
  readonly inputs: Value[];
  readonly nodes: Node[];
}

/** More nodes than any program has, so that a hostile text cannot grow without bound. */
const mostNodes = 1_000_000;

export class GraphWriter {
  readonly #names = new NameTable();
  readonly #blocks: OpenBlock[] = [{ inputs: [], nodes: [] }];
  /** Every value and the block it belongs to, in the order of making. */
  readonly #home = new Map<DraftValue, OpenBlock>();
  readonly #kept = new Set<Value>();
  readonly #file: string;
  #count = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get #block(): OpenBlock {
    return this.#blocks[this.#blocks.length - 1];
  }

  /** A new value of the open block. */
  value(type: Type, hint: string | null = null): Value {
    const value: DraftValue = { kind: "value", name: "", type };
    if (hint !== null) this.#names.give(value, hint);
    this.#home.set(value, this.#block);
    return value;
  }

  /** An input of the open block, or of the graph. */
  input(type: Type, hint: string | null): Value {
    const value = this.value(type, hint);
    this.#block.inputs.push(value);
    return value;
  }

  /** Appends a node with one result for each of `types`. */
  node(
    kind: string,
    inputs: readonly Value[],
    types: readonly Type[],
    span: Span,
    attributes: Readonly<Record<string, Attribute>> = {},
    blocks: readonly Block[] = [],
  ): readonly Value[] {
    if (++this.#count > mostNodes) throw new RangeError(`a function has more than ${mostNodes} nodes`);
    const outputs = types.map((type) => this.value(type));
    this.#block.nodes.push({
      kind,
      inputs: [...inputs],
      outputs,
      attributes,
      blocks,
      scope: "",
      source: { file: this.#file, line: span.line, column: span.column },
    });
    return outputs;
  }

  constant(value: Attribute, type: Type, span: Span): Value {
    return this.node("prim::Constant", [], [type], span, value === null ? {} : { value })[0];
  }

  /**
   * Names a value after the first variable it is assigned to, unless it has a name or belongs to a block outside. Names such
   * as `_0` are what printing made up, so they are not kept; nor is then the name of a variable that copies that one.
   */
  rename(value: Value, name: string): void {
    if (this.#kept.has(value)) return;
    this.#kept.add(value);
    if (isMeaningful(name) && value.name === "" && this.#home.get(value) === this.#block)
      this.#names.give(value, name);
  }

  /** Keeps the name of a value, or that it has none: what comes out of branches and loops is read as a variable. */
  keepName(value: Value): void {
    this.#kept.add(value);
  }

  /** The attribute of an object; its value is named after it. */
  attribute(object: Value, name: string, type: Type, span: Span): Value {
    const [value] = this.node("prim::GetAttr", [object], [type], span, { name });
    this.#names.give(value as DraftValue, /^\d/.test(name) ? `_${name}` : name);
    return value;
  }

  /** Runs `write` with a nested block open and gives the block; `write` returns its outputs. */
  block(write: () => readonly Value[]): Block {
    this.open();
    return this.close(write());
  }

  open(): void {
    this.#blocks.push({ inputs: [], nodes: [] });
  }

  close(outputs: readonly Value[]): Block {
    const { inputs, nodes } = this.#blocks.pop() as OpenBlock;
    return { kind: "block", inputs, nodes, outputs: [...outputs] };
  }

  finish(outputs: readonly Value[]): Graph {
    let number = 0;
    for (const value of this.#home.keys()) {
      if (value.name === "") value.name = String(number);
      number++;
      Object.freeze(value);
    }
    const { inputs, nodes } = this.#block;
    const graph: Graph = {
      kind: "graph",
      inputs,
      nodes: liveNodes(nodes, new Set(outputs)),
      outputs: [...outputs],
    };
    freezeBlock(graph);
    return Object.freeze(graph);
  }
}

/** Source: meaningfulName in torch/csrc/jit/frontend/ir_emitter.cpp. */
const isMeaningful = (name: string): boolean => name !== "" && !name.startsWith("$") && !/^_\d*$/.test(name);

function freezeBlock(block: Block | Graph): void {
  for (const node of block.nodes) {
    for (const inner of node.blocks) {
      freezeBlock(inner);
      Object.freeze(inner);
    }
    Object.freeze(node.inputs);
    Object.freeze(node.outputs);
    Object.freeze(node.attributes);
    Object.freeze(node.blocks);
    Object.freeze(node);
  }
  Object.freeze(block.inputs);
  Object.freeze(block.nodes);
  Object.freeze(block.outputs);
}
