/**
 * The neutral graph model every picture is made from: ops with named arguments, links, types, modules and sources.
 * Constants, parameters, list constructs and the arithmetic of sizes are folded into the op that reads them.
 * What is shown of it is views.ts's, where it stands is layout.ts's, how it looks is spec.ts's.
 */
import type { Block, Graph, InlinedCall, Node, SourceLocation } from "../../runtime/index.ts";
import { type Category, categoryOf } from "./categories.ts";
import { type Expression, Folder } from "./fold.ts";
import { typeText } from "./types.ts";

/** A tensor's way from the op that made it to an op that reads it. */
export interface Link {
  /** The id of the op which made the value. */
  readonly op: string;
  /** The value's name in the graph, printed as `%name` there. */
  readonly value: string;
  /** The value's type in short, such as `2×3 f32`. */
  readonly type: string;
}

/** One argument of an op. It has links if other ops' results flow into it. */
export interface Argument {
  readonly kind: "data" | "parameter" | "attribute";
  /** The name in the operator's schema; empty where it is not known. */
  readonly name: string;
  readonly text: string;
  readonly links: readonly Link[];
}

/** One value an op makes. */
export interface Output {
  readonly name: string;
  readonly type: string;
}

/** One node of the picture: an operator, an input of the graph, or its return. */
export interface Op {
  readonly kind: "input" | "operator" | "return";
  /** Unique within the model: the name of the first value it makes. */
  readonly id: string;
  /** The operator with its namespace, such as `aten::relu`; `prim::Param` and `prim::Return` at the ends. */
  readonly operator: string;
  readonly label: string;
  readonly category: Category;
  /** The path of the module it was recorded in, such as `features.0`; empty at the top. */
  readonly module: string;
  readonly arguments: readonly Argument[];
  readonly outputs: readonly Output[];
  /** Where it stands in the user's program, such as `cell 3, line 2`; empty if not known. */
  readonly source: string;
  /** The same as it was recorded; null if not known. */
  readonly location: SourceLocation | null;
  /** Further lines of the tooltip by their headings. */
  readonly remarks?: Readonly<Record<string, string>>;
}

/** A whole graph, ready to be drawn. Ops stand in the order they ran. */
export interface GraphModel {
  readonly kind: "graph-model";
  readonly title: string;
  readonly ops: readonly Op[];
}

/** What a graph alone does not say. */
export interface ModelOptions {
  readonly title?: string;
  /** Draw the nodes that compute sizes (`aten::size`, `prim::NumToTensor`, …) rather than fold them. */
  readonly sizes?: boolean;
  /** The names of an operator's arguments, from its schema. */
  readonly argumentNames?: (operator: string, count: number) => readonly string[] | undefined;
  /** The type of a parameter in short, by its path such as `fc1.weight`. */
  readonly parameterType?: (path: string) => string | undefined;
}

/**
 * The model of a graph.
 * @example modelOf(jitTrace((x: Tensor) => torch.relu(x), x).graph, { title: "relu" })
 */
export function modelOf(graph: Graph, options: ModelOptions = {}): GraphModel {
  const folder = new Folder(options.sizes ?? false, options.parameterType);
  const places = new Places();
  const ops: Op[] = [];

  for (const input of graph.inputs) {
    if (input.type.kind === "Class") {
      folder.module(input);
      continue;
    }
    const type = typeText(input.type);
    ops.push({
      kind: "input",
      id: input.name,
      operator: "prim::Param",
      label: input.name,
      category: "input / output",
      module: "",
      arguments: [],
      outputs: [{ name: input.name, type }],
      source: "",
      location: null,
    });
    folder.result(input, input.name);
  }

  const visit = (nodes: readonly Node[], inside: string): void => {
    for (const node of nodes) {
      const module = joined(places.of(node), inside);
      if (node.blocks.length > 0) visitBlocks(node, module);
      else if (!folder.fold(node)) ops.push(operatorOf(node, module, folder, options));
    }
  };

  /** Control flow: the blocks' nodes stand in a scope of their own before the node, which joins their results. */
  const visitBlocks = (node: Node, module: string): void => {
    const name = node.kind.slice(node.kind.indexOf("::") + 2).toLowerCase();
    const carried = name === "loop" ? node.inputs.slice(2) : [];
    const label = (block: Block, index: number): string =>
      name === "if"
        ? `if.${index === 0 ? "then" : "else"}`
        : block === node.blocks[0]
          ? name
          : `${name}${index}`;
    node.blocks.forEach((block, index) => {
      const inner = label(block, index);
      block.inputs.forEach((value, i) => {
        const initial = i > 0 ? carried[i - 1] : undefined;
        if (initial === undefined) folder.text(value, value.name);
        else folder.alias(value, initial);
      });
      visit(block.nodes, inner);
    });
    const joined = node.blocks.flatMap((block) => block.outputs);
    const op = operatorOf({ ...node, inputs: [...node.inputs, ...joined] }, module, folder, options);
    ops.push(op);
  };

  visit(graph.nodes, "");
  // The graph of a trace that failed has no outputs: it ends where it failed.
  if (graph.outputs.length > 0) ops.push(returnOf(graph, folder));
  return {
    kind: "graph-model",
    title: options.title ?? "graph",
    ops: ops.map((op) => withElements(op, folder)),
  };
}

/** Lists that the graph takes apart later are shown by what is in them. */
function withElements(op: Op, folder: Folder): Op {
  const outputs = op.outputs.map(({ name, type }) => ({ name, type: folder.elementsOf(name) ?? type }));
  return op.kind === "operator" ? { ...op, outputs } : op;
}

function operatorOf(node: Node, module: string, folder: Folder, options: ModelOptions): Op {
  const id = node.outputs[0]?.name ?? folder.freshName(node.kind);
  const called = node.kind === "prim::CallMethod" || node.kind === "prim::CallFunction";
  const names = options.argumentNames?.(node.kind, node.inputs.length) ?? [];
  const args = node.inputs.map((value, i) => argumentOf(names[i] ?? "", folder.read(value)));
  const base = node.kind.slice(node.kind.indexOf("::") + 2);
  for (const output of node.outputs) folder.result(output, id);
  return {
    kind: "operator",
    id,
    operator: node.kind,
    label: called ? calleeText(node, args[0]?.text ?? "") : base,
    category: categoryOf(node.kind),
    module,
    arguments: called ? args.slice(1) : args,
    outputs: node.outputs.map(({ name, type }) => ({ name, type: typeText(type) })),
    source: sourceText(node.source),
    location: node.source,
  };
}

/** Such as `encoder.forward`; a function has only its name. */
function calleeText({ kind, attributes }: Node, callee: string): string {
  return kind === "prim::CallFunction" ? callee : `${callee}.${String(attributes["name"] ?? "forward")}`;
}

function returnOf(graph: Graph, folder: Folder): Op {
  const single = graph.outputs.length === 1 ? folder.read(graph.outputs[0]!) : null;
  const parts =
    single?.parts ?? graph.outputs.map((value): readonly [string, Expression] => ["", folder.read(value)]);
  return {
    kind: "return",
    id: "return",
    operator: "prim::Return",
    label: "return",
    category: "input / output",
    module: "",
    arguments: parts.map(([name, expression]) => argumentOf(name, expression)),
    outputs: graph.outputs.map(({ name, type }) => ({ name, type: typeText(type) })),
    source: "",
    location: null,
  };
}

function argumentOf(name: string, { kind, text, links }: Expression): Argument {
  return { kind, name, text, links };
}

/** Where nodes stand: in modules, and in the functions that they were inlined from, which are scopes as modules are. */
class Places {
  readonly #calls = new Map<string, InlinedCall[]>();

  /** The second call of a function is `act#2`. */
  of({ callStack = [], scope }: Node): string {
    let path = "";
    for (const call of callStack) {
      path = joined(path, modulePath(call.scope), call.function);
      const calls = this.#calls.get(path) ?? [];
      this.#calls.set(path, calls);
      if (!calls.includes(call)) calls.push(call);
      const number = calls.indexOf(call) + 1;
      if (number > 1) path = `${path}#${number}`;
    }
    return joined(path, modulePath(scope));
  }
}

const joined = (...parts: readonly string[]): string => parts.filter(Boolean).join(".");

/** `__module.0/__module.0.a` is the module `0.a`. */
function modulePath(scope: string): string {
  return (scope.split("/").at(-1) ?? "").replace(/^__module\.?/, "");
}

/** A place in short, such as `cell 3, line 2`; empty if it is not known. */
export function sourceText(source: SourceLocation | null): string {
  if (source === null) return "";
  const file = source.file.split(/[\\/]/).at(-1)!;
  const cell = /^cell-(\d+)\.ts$/.exec(file);
  return `${cell === null ? file : `cell ${cell[1]}`}, line ${source.line}`;
}
