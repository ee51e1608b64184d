/**
 * The graph IR: TorchScript's nodes, values and types as frozen plain data. Recording (trace.ts), printing
 * (print.ts) and running (interpret.ts) are functions over it and live elsewhere.
 * Source of the model: torch/csrc/jit/ir/ir.h and aten/src/ATen/core/jit_type.h.
 */
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A TorchScript type. `Tensor` types carry what the trace saw; all fields but `kind` may be unknown. */
export type Type =
  | TensorType
  | {
      readonly kind:
        | "int"
        | "float"
        | "bool"
        | "str"
        | "complex"
        | "Scalar"
        | "Device"
        | "Generator"
        | "None"
        | "Any";
    }
  | { readonly kind: "List" | "Optional" | "Future"; readonly element: Type }
  | { readonly kind: "Union"; readonly members: readonly Type[] }
  | TupleType
  | { readonly kind: "Dict"; readonly key: Type; readonly value: Type }
  | { readonly kind: "Class" | "Enum" | "Function"; readonly name: string };

/** A tuple; a NamedTuple also has the name of its class and those of its fields. */
export interface TupleType {
  readonly kind: "Tuple";
  readonly elements: readonly Type[];
  readonly name?: string;
  readonly fields?: readonly string[];
}

/** A tensor type; a traced one knows dtype, sizes, strides and whether it requires a gradient. */
export interface TensorType {
  readonly kind: "Tensor";
  readonly dtype?: DType;
  readonly sizes?: readonly number[];
  readonly strides?: readonly number[];
  readonly requiresGrad?: boolean;
}

/** One value of a graph. Two values are the same value exactly if they are the same object. */
export interface Value {
  readonly kind: "value";
  /** Unique within its graph, printed as `%name`. */
  readonly name: string;
  readonly type: Type;
}

/** Where in the user's source a node was recorded. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a `prim::Constant` or `prim::GetAttr` carries. */
export type Attribute =
  | number
  | bigint
  | boolean
  | string
  | Tensor
  | null
  | readonly Attribute[]
  | { readonly float: number }
  | { readonly types: readonly Type[] }
  | EnumMember;

/** A member of an Enum. Each exists once, so that two are equal exactly if they are the same. */
export interface EnumMember {
  /** `__torch__.Color` */
  readonly enumName: string;
  readonly name: string;
  readonly value: Attribute;
}

/** One operation of a graph. */
export interface Node {
  /** The operator with its namespace, such as `aten::relu`, `prim::Constant`, `prim::CallMethod`. */
  readonly kind: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks: readonly Block[];
  /** The module path the node was recorded in, such as `__module.features.0`; empty at the top. */
  readonly scope: string;
  readonly source: SourceLocation | null;
  /** The calls that the node was inlined from, the outermost first; left out where there are none. */
  readonly callStack?: readonly InlinedCall[];
}

/** A call that was replaced by what the function or method does: one object for all of its nodes. */
export interface InlinedCall {
  /** The function's name; of a method, the module it was called on, such as `features.0`, seen from the caller's. */
  readonly function: string;
  /** The module path that it was called in, as a node's. */
  readonly scope: string;
}

/** A nested block of `prim::If` or `prim::Loop`. */
export interface Block {
  readonly kind: "block";
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** A whole graph: its inputs, its nodes in order, and what it returns. */
export interface Graph {
  readonly kind: "graph";
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}
