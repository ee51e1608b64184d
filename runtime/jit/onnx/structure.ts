/**
 * Nodes that are no operators: constants, lists, tuples, attributes and sizes, which mostly say what stands for which value and
 * add nothing to the ONNX graph.
 */

import { NotImplementedError } from "../../errors.ts";
import { moduleField } from "../../nn/module.ts";
import { int64 } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Node, TensorType } from "../ir.ts";
import type { OnnxSink, Operand } from "./lowering.ts";

/** Graph values that hold a module rather than data. */
export interface ModuleOperand {
  readonly kind: "module";
  readonly value: object;
  /** Where it stands in the traced module; empty for that itself. */
  readonly path: string;
}

type Structural = (node: Node, inputs: readonly Operand[], sink: OnnxSink) => (Operand | ModuleOperand)[];

/** By the kinds of nodes: what their results are. */
export const structuralNodes: Readonly<Record<string, Structural>> = {
  "prim::Constant": (node) => [{ kind: "known", value: constantOf(node.attributes.value ?? null) }],
  "prim::ListConstruct": (_, inputs) => [{ kind: "list", items: inputs }],
  "prim::TupleConstruct": (_, inputs) => [{ kind: "list", items: inputs }],
  "prim::DictConstruct": (_, inputs) => [{ kind: "list", items: inputs.filter((_input, i) => i % 2 === 1) }],
  "prim::ListUnpack": (node, [list]) => unpack(node, list),
  "prim::TupleUnpack": (node, [list]) => unpack(node, list),
  "prim::GetAttr": (node, [owner]) => {
    const { value, path: outer } = owner as unknown as ModuleOperand;
    const name = String(node.attributes.name);
    const found = moduleField(value as Record<string, unknown>, name);
    const path = outer === "" ? name : `${outer}.${name}`;
    return [
      found instanceof Tensor || found === null
        ? { kind: "known", value: found, path }
        : { kind: "module", value: found as object, path },
    ];
  },
  "prim::TupleIndex": (_, [tuple, index]) => {
    if (tuple.kind !== "list" || index.kind !== "known")
      throw new NotImplementedError("toOnnx: prim::TupleIndex of something that is no tuple");
    const at = Number(index.value);
    return [tuple.items[at < 0 ? at + tuple.items.length : at]];
  },
  "aten::size": (_, [tensor, dim], sink) => {
    if (tensor.kind === "known" && tensor.value instanceof Tensor) return [sizesOf(tensor.value, dim)];
    if (tensor.kind !== "tensor")
      throw new NotImplementedError("toOnnx: aten::size of something that is no tensor");
    if (dim === undefined) {
      const [shape] = sink.emit("Shape", [tensor.name]);
      const items = Array.from({ length: tensor.rank }, (_item, i): Operand => {
        const [size] = sink.emit("Gather", [shape, sink.constant("int64", [], [i])]);
        return { kind: "size", name: size };
      });
      return [{ kind: "list", items }];
    }
    const index = Number((dim as { value: unknown }).value);
    const [shape] = sink.emit("Shape", [tensor.name]);
    const [size] = sink.emit("Gather", [
      shape,
      sink.constant("int64", [], [index < 0 ? index + tensor.rank : index]),
    ]);
    return [{ kind: "size", name: size }];
  },
  "aten::numel": (_, [tensor], sink) => {
    if (tensor.kind === "known") return [{ kind: "known", value: (tensor.value as Tensor).elements }];
    return [{ kind: "size", name: sink.emit("Size", [(tensor as { name: string }).name])[0] }];
  },
  "aten::ScalarImplicit": (_, [tensor]) => [tensor],
  "prim::NumToTensor": (_, [size]) => [size],
  "aten::Int": (_, [tensor]) => [tensor.kind === "tensor" ? { kind: "size", name: tensor.name } : tensor],
};

function sizesOf({ sizes }: Tensor, dim: Operand | undefined): Operand {
  if (dim === undefined)
    return { kind: "list", items: sizes.map((value): Operand => ({ kind: "known", value })) };
  return { kind: "known", value: sizes.at(Number((dim as { value: unknown }).value)) };
}

function unpack(node: Node, list: Operand): Operand[] {
  if (list.kind !== "list")
    throw new NotImplementedError(`toOnnx: ${node.kind} of something that is no list`);
  return list.items.map((item, i) => {
    const type = node.outputs[i].type as TensorType;
    // A part of a split: the trace knows its dtype and rank.
    if (item.kind !== "tensor" || item.rank >= 0) return item;
    return { ...item, dtype: type.dtype ?? int64, rank: type.sizes?.length ?? 0, sizes: type.sizes };
  });
}

function constantOf(attribute: Attribute): unknown {
  if (
    typeof attribute !== "object" ||
    attribute === null ||
    attribute instanceof Tensor ||
    Array.isArray(attribute)
  )
    return attribute;
  return { kind: "scalar", type: "float", value: (attribute as { readonly float: number }).float };
}
