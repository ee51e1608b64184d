/**
 * While a module is traced its parameters, buffers and submodules stand as `prim::TracedAttr` nodes with full names.
 * This pass turns each use into `prim::GetAttr` nodes that start at the `self` of the block around, and hands those of
 * other modules into the block as inputs.
 * Source: torch/csrc/jit/passes/fixup_trace_scope_blocks.cpp (ConvertTracedAttrReferences).
 */
import { type DraftBlock, type DraftNode, type DraftValue, type GraphBuilder, nowhere } from "../builder.ts";
import type { Type } from "../ir.ts";
import { anyTensor } from "../types.ts";

export const tracedAttr = "prim::TracedAttr";
export const moduleForward = "prim::TracedModuleForward";

/** The full name that a traced attribute or module call carries. */
const scopeOf = (node: DraftNode): string => String(node.attributes.scope);

/** Names the GetAttr nodes of a field as TorchScript does: `_0` for `0`. */
const fieldName = (field: string): string => (/^\d/.test(field) ? `_${field}` : field);

export function convertTracedAttributes(
  graph: GraphBuilder,
  typeOf: (qualifiedName: string) => Type | null,
): void {
  const attributes = new Map(
    graph.block.nodes
      .filter((node) => node.kind === tracedAttr)
      .map((node) => [scopeOf(node), node.outputs[0]]),
  );
  addSelves(graph.block);
  toGetAttr(graph.block, "__module", graph.block.inputs[0]);
  graph.block.nodes = graph.block.nodes.filter((node) => node.kind !== tracedAttr);

  function addSelves(block: DraftBlock): void {
    for (const node of block.nodes) {
      if (node.kind !== moduleForward) continue;
      const module = attributes.get(scopeOf(node)) as DraftValue;
      node.inputs.push(module);
      graph.input(module.type, "self", node.blocks[0]);
      addSelves(node.blocks[0]);
    }
  }

  /** Returns the attributes of other modules, in the order of the inputs that `block` got for them. */
  function toGetAttr(block: DraftBlock, prefix: string, self: DraftValue): DraftValue[] {
    const unresolved: DraftValue[] = [];
    const local = new Map<DraftValue, DraftValue>();
    const resolve = (value: DraftValue): DraftValue => {
      if (value.node?.kind !== tracedAttr) return value;
      let found = local.get(value);
      if (found === undefined) {
        const name = scopeOf(value.node);
        if (name.startsWith(`${prefix}.`)) found = getAttr(block, self, prefix, name);
        else {
          found = graph.copyMetadata(value, graph.input(value.type, null, block));
          unresolved.push(value);
        }
        local.set(value, found);
      }
      return found;
    };
    const nodes = [...block.nodes];
    for (const node of nodes) {
      if (node.kind !== moduleForward) continue;
      const inner = node.blocks[0];
      node.inputs.push(...toGetAttr(inner, scopeOf(node), inner.inputs[0]).map(resolve));
    }
    const resolveIn = (inner: DraftBlock, own: readonly DraftNode[]): void => {
      for (const node of own) {
        node.inputs = node.inputs.map(resolve);
        if (node.kind !== moduleForward) for (const branch of node.blocks) resolveIn(branch, branch.nodes);
      }
      inner.outputs = inner.outputs.map(resolve);
    };
    resolveIn(block, nodes);
    return unresolved;
  }

  function getAttr(block: DraftBlock, self: DraftValue, prefix: string, name: string): DraftValue {
    let value = self;
    let path = prefix;
    for (const [at, field] of name
      .slice(prefix.length + 1)
      .split(".")
      .entries()) {
      path = `${path}.${field}`;
      [value] = graph.node("prim::GetAttr", [value], [typeOf(path) ?? anyTensor], nowhere, {
        attributes: { name: field },
        block,
        at,
      });
      graph.rename(value, fieldName(field));
      value.memory = attributes.get(path)?.memory ?? null;
    }
    return value;
  }
}
