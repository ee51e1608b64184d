/**
 * The functions that a trace calls, by names that are unique in it. A function brings those that it calls itself; where
 * two have one name, the later gets another, and code that calls it is renamed to say so.
 * Source of the names: torch/csrc/jit/api/compilation_unit.h (mangle).
 */
import { prepare } from "./interpret.ts";
import type { Block, Graph, Node, Type, Value } from "./ir.ts";
import { FunctionUnit, type ScriptCode } from "./script/unit.ts";

export class CalledFunctions extends FunctionUnit {
  readonly #codes = new Map<string, ScriptCode>();
  readonly #names = new Map<ScriptCode, string>();
  readonly #isTaken: (name: string) => boolean;
  #mangled = 0;

  /** `isTaken` tells which names the classes of a traced module have. */
  constructor(isTaken: (name: string) => boolean = () => false) {
    super();
    this.#isTaken = isTaken;
  }

  functionNamed(name: string): ScriptCode | null {
    return this.#codes.get(name) ?? null;
  }

  /** The name by which this trace calls a function. */
  nameOf(code: ScriptCode): string {
    const known = this.#names.get(code);
    if (known !== undefined) return known;
    const name = this.#freeName(code.qualifiedName);
    this.#names.set(code, name);
    this.#codes.set(name, code);
    const renamed = new Map<string, string>();
    for (const called of functionsCalledIn(code.graph)) {
      const callee = code.unit.functionNamed(called);
      const ours = callee === null ? called : this.nameOf(callee);
      if (ours !== called) renamed.set(called, ours);
    }
    if (renamed.size > 0 || name !== code.qualifiedName)
      this.#codes.set(name, this.#renamed(code, name, renamed));
    return name;
  }

  #freeName(name: string): string {
    if (!this.#codes.has(name) && !this.#isTaken(name)) return name;
    const dot = name.lastIndexOf(".");
    return `${name.slice(0, dot)}.___torch_mangle_${this.#mangled++}${name.slice(dot)}`;
  }

  #renamed(code: ScriptCode, qualifiedName: string, names: ReadonlyMap<string, string>): ScriptCode {
    const { name, parameters, returns } = code;
    const graph = withFunctionNames(code.graph, names);
    return { name, qualifiedName, parameters, returns, graph, run: prepare(graph, this), unit: this };
  }
}

/** The qualified names of the functions that a graph calls, those called within its blocks too. */
export function functionsCalledIn(block: Block | Graph): string[] {
  return block.nodes.flatMap((node) => {
    const type = node.kind === "prim::CallFunction" ? node.inputs[0].type : null;
    return [...(type?.kind === "Function" ? [type.name] : []), ...node.blocks.flatMap(functionsCalledIn)];
  });
}

/** A copy of a graph that calls functions by other names. */
function withFunctionNames(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const known = new Map<Value, Value>();
  const typeOf = (type: Type): Type =>
    type.kind === "Function" ? Object.freeze({ ...type, name: names.get(type.name) ?? type.name }) : type;
  const value = (from: Value): Value => {
    const copy = known.get(from) ?? Object.freeze({ ...from, type: typeOf(from.type) });
    known.set(from, copy);
    return copy;
  };
  const parts = ({ inputs, nodes, outputs }: Block | Graph): Omit<Graph, "kind"> => ({
    inputs: inputs.map(value),
    nodes: nodes.map(node),
    outputs: outputs.map(value),
  });
  const node = (from: Node): Node =>
    Object.freeze({
      ...from,
      inputs: from.inputs.map(value),
      outputs: from.outputs.map(value),
      blocks: from.blocks.map((block) => Object.freeze({ kind: "block", ...parts(block) })),
    });
  return Object.freeze({ kind: "graph", ...parts(graph) });
}
