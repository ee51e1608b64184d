/**
 * `toOnnx`: a traced graph as an ONNX model. Sizes the trace kept symbolic stay so; parameters become initializers;
 * in-place operators become plain ones, with what they wrote seen by all views of the same memory. The walk over the graph is
 * exporter.ts's.
 */
import { ValueError } from "../../errors.ts";
import { encodeOnnx, type OnnxModel } from "../../onnx/proto.ts";
import { hasScriptClass, scriptClass } from "../interpreter/script-objects.ts";
import type { Graph, Value } from "../ir.ts";
import { functionalized } from "../optimization/functionalize.ts";
import { codeOfFunction, type ScriptFunction, type ScriptModule } from "../script-function.ts";
import { withExampleTypes } from "./example-types.ts";
import { Exporter } from "./exporter.ts";
import { newestOpset, oldestOpset } from "./opsets.ts";

/** The sizes that may vary, by the name of an input or output: by dimension, and with names if they matter. */
export type DynamicAxes = Readonly<Record<string, readonly number[] | Readonly<Record<number, string>>>>;

/** Options of an export. */
export interface OnnxOptions {
  /** Version of the operator set, from 17 to 23; default 17. */
  readonly opset?: number;
  /** What the inputs are called, in their order; by default as in the graph. */
  readonly inputNames?: readonly string[];
  /** What the outputs are called, in their order. */
  readonly outputNames?: readonly string[];
  /**
   * Which sizes of inputs may vary, by input name: `{ x: [0] }`, or with names `{ x: { 0: "batch" } }`; for outputs, what their sizes
   * are called. By default all sizes may; `false` fixes them to the example's.
   */
  readonly dynamicAxes?: DynamicAxes | false;
  /**
   * Inputs to run the graph on once, for one that does not know its sizes, as those of `jitLoad` and `jitCompile`. Branches
   * are written as these inputs take them.
   */
  readonly exampleInputs?: readonly unknown[];
}

/**
 * The bytes of a `.onnx` file that computes what `traced` computes. Throws a NotImplementedError that names the operator and where
 * it stands for graphs ONNX has no words for.
 * @example
 * import { writeFileSync } from "node:fs";
 * writeFileSync("model.onnx", toOnnx(traced));
 */
export function toOnnx(traced: ScriptFunction, options: OnnxOptions = {}): Uint8Array {
  return encodeOnnx(onnxModelOf(traced, options));
}

/** The model as plain data, before encoding. */
export function onnxModelOf(traced: ScriptFunction, options: OnnxOptions = {}): OnnxModel {
  const opset = options.opset ?? oldestOpset;
  if (!(opset >= oldestOpset))
    throw new RangeError(`toOnnx writes operator set ${oldestOpset} or newer, not ${opset}`);
  if (opset > newestOpset)
    throw new RangeError(`toOnnx knows operator sets up to ${newestOpset}, not ${opset}`);
  const source = (traced as Partial<ScriptModule>).source ?? null;
  const graph = withNames(withoutWrites(graphOf(traced, source, options)), options);
  const exporter = new Exporter(graph, { ...options, source, opset, forFiles: true });
  return exporter.model(traced.name, options.outputNames);
}

function graphOf(traced: ScriptFunction, source: object | null, { exampleInputs }: OnnxOptions): Graph {
  if (exampleInputs === undefined) return traced.inlinedGraph;
  const unit = hasScriptClass(source) ? source[scriptClass].unit : codeOfFunction(traced)?.unit;
  const leading = source === null ? [] : [source];
  return withExampleTypes(traced.inlinedGraph, unit, [...leading, ...exampleInputs]);
}

/** In-place operators as plain ones. What they write to inputs is no result of the model. */
function withoutWrites(graph: Graph): Graph {
  const { graph: plain } = functionalized(graph);
  return { ...plain, outputs: plain.outputs.slice(0, graph.outputs.length) };
}

/** The graph with its inputs renamed. */
function withNames(graph: Graph, { inputNames }: OnnxOptions): Graph {
  const given = graph.inputs.filter(({ type }) => type.kind !== "Class");
  if (inputNames !== undefined && inputNames.length !== given.length)
    throw new ValueError(`toOnnx: ${inputNames.length} inputNames for ${given.length} inputs`);
  const names = inputNames ?? given.map(({ name }) => name);
  const renamed = new Map(given.map((input, i) => [input, { ...input, name: names[i] }]));
  const of = (value: Value): Value => renamed.get(value) ?? value;
  return {
    ...graph,
    inputs: graph.inputs.map(of),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(of) })),
    outputs: graph.outputs.map(of),
  };
}
