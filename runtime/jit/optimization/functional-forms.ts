/**
 * What functionalisation must know of single operators, from which rows choose: plain forms of writes, and how a write to a view
 * changes what it is a view of.
 */
import { NotImplementedError } from "../../errors.ts";
import type { Attribute, Node, TensorType, Value } from "../ir.ts";
import type { NodeWriter } from "./rewriting.ts";

/** Gives the value that a write leaves, from the present values of the node's inputs. */
export type PlainForm = (writer: NodeWriter, inputs: readonly Value[]) => Value;

/** What is copied takes dtype and shape of where it goes. */
export const copied: PlainForm = (writer, [self, source]) => {
  const [to, from] = [self.type as TensorType, source.type as TensorType];
  const cast =
    to.dtype === from.dtype
      ? source
      : writer.call("aten::type_as", [source, self], { ...from, dtype: to.dtype });
  return writer.call("aten::expand_as", [cast, self], to);
};

/** One value for every element: argument 1, or 0. */
export const filled: PlainForm = (writer, [self, value = writer.constant(0)]) => {
  if (value.type.kind === "Tensor") return copied(writer, [self, value]);
  const none = writer.constant(null);
  return writer.call("aten::full_like", [self, value, none, none, none, none, none], self.type);
};

/** A view that is written to, in a graph. */
export interface WrittenView {
  readonly writer: NodeWriter;
  /** The node that took the view. */
  readonly node: Node;
  /** What it is a view of, as it is now. */
  readonly base: Value;
  /** The view's new value. */
  readonly part: Value;
  readonly constants: ReadonlyMap<Value, Attribute>;
}

/** Gives the new value of what a view was taken from. */
export type ThroughView = (view: WrittenView) => Value;

/** The same elements in the same shape. */
export const same: ThroughView = ({ part }) => part;

/** The same elements in the same order. */
export const reshaped: ThroughView = ({ writer, base, part }) =>
  writer.call("aten::view_as", [part, base], base.type);

/** A view that is its own inverse. */
export const mirrored: ThroughView = ({ writer, node, base, part }) =>
  writer.emit(node, [part, ...node.inputs.slice(1)], base.type);

/** Dimensions in another order. */
export const permuted: ThroughView = ({ writer, node, base, part, constants }) => {
  const list = writer.nodes.find(({ outputs }) => outputs.includes(node.inputs[1]));
  const order = (list?.inputs ?? []).map((item) => constants.get(item));
  if (list?.kind !== "prim::ListConstruct" || !order.every((dim) => typeof dim === "number"))
    throw new NotImplementedError(`${node.kind} is written through in an order that is not fixed`);
  const from = order.map((dim) => (dim < 0 ? dim + order.length : dim));
  const inverse = writer.ints(from.map((_, dim) => from.indexOf(dim)));
  return writer.emit(node, [part, inverse], base.type);
};

/** One slice. */
export const picked: ThroughView = ({ writer, node, base, part }) =>
  writer.call("aten::select_scatter", [base, part, ...node.inputs.slice(1)], base.type);

/** A range of one dimension. */
export const sliced: ThroughView = ({ writer, node, base, part }) =>
  writer.call("aten::slice_scatter", [base, part, ...node.inputs.slice(1)], base.type);

/** A range of one dimension, by start and length. */
export const narrowed: ThroughView = ({ writer, node, base, part, constants }) => {
  const [, dim, from, count] = node.inputs;
  const [start, length] = [constants.get(from), constants.get(count)];
  if (typeof start !== "number" || typeof length !== "number")
    throw new NotImplementedError(`${node.kind} is written through at a place that is not fixed`);
  // Counted from the end, what lies behind the last element is no element 0.
  const end = start < 0 && start + length === 0 ? null : start + length;
  const range = [dim, from, writer.constant(end), writer.constant(1)];
  return writer.call("aten::slice_scatter", [base, part, ...range], base.type);
};

/** A view that shows elements more than once. */
export const repeated: ThroughView = ({ node }) => {
  throw new NotImplementedError(`${node.kind} is written through`);
};
