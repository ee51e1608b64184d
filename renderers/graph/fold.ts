/**
 * What an op reads, as expressions: constants, parameters, tuples, lists and size arithmetic become text with links
 * to the ops whose results they hold, so that none of them needs a node of its own in a picture.
 */
import type { Node, Value } from "../../runtime/index.ts";
import type { Link } from "./model.ts";
import { constantText, typeText } from "./types.ts";

/** A value as the op which reads it sees it. */
export interface Expression {
  readonly kind: "data" | "parameter" | "attribute";
  readonly text: string;
  readonly links: readonly Link[];
  /** The named elements of a tuple, list or dict. */
  readonly parts?: readonly (readonly [string, Expression])[];
  /** The path if this is a module or one of its parameters. */
  readonly path?: string;
  /** A number known from sizes alone: arithmetic on it is folded, too. */
  readonly isSize?: boolean;
}

const sizeReaders = new Set([
  "prim::NumToTensor",
  "aten::Int",
  "aten::Float",
  "aten::ScalarImplicit",
  "aten::IntImplicit",
]);
const constructs = new Set(["prim::ListConstruct", "prim::TupleConstruct"]);
const unpacks = new Set(["prim::ListUnpack", "prim::TupleUnpack"]);
const infix: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  floor_divide: "//",
  pow: "**",
};

/** Remembers the expression of every value met so far. One folder belongs to one graph. */
export class Folder {
  readonly #expressions = new Map<Value, Expression>();
  readonly #elements = new Map<string, string>();
  readonly #drawSizes: boolean;
  readonly #parameterType: (path: string) => string | undefined;
  #fresh = 0;

  constructor(drawSizes: boolean, parameterType: (path: string) => string | undefined = () => undefined) {
    this.#drawSizes = drawSizes;
    this.#parameterType = parameterType;
  }

  /** An id for a node that makes no value, such as `prim::Print`. */
  freshName(kind: string): string {
    this.#fresh += 1;
    return `${kind.slice(kind.indexOf("::") + 2)}!${this.#fresh}`;
  }

  /** Declares the module the graph belongs to (`%self`). */
  module(value: Value): void {
    this.#expressions.set(value, { kind: "attribute", text: "self", links: [], path: "" });
  }

  /** Declares a value the op `id` makes. */
  result(value: Value, id: string): void {
    const link: Link = { op: id, value: value.name, type: typeText(value.type) };
    this.#expressions.set(value, { kind: "data", text: `%${value.name}`, links: [link] });
  }

  /** Declares a value that is only a name, such as a loop's counter. */
  text(value: Value, text: string): void {
    this.#expressions.set(value, { kind: "attribute", text, links: [] });
  }

  /** Declares that `value` is another name of `other`. */
  alias(value: Value, other: Value): void {
    this.#expressions.set(value, this.read(other));
  }

  /** The expression of a value; a value nobody made is shown by its name. */
  read(value: Value): Expression {
    return this.#expressions.get(value) ?? { kind: "attribute", text: `%${value.name}`, links: [] };
  }

  /** What is in the list or tuple of this name, as far as the graph takes it apart. */
  elementsOf(name: string): string | undefined {
    return this.#elements.get(name);
  }

  /** Folds a node into the ops that will read it. False if the node must be drawn. */
  fold(node: Node): boolean {
    const output = node.outputs[0];
    if (output === undefined) return false;
    const inputs = node.inputs.map((value) => this.read(value));
    if (unpacks.has(node.kind)) {
      this.#elements.set(node.inputs[0]!.name, elementsText(node.outputs));
      for (const [i, value] of node.outputs.entries())
        this.#expressions.set(value, element(inputs[0]!, i, value));
      return true;
    }
    const folded = this.#expressionOf(node, output, inputs);
    if (folded === null) return false;
    this.#expressions.set(output, folded);
    return true;
  }

  #expressionOf(node: Node, output: Value, inputs: readonly Expression[]): Expression | null {
    if (node.kind === "prim::Constant") {
      return {
        kind: "attribute",
        text:
          output.type.kind === "Function"
            ? String(node.attributes["name"])
            : constantText(node.attributes["value"], output.type),
        links: [],
        isSize: true,
      };
    }
    if (node.kind === "prim::GetAttr") return this.#attributeOf(node, output, inputs[0]!);
    if (constructs.has(node.kind)) {
      const [left, right] = node.kind === "prim::ListConstruct" ? ["[", "]"] : ["(", ")"];
      return together(
        inputs.map((item) => ["", item]),
        `${left}${inputs.map(({ text }) => text).join(", ")}${right}`,
      );
    }
    if (node.kind === "prim::DictConstruct") {
      const parts = inputs
        .filter((_, i) => i % 2 === 1)
        .map((item, i): readonly [string, Expression] => [inputs[2 * i]!.text.replace(/^"|"$/g, ""), item]);
      return together(parts, `{${parts.map(([name, { text }]) => `${name}: ${text}`).join(", ")}}`);
    }
    return this.#drawSizes ? null : sizeOf(node.kind, inputs);
  }

  #attributeOf(node: Node, output: Value, owner: Expression): Expression {
    const path = [owner.path ?? owner.text, String(node.attributes["name"])].filter(Boolean).join(".");
    if (output.type.kind === "Class") return { kind: "attribute", text: path, links: [], path };
    const type = this.#parameterType(path) ?? (knowsSizes(output) ? typeText(output.type) : undefined);
    return { kind: "parameter", text: type === undefined ? path : `${path} ${type}`, links: [], path };
  }
}

function knowsSizes({ type }: Value): boolean {
  return type.kind === "Tensor" && type.sizes !== undefined;
}

/** The types of what a list holds: `3 × (2×4 f32)` if they are equal. */
function elementsText(values: readonly Value[]): string {
  const types = values.map(({ type }) => typeText(type));
  return new Set(types).size === 1 && types.length > 1
    ? `${types.length} × (${types[0]})`
    : `(${types.join(", ")})`;
}

/** The `i`-th element of a tuple or list; an element of an op's result keeps the name it has in the graph. */
function element(whole: Expression, i: number, value: Value): Expression {
  const part = whole.parts?.[i]?.[1];
  if (part !== undefined) return part;
  const links = whole.links.map(({ op }): Link => ({ op, value: value.name, type: typeText(value.type) }));
  return { kind: whole.kind, text: `%${value.name}`, links };
}

function together(parts: readonly (readonly [string, Expression])[], text: string): Expression {
  const items = parts.map(([, item]) => item);
  const kind = items.some((item) => item.kind === "data")
    ? "data"
    : items.some((item) => item.kind === "parameter")
      ? "parameter"
      : "attribute";
  return { kind, text, links: items.flatMap(({ links }) => links), parts };
}

/** Sizes and arithmetic on nothing but sizes and constants, as a formula; null if the node is no such thing. */
function sizeOf(kind: string, inputs: readonly Expression[]): Expression | null {
  const size = (text: string): Expression => ({ kind: "attribute", text, links: [], isSize: true });
  if (kind === "aten::size" && inputs.length === 2 && inputs[1]!.isSize === true) {
    return size(`${inputs[0]!.text}.size(${inputs[1]!.text})`);
  }
  if (!kind.startsWith("aten::") && kind !== "prim::NumToTensor") return null;
  if (inputs.length === 0 || !inputs.every(({ isSize }) => isSize === true)) return null;
  if (sizeReaders.has(kind)) return inputs[0]!;
  const sign = infix[kind.slice("aten::".length)];
  return sign === undefined ? null : size(`(${inputs[0]!.text} ${sign} ${inputs[1]!.text})`);
}
