/**
 * Functions as TorchScript code: statements in order, short expressions inlined, branches and loops as Python's.
 * Source: torch/csrc/jit/serialization/python_print.cpp.
 */
import type { Block, Graph, Node, Type, Value } from "../ir.ts";
import { sameType } from "../script/pattern.ts";
import { annotationText } from "../types.ts";
import { type ExpressionContext, expressionOf } from "./expressions.ts";
import { inlinedNodes, type Use, usesIn } from "./inlining.ts";
import { type ConstantTable, literalText } from "./literals.ts";
import type { VariableNames } from "./names.ts";

/** What several functions of one text share. */
export interface PrintedText {
  readonly constants: ConstantTable;
  readonly names: VariableNames;
}

/** One function or method. */
export interface PrintedFunction {
  readonly name: string;
  readonly graph: Graph;
  /** True if the first input is the object. */
  readonly isMethod: boolean;
  /** The class to write for the object, where it is not that of the graph. */
  readonly self?: Type;
  /** True for a method whose graph does not know its object. */
  readonly withoutSelf?: boolean;
  /** The declared result; the graph's own if left out. */
  readonly returns?: Type;
  /** Defaults of the last parameters, as written. */
  readonly defaults?: readonly (string | null)[];
}

/** A line longer than this is cut into several, by giving its parts variables. */
const longest = 40;

/** Writes a function. At `level` 0 the object has no type, inside of a class it has. */
export function functionText(code: PrintedFunction, text: PrintedText, level = 0): string {
  return new FunctionPrinter(code.graph, text, level).print(code);
}

class FunctionPrinter {
  readonly #text: PrintedText;
  readonly #lines: string[] = [];
  readonly #inlined: ReadonlySet<Node>;
  readonly #uses: ReadonlyMap<Value, readonly Use[]>;
  /** Up to which input the inlined expressions of a node, or of a block's end, have been given variables. */
  readonly #split = new Map<object, number>();
  /** The outputs of the block that is being written. */
  #ends: readonly Value[] = [];
  readonly #makers = new Map<Value, Node>();
  readonly #expressions = new Map<Value, string>();
  /** Variables whose types stand beside them. */
  readonly #annotated = new Set<Value>();
  readonly #context: ExpressionContext;
  #level: number;

  constructor(graph: Graph, text: PrintedText, level: number) {
    this.#text = text;
    this.#level = level;
    this.#uses = usesIn(graph);
    this.#inlined = inlinedNodes(graph, this.#uses);
    this.#context = {
      constants: text.constants,
      use: (value) => this.#use(value),
      constantOf: (value) => {
        const maker = this.#makers.get(value);
        return maker?.kind === "prim::Constant" ? (maker.attributes.value ?? null) : undefined;
      },
    };
  }

  print(code: PrintedFunction): string {
    const { name, graph, isMethod, self, withoutSelf = false, returns, defaults = [] } = code;
    this.#text.names.begin();
    this.#noteMakers(graph);
    const inClass = this.#level > 0;
    const parameters: string[] = [];
    if (isMethod) {
      const object = withoutSelf ? this.#text.names.take("self") : this.#assignName(graph.inputs[0]);
      const type = self ?? graph.inputs[0]?.type;
      parameters.push(inClass ? `${object}: ${annotationText(type)}` : object);
    }
    for (const [i, input] of graph.inputs.slice(isMethod && !withoutSelf ? 1 : 0).entries()) {
      const value = defaults[i] ?? null;
      parameters.push(
        `${this.#assignName(input)}: ${annotationText(input.type)}${value === null ? "" : `=${value}`}`,
      );
    }
    const result = returns ?? graph.outputs[0]?.type ?? { kind: "None" };
    this.#line(`def ${name}(${parameters.join(",\n    ")}) -> ${annotationText(result)}:`);
    this.#indented(() => {
      this.#ends = graph.outputs;
      this.#constants(graph);
      this.#nodes(graph);
      this.#line(
        graph.outputs.length === 0
          ? "return None"
          : `return ${graph.outputs.map((output) => this.#use(output)).join(", ")}`,
      );
    });
    return this.#lines.join("");
  }

  #noteMakers(block: Block | Graph): void {
    for (const node of block.nodes) {
      for (const output of node.outputs) this.#makers.set(output, node);
      for (const inner of node.blocks) this.#noteMakers(inner);
    }
  }

  #line(text: string): void {
    this.#lines.push(`${"  ".repeat(this.#level)}${text}\n`);
  }

  #indented(write: () => void): void {
    this.#level++;
    write();
    this.#level--;
  }

  #assignName(value: Value): string {
    const name = this.#text.names.nameOf(value);
    this.#expressions.set(value, name);
    return name;
  }

  #use(value: Value): string {
    const known = this.#expressions.get(value);
    if (known !== undefined) return known;
    const maker = this.#makers.get(value);
    if (maker?.kind === "prim::Constant")
      return literalText(maker.attributes.value ?? null, value.type, this.#text.constants);
    throw new Error(`value %${value.name} is used before it is made`);
  }

  #nodes(block: Block | Graph): void {
    for (const node of block.nodes) if (node.kind !== "prim::Constant") this.#node(node);
  }

  #isLong(text: string): boolean {
    return text.length + this.#level * 2 >= longest;
  }

  /** Short constants stand where they are used; long ones get variables at the top, equal ones the same. */
  #constants(graph: Graph): void {
    const variables = new Map<string, string>();
    for (const value of usedConstants(graph, this.#makers)) {
      const text = this.#use(value);
      const known = variables.get(text);
      if (known !== undefined) this.#expressions.set(value, known);
      else if (this.#isLong(text)) {
        const variable = this.#assignName(value);
        variables.set(text, variable);
        this.#line(`${variable} = ${text}`);
      }
    }
  }

  #isInlined(value: Value): boolean {
    const maker = this.#makers.get(value);
    return maker !== undefined && maker.kind !== "prim::Constant" && this.#inlined.has(maker);
  }

  /**
   * Gives a long inlined expression a variable, and before it every inlined expression that stands before it in the same
   * statement, so that nothing changes its order.
   */
  #splitLong(value: Value): void {
    const reversed: Value[] = [];
    const [use] = this.#uses.get(value) as readonly [Use];
    this.#collect(use, reversed);
    for (const part of reversed.reverse()) {
      const expression = this.#use(part);
      this.#line(`${this.#assignName(part)} = ${expression}`);
    }
  }

  #collect({ node, index }: Use, reversed: Value[]): void {
    const inputs = node === null ? this.#ends : node.inputs;
    const done = this.#split.get(node ?? this.#ends);
    for (let i = index; i > (done ?? -1); i--) if (this.#isInlined(inputs[i])) reversed.push(inputs[i]);
    this.#split.set(node ?? this.#ends, index);
    if (done !== undefined || node === null || !this.#inlined.has(node)) return;
    const [use] = this.#uses.get(node.outputs[0]) as readonly [Use];
    // The expression that the node becomes is still being written, so it stays as it is.
    this.#collect({ node: use.node, index: use.index - 1 }, reversed);
  }

  #node(node: Node): void {
    const { outputs } = node;
    switch (node.kind) {
      case "prim::If":
        this.#branch(node);
        return;
      case "prim::Loop":
        this.#loop(node);
        return;
      case "prim::TupleUnpack":
      case "prim::ListUnpack": {
        const source = this.#use(node.inputs[0]);
        // The last comma is what makes readers take the value apart.
        if (outputs.length > 0)
          this.#line(`${outputs.map((output) => `${this.#assignName(output)}, `).join("")}= ${source}`);
        return;
      }
      case "prim::Enter":
        this.#line(
          this.#uses.has(outputs[0])
            ? `with ${this.#use(node.inputs[0])} as ${this.#assignName(outputs[0])}:`
            : `with ${this.#use(node.inputs[0])}:`,
        );
        this.#level++;
        return;
      case "prim::Exit":
        this.#level--;
        return;
      case "prim::fork":
        this.#fork(node);
        return;
      case "prim::SetAttr": {
        const [object, value] = node.inputs;
        this.#line(`${this.#use(object)}.${node.attributes.name} = ${this.#use(value)}`);
        return;
      }
      default: {
        const expression = expressionOf(node, this.#context);
        if (this.#inlined.has(node)) {
          this.#expressions.set(outputs[0], expression);
          if (this.#isLong(expression)) this.#splitLong(outputs[0]);
        } else if (outputs.length === 0) this.#line(expression);
        else this.#line(`${outputs.map((output) => this.#assignName(output)).join(", ")} = ${expression}`);
      }
    }
  }

  #assignment(targets: readonly Value[], values: readonly Value[]): void {
    if (targets.length === 0) return;
    const [only] = targets;
    // Readers cannot tell the type of these from one value; only a target of its own can be annotated.
    const isNew = targets.length === 1 && isOpen(only.type) && !this.#annotated.has(only);
    if (isNew) this.#annotated.add(only);
    const type = isNew ? ` : ${annotationText(only.type)}` : "";
    this.#line(
      `${targets.map((target) => this.#use(target)).join(", ")}${type} = ${values.map((value) => this.#use(value)).join(", ")}`,
    );
  }

  #block(block: Block, hasMore: boolean): void {
    if (!hasMore && block.nodes.length === 0) this.#line("pass");
    const ends = this.#ends;
    this.#ends = block.outputs;
    this.#nodes(block);
    this.#ends = ends;
  }

  /** What is forked stands in a function of its own, which sees the variables around it. */
  #fork({ outputs: [output], blocks: [body] }: Node): void {
    const name = this.#text.names.take("__forked_function");
    this.#line(`def ${name}():`);
    this.#indented(() => {
      this.#block(body, true);
      this.#line(`return ${this.#use(body.outputs[0])}`);
    });
    this.#line(`${this.#assignName(output)} = fork(${name})`);
  }

  #branch({ inputs: [condition], outputs, blocks }: Node): void {
    for (const output of outputs) this.#assignName(output);
    for (const [i, block] of blocks.entries()) {
      this.#line(i === 0 ? `if ${this.#use(condition)}:` : "else:");
      this.#indented(() => {
        this.#block(block, outputs.length > 0);
        this.#assignment(outputs, block.outputs);
      });
    }
  }

  #loop({ inputs: [most, condition, ...initial], outputs, blocks: [body] }: Node): void {
    const [count, ...carried] = body.inputs;
    const [goesOn, ...results] = body.outputs;
    const { constantOf } = this.#context;
    const isFor = constantOf(condition) === true && constantOf(goesOn) === true;
    if (!isFor && !isEndless(constantOf(most)))
      throw new Error("a loop with both a count and a condition cannot be written as code");
    for (const [i, output] of outputs.entries()) this.#expressions.set(carried[i], this.#assignName(output));
    for (const [i, output] of outputs.entries()) {
      const declared = isOpen(output.type) && !sameType(output.type, initial[i].type);
      const type = declared ? `: ${annotationText(output.type)}` : "";
      this.#line(`${this.#use(output)}${type} = ${this.#use(initial[i])}`);
    }
    const variable = this.#assignName(count);
    if (isFor) this.#line(`for ${variable} in range(${this.#use(most)}):`);
    else {
      this.#line(`${variable} = ${this.#use(condition)}`);
      this.#line(`while ${variable}:`);
    }
    this.#indented(() => {
      const targets = isFor ? carried : [count, ...carried];
      for (const target of targets) this.#annotated.add(target);
      this.#block(body, targets.length > 0);
      const values = isFor ? results : [goesOn, ...results];
      this.#assignment(targets, values);
    });
  }
}

/** A type of which one value does not show all. */
const isOpen = ({ kind }: Type): boolean => kind === "Optional" || kind === "Union";

/** The constants of a graph in the order of their first use. */
function usedConstants(graph: Graph, makers: ReadonlyMap<Value, Node>): ReadonlySet<Value> {
  const found = new Set<Value>();
  const note = (value: Value): void => {
    if (makers.get(value)?.kind === "prim::Constant") found.add(value);
  };
  const walk = (block: Block | Graph): void => {
    for (const node of block.nodes) {
      node.inputs.forEach(note);
      node.blocks.forEach(walk);
    }
    block.outputs.forEach(note);
  };
  walk(graph);
  return found;
}

const isEndless = (value: unknown): boolean => Number(value) >= Number.MAX_SAFE_INTEGER;
