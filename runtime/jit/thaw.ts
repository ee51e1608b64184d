/** A frozen graph as one under construction again, for passes that put it into another. */
import { type DraftBlock, type DraftValue, GraphBuilder, type Place } from "./builder.ts";
import type { Block, Graph, Node, Value } from "./ir.ts";

/** A builder with the graph's nodes and names. What memory its values have is not known. */
export function thawed(graph: Graph): GraphBuilder {
  const builder = new GraphBuilder();
  const known = new Map<Value, DraftValue>();
  const name = (value: Value, draft: DraftValue): void => {
    known.set(value, draft);
    if (!/^\d+$/.test(value.name)) builder.rename(draft, value.name);
  };
  const look = (value: Value): DraftValue => known.get(value) as DraftValue;
  const fill = (from: Block | Graph, block: DraftBlock): void => {
    for (const input of from.inputs) name(input, builder.input(input.type, null, block));
    for (const node of from.nodes) {
      const { kind, attributes, blocks } = node;
      const draft = builder.bare(kind, node.inputs.map(look), placeOf(node), { attributes, block });
      for (const inner of blocks) fill(inner, builder.addBlock(draft));
      for (const output of node.outputs) name(output, builder.output(draft, output.type));
    }
    block.outputs = from.outputs.map(look);
  };
  fill(graph, builder.block);
  return builder;
}

const placeOf = ({ scope, source, callStack }: Node): Place => ({ scope, source, callStack });
