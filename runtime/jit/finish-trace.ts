/**
 * The end of a trace: what was recorded becomes a function's graph, or a method of a module's class, by the passes that
 * PyTorch runs, in its order. Source: torch/csrc/jit/passes/fixup_trace_scope_blocks.cpp (FixupTraceScopes).
 */
import type { DraftValue, GraphBuilder } from "./builder.ts";
import { type CalledFunctions, functionsCalledIn } from "./called-functions.ts";
import type { Graph } from "./ir.ts";
import type { ModuleTypes } from "./module-types.ts";
import { convertReturnsToTuples, makeDefinitionsDominateUses } from "./passes/block-values.ts";
import { cleanUp } from "./passes/cleanup.ts";
import { inlined } from "./passes/inline.ts";
import { extractMethods, type Methods } from "./passes/methods.ts";
import { convertTracedAttributes } from "./passes/traced-attributes.ts";
import type { Recorder } from "./recorder.ts";

/** A traced graph as it is and with all calls of submodules inlined. */
export interface FinishedTrace {
  readonly graph: Graph;
  readonly inlinedGraph: Graph;
}

/** A traced function, with the functions that it calls. */
export interface FinishedFunction extends FinishedTrace {
  readonly functions: CalledFunctions;
}

export function finishFunction({ builder, functions }: Recorder, result: DraftValue): FinishedFunction {
  builder.block.outputs = [result];
  cleanUp(builder.block);
  const graph = builder.freeze();
  const calls = functionsCalledIn(graph).length > 0;
  return {
    graph,
    inlinedGraph: calls ? inlined(builder, { methodsOf, functions }).freeze() : graph,
    functions,
  };
}

/** A function has no modules. */
const methodsOf = (): Methods => new Map();

/** What a module's trace had recorded when it broke off, as one graph with its calls inlined; nothing is cleaned away. */
export function unfinishedMethod(builder: GraphBuilder, types: ModuleTypes): Graph {
  convertTracedAttributes(builder, (path) => types.typeAt(path));
  makeDefinitionsDominateUses(builder);
  extractMethods(builder, types.methodsOf);
  return inlined(builder, types).freeze();
}

/** Finishes a method of the root module; methods of the submodules it called are added to their classes. */
export function finishMethod(
  builder: GraphBuilder,
  result: DraftValue,
  name: string,
  types: ModuleTypes,
): FinishedTrace {
  builder.block.outputs = [result];
  convertTracedAttributes(builder, (path) => types.typeAt(path));
  makeDefinitionsDominateUses(builder);
  convertReturnsToTuples(builder);
  const added = extractMethods(builder, types.methodsOf);
  for (const method of [...added, builder]) cleanUp(method.block);
  types.root.methods.set(name, builder);
  return { graph: builder.freeze(), inlinedGraph: inlined(builder, types).freeze() };
}
