/**
 * The callable over a graph, traced or loaded: it checks its arguments, runs by an executor, becomes part of a trace in
 * progress, and tells of its runs. What else a script function has stands in script-function.ts.
 */
import { withGradMode } from "../autograd/grad-mode.ts";
import { type ExecutorName, type Program, Runner } from "./executor/runner.ts";
import { prepare, type Surroundings } from "./interpret.ts";
import type { Graph } from "./ir.ts";
import { printable } from "./printable.ts";
import { Inspection, inspectGraph, profileGraph, profileOf } from "./profile.ts";
import { recordFunctionCall } from "./record-function-call.ts";
import { recordGraph } from "./record-graph.ts";
import { activeRecorder } from "./recorder.ts";
import type { ScriptCode } from "./script/unit.ts";
import { checkInput } from "./structure.ts";

export type Callable = (...args: unknown[]) => unknown;

/** A graph as users call it. */
export interface CallableProgram extends Program {
  /** A call's arguments as the graph takes them. Throws for those that it does not take. */
  readonly bind: (args: readonly unknown[]) => readonly unknown[];
  /** Where functions and methods are found that the graph still calls. */
  readonly surroundings?: Surroundings;
}

/** A traced graph takes what its example inputs were like. */
export function tracedProgram(name: string, graph: Graph, source: object | null): CallableProgram {
  const inputs = graph.inputs.slice(source === null ? 0 : 1);
  return {
    graph,
    source,
    interpret: prepare(graph),
    bind: (args) => {
      if (args.length !== inputs.length) {
        throw new TypeError(
          `${name}() expected ${inputs.length} argument(s) but received ${args.length}. Declaration: ${name}(${inputs.map((input) => input.name).join(", ")})`,
        );
      }
      for (let i = 0; i < inputs.length; i++) checkInput(inputs[i].type, args[i], inputs[i].name);
      return args;
    },
  };
}

/**
 * A function that runs a graph. Within a trace a function with code of its own is called, a method's graph becomes part of
 * the trace's.
 */
export function makeCallable(program: CallableProgram, code: ScriptCode | null = null): Callable {
  const leading = program.source === null ? [] : [program.source];
  const runner = new Runner(program);
  const callable: Callable = (...given) => {
    const args = program.bind(given);
    const recorder = activeRecorder.current;
    if (recorder === null) return runner.run(args);
    return code === null
      ? recordGraph(recorder, program.graph, [...leading, ...args], program.interpret)
      : recordFunctionCall(recorder, code, args);
  };
  Object.defineProperty(callable, "executor", {
    get: () => runner.executor,
    set: (name: ExecutorName) => {
      runner.executor = name;
    },
  });
  const values: Record<string, unknown> = {
    graphFor: (...args: unknown[]) => {
      callable(...args);
      return printable(runner.optimizedGraph(program.bind(args)));
    },
    explain: () => runner.explain(),
    dispose: () => runner.dispose(),
    runAsync: async (...args: unknown[]) => {
      await nextTurn();
      return callable(...args);
    },
    profile: (...args: unknown[]) =>
      profileOf(callable, looking(profileGraph, program, [...leading, ...program.bind(args)])),
    inspect: (...args: unknown[]) =>
      new Inspection(callable, looking(inspectGraph, program, [...leading, ...program.bind(args)])),
  };
  for (const [key, value] of Object.entries(values)) Object.defineProperty(callable, key, { value });
  return callable;
}

type Look<T> = (graph: Graph, inputs: readonly unknown[], surroundings?: Surroundings) => T;

const looking = <T>(look: Look<T>, { graph, surroundings }: CallableProgram, inputs: unknown[]): T =>
  withGradMode(false, () => look(graph, inputs, surroundings));

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a callable has beside being called, for a script module over it. */
export function runFacts(callable: Callable): PropertyDescriptorMap {
  const { executor, explain, graphFor, runAsync, profile, inspect, dispose } =
    Object.getOwnPropertyDescriptors(callable as Callable & Record<string, unknown>);
  return { executor, explain, graphFor, runAsync, profile, inspect, dispose };
}
