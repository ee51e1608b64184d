/**
 * Nodes as expressions of TorchScript code. Source: torch/csrc/jit/serialization/python_print.cpp (printRHS).
 */
import type { Attribute, Node, Type, Value } from "../ir.ts";
import { type CallableArgument, matchNode, type Overload, overloadsNamed } from "../script/overloads.ts";
import { sameType } from "../script/pattern.ts";
import { annotationText } from "../types.ts";
import type { ConstantTable } from "./literals.ts";
import { literalText, quoted } from "./literals.ts";
import { isIdentifier } from "./names.ts";

/** What expressions are made with: the texts of inputs, and constants behind values. */
export interface ExpressionContext {
  readonly constants: ConstantTable;
  use(value: Value): string;
  /** The constant a value is, or undefined for a value that is computed. */
  constantOf(value: Value): Attribute | undefined;
}

type Writer = (node: Node, context: ExpressionContext) => string;

const all = ({ inputs }: Node, { use }: ExpressionContext): string => inputs.map(use).join(", ");
const called =
  (name: string): Writer =>
  (node, context) =>
    `${name}(${all(node, context)})`;
const typed =
  (name: string): Writer =>
  (node, context) =>
    `${name}(${[annotationText(node.outputs[0].type), ...node.inputs.map(context.use)].join(", ")})`;

const writers: Readonly<Record<string, Writer>> = {
  "prim::Constant": (node, { constants }) =>
    literalText(node.attributes.value ?? null, node.outputs[0].type, constants),
  "prim::TupleConstruct": (node, context) =>
    `${tupleName(node.outputs[0].type)}(${all(node, context)}${node.inputs.length === 1 ? "," : ""})`,
  "prim::TupleIndex": ({ inputs: [tuple, index] }, { use }) => `(${use(tuple)})[${use(index)}]`,
  "prim::TupleSlice": ({ inputs: [tuple], attributes }, { use }) =>
    `(${use(tuple)})[${attributes.beg}:${attributes.end}]`,
  "prim::ListConstruct": (node, context) => {
    const { type } = node.outputs[0];
    const list = `[${all(node, context)}]`;
    return isEvident(type.kind === "List" ? type.element : type, node.inputs)
      ? list
      : `annotate(${annotationText(type)}, ${list})`;
  },
  "prim::DictConstruct": (node, { use }) => {
    const { type } = node.outputs[0];
    const entries = Array.from(
      { length: node.inputs.length / 2 },
      (_, i) => `${use(node.inputs[2 * i])}: ${use(node.inputs[2 * i + 1])}`,
    );
    const dict = `{${entries.join(", ")}}`;
    const evident =
      type.kind === "Dict" &&
      isEvident(
        type.key,
        node.inputs.filter((_, i) => i % 2 === 0),
      ) &&
      isEvident(
        type.value,
        node.inputs.filter((_, i) => i % 2 === 1),
      );
    return evident ? dict : `annotate(${annotationText(type)}, ${dict})`;
  },
  "prim::GetAttr": ({ inputs: [object], attributes }, { use }) => {
    const name = String(attributes.name);
    return isIdentifier(name) ? `${use(object)}.${name}` : `getattr(${use(object)}, ${quoted(name)})`;
  },
  "prim::CallMethod": ({ inputs: [object, ...args], attributes }, { use }) =>
    `(${use(object)}).${attributes.name}(${args.map((arg) => `${use(arg)}, `).join("")})`,
  "prim::CallFunction": ({ inputs: [fn, ...args] }, { use }) =>
    `${use(fn)}(${args.map((arg) => `${use(arg)}, `).join("")})`,
  "prim::unchecked_cast": typed("unchecked_cast"),
  "prim::Uninitialized": typed("uninitialized"),
  "aten::IntImplicit": typed("annotate"),
  "aten::FloatImplicit": typed("annotate"),
  "aten::ScalarImplicit": typed("annotate"),
  "aten::Int": called("int"),
  "aten::Float": called("float"),
  "aten::Bool": called("bool"),
  "aten::str": called("str"),
  "aten::sorted": called("sorted"),
  "prim::Print": called("print"),
  "aten::__getitem__": ({ inputs: [object, index] }, { use }) => `${operand(use(object))}[${use(index)}]`,
  "prim::CreateObject": ({ outputs: [{ type }] }) =>
    `${annotationText(type)}.__new__(${annotationText(type)})`,
  "prim::EnumName": ({ inputs: [member] }, { use }) => `(${use(member)}).name`,
  "prim::EnumValue": ({ inputs: [member] }, { use }) => `(${use(member)}).value`,
  "prim::isinstance": ({ inputs: [value], attributes }, { use }) => {
    const names = (attributes.types as { readonly types: readonly Type[] }).types.map(annotationText);
    return `isinstance(${use(value)}, ${names.length === 1 ? names[0] : `(${names.join(", ")})`})`;
  },
};

/** A call needs parentheses in front of brackets. */
const operand = (text: string): string => (/^[\w.]+$/.test(text) ? text : `(${text})`);

/** The class of a NamedTuple, empty for any other tuple. */
const tupleName = (type: Type): string => (type.kind === "Tuple" ? (type.name ?? "") : "");

/** True if the members show the type of their container. */
const isEvident = (element: Type, members: readonly Value[]): boolean =>
  members.length > 0 && members.every((member) => sameType(member.type, element));

/** The expression that computes a node's results. */
export function expressionOf(node: Node, context: ExpressionContext): string {
  const write = writers[node.kind];
  return write === undefined ? operatorCall(node, context) : write(node, context);
}

/** Arguments behind a `*` are named; those at the end that are the schema's defaults are left out. */
function operatorCall(node: Node, { use, constantOf }: ExpressionContext): string {
  const [namespace, name] = node.kind.split("::");
  const callee = namespace === "aten" ? `torch.${name}` : `ops.${namespace}.${name}`;
  const { keywords } = node.attributes;
  if (Array.isArray(keywords)) {
    const first = node.inputs.length - keywords.length;
    const args = node.inputs.map((input, i) =>
      i < first ? use(input) : `${keywords[i - first]}=${use(input)}`,
    );
    return `${callee}(${args.join(", ")})`;
  }
  const parameters = parametersOf(node);
  let count = node.inputs.length;
  while (count > 0 && parameters[count - 1]?.hasDefault) {
    const given = constantOf(node.inputs[count - 1]);
    if (given === undefined || !isEqual(given, parameters[count - 1].default)) break;
    count--;
  }
  const args = node.inputs.slice(0, count).map((input, i) => {
    const parameter = parameters[i];
    return parameter?.keywordOnly ? `${parameter.name}=${use(input)}` : use(input);
  });
  return `${callee}(${args.join(", ")})`;
}

function parametersOf(node: Node): readonly CallableArgument[] {
  const match = matchNode(
    node.kind,
    node.inputs.map((input) => input.type),
  );
  const overload: Overload | undefined =
    match?.overload ?? overloadsNamed(node.kind).find((one) => one.arguments.length === node.inputs.length);
  // The match forgets which arguments must be named; the row knows.
  const original = overloadsNamed(node.kind).find((one) => one.row === overload?.row);
  return original?.arguments ?? [];
}

/** True if two constants are the same. An int is no float. */
function isEqual(given: Attribute, fallback: Attribute): boolean {
  if (Array.isArray(given) || Array.isArray(fallback)) {
    return (
      Array.isArray(given) &&
      Array.isArray(fallback) &&
      given.length === fallback.length &&
      given.every((part, i) => isEqual(part, fallback[i]))
    );
  }
  const plain = (value: Attribute): unknown =>
    typeof value === "object" && value !== null && "float" in value ? `float ${value.float}` : value;
  return plain(given) === plain(fallback);
}
