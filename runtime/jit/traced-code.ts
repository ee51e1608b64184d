/** A traced function as code that other code calls. */
import type { CalledFunctions } from "./called-functions.ts";
import { identifier } from "./code/names.ts";
import { prepare, type Runnable } from "./interpret.ts";
import type { Graph, Type } from "./ir.ts";
import type { ScriptCode, ScriptParameter } from "./script/unit.ts";
import { withoutShapes } from "./types.ts";

export class TracedCode implements ScriptCode {
  readonly name: string;
  readonly qualifiedName: string;
  readonly graph: Graph;
  readonly unit: CalledFunctions;
  readonly #inlined: Graph;
  #run: Runnable | null = null;

  constructor(name: string, graph: Graph, inlinedGraph: Graph, functions: CalledFunctions) {
    this.name = identifier(name);
    this.qualifiedName = `__torch__.${this.name}`;
    this.graph = graph;
    this.unit = functions;
    this.#inlined = inlinedGraph;
  }

  get parameters(): readonly ScriptParameter[] {
    return this.graph.inputs.map(({ name, type }) => ({
      name,
      type: withoutShapes(type),
      hasDefault: false,
      default: null,
    }));
  }

  get returns(): Type {
    return withoutShapes(this.graph.outputs[0].type);
  }

  get run(): Runnable {
    this.#run ??= prepare(this.#inlined);
    return this.#run;
  }
}
