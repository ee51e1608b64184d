/** What functionalisation must know of single operators: plain forms of writes, and how a write goes through a view. */
import { NotImplementedError } from "../../errors.ts";
import type { Attribute, Node, TensorType, Value } from "../ir.ts";
import type { NodeWriter } from "./rewriting.ts";

/** Gives the value that a write leaves, from the node and the present values of its inputs. */
type PlainForm = (writer: NodeWriter, node: Node, inputs: readonly Value[]) => Value;

/** Writes whose plain form has another name. */
export const plainForms: Readonly<Record<string, PlainForm>> = {
  "aten::copy_": (writer, _, [self, source]) => {
    const [to, from] = [self.type as TensorType, source.type as TensorType];
    const cast =
      to.dtype === from.dtype
        ? source
        : writer.call("aten::type_as", [source, self], { ...from, dtype: to.dtype });
    return writer.call("aten::expand_as", [cast, self], to);
  },
  "aten::fill_": (writer, _, [self, value]) => filled(writer, self, value),
  "aten::zero_": (writer, _, [self]) => filled(writer, self, writer.constant(0)),
};

function filled(writer: NodeWriter, self: Value, value: Value): Value {
  const none = writer.constant(null);
  return writer.call("aten::full_like", [self, value, none, none, none, none, none], self.type as TensorType);
}

/** Gives the value of the whole, from the view's node, the whole as it is, the view's new value, and constants of the graph. */
type ThroughView = (
  writer: NodeWriter,
  node: Node,
  base: Value,
  part: Value,
  constants: ReadonlyMap<Value, Attribute>,
) => Value;

const same: ThroughView = (_writer, _node, _base, part) => part;

/** A view of the same elements in the same order. */
const reshaped: ThroughView = (writer, _, base, part) =>
  writer.call("aten::view_as", [part, base], base.type as TensorType);

/** A view that is its own inverse. */
const mirrored: ThroughView = (writer, node, base, part) =>
  writer.emit(node, [part, ...node.inputs.slice(1)], base.type as TensorType);

const written: Readonly<Record<string, ThroughView>> = {
  "aten::detach": same,
  "aten::alias": same,
  "aten::view": reshaped,
  "aten::unsqueeze": reshaped,
  "aten::squeeze": reshaped,
  "aten::t": mirrored,
  "aten::transpose": mirrored,
  "aten::permute": (writer, node, base, part, constants) => {
    const order = listOfConstants(writer, node.inputs[1], constants);
    const inverse = order.map((_, dim) =>
      order.findIndex((from) => (from + order.length) % order.length === dim),
    );
    return writer.call("aten::permute", [part, writer.ints(inverse)], base.type as TensorType);
  },
  "aten::select": (writer, node, base, part) =>
    writer.call("aten::select_scatter", [base, part, ...node.inputs.slice(1)], base.type as TensorType),
  "aten::slice": (writer, node, base, part) =>
    writer.call("aten::slice_scatter", [base, part, ...node.inputs.slice(1)], base.type as TensorType),
  "aten::narrow": (writer, node, base, part, constants) => {
    const [start, length] = [constants.get(node.inputs[2]), constants.get(node.inputs[3])];
    if (typeof start !== "number" || typeof length !== "number")
      throw new NotImplementedError("aten::narrow is written through at a place that is not fixed");
    const [dim, from, end] = [node.inputs[1], node.inputs[2], writer.constant(start + length)];
    // From the end on, what lies behind the last element is no element 0.
    const until = start < 0 && start + length === 0 ? writer.constant(null) : end;
    return writer.call(
      "aten::slice_scatter",
      [base, part, dim, from, until, writer.constant(1)],
      base.type as TensorType,
    );
  },
};

/** The operators whose result is always a view of their first argument, and can be taken anew. */
export const viewsForSure: ReadonlySet<string> = new Set([
  ...Object.keys(written),
  "aten::expand",
  "aten::expand_as",
]);

/** The whole after a write to a view of it. Throws a NotImplementedError where the view shows elements twice. */
export const throughView: ThroughView = (writer, node, base, part, constants) => {
  const form = written[node.kind];
  if (form === undefined) throw new NotImplementedError(`${node.kind} is written through`);
  return form(writer, node, base, part, constants);
};

function listOfConstants(
  writer: NodeWriter,
  list: Value,
  constants: ReadonlyMap<Value, Attribute>,
): readonly number[] {
  const node = writer.nodes.find(({ outputs }) => outputs.includes(list));
  const items = node?.kind === "prim::ListConstruct" ? node.inputs.map((item) => constants.get(item)) : null;
  if (items === null || !items.every((item) => typeof item === "number"))
    throw new NotImplementedError("a view is written through whose order is not fixed");
  return items;
}
