/** `showGraph` and `diffGraphs`: graphs as objects that Jupyter draws, with options a plain graph cannot carry. */
import { argumentNames, failedTrace, type Graph } from "../../runtime/index.ts";
import { pngOfSvg } from "../chart/png.ts";
import { svgOf } from "../chart/svg.ts";
import { type Displayable, displayKey } from "../display.ts";
import { type GraphOptions, modelBundle } from "./bundle.ts";
import { diagramOf } from "./diagram.ts";
import { differenceOf, differenceSummary } from "./difference.ts";
import { type DifferentiableLike, type GradNodeLike, gradModelOf } from "./grad-graph.ts";
import { htmlOf } from "./html.ts";
import { isRun, type Run, runOptions } from "./measured.ts";
import { type GraphModel, modelOf } from "./model.ts";
import { specOf, stillSpecOf } from "./spec.ts";
import { summaryOf } from "./summary.ts";
import { failedOptions, isFailure, type TracedLike, tracedOptions } from "./traced.ts";

/**
 * A graph, or what has one: a traced function or module, what `profile` or `inspect` of it gave, or the error that ended a
 * trace. Of a module the graph with its calls inlined is drawn, of an error the graph up to the operator that threw it.
 */
export type Drawable = Graph | TracedLike | Run | Error;

/** A picture of a graph: the last expression of a cell, or an argument of `display`. */
export interface GraphPicture extends Displayable {
  readonly kind: "graph-picture";
  /** The whole drawing as an SVG text. */
  toSVG(): Promise<string>;
  /** The whole drawing as a PNG file, `scale` pixels for each of the SVG's; with the optional package `@resvg/resvg-js`. */
  toPNG(scale?: number): Promise<Uint8Array>;
  /** One HTML page with the interactive diagram, which needs no network. */
  toHTML(): Promise<string>;
}

/** Whether `value` is a graph of the IR. */
export function isGraph(value: unknown): value is Graph {
  return (
    value !== null &&
    typeof value === "object" &&
    "kind" in value &&
    value.kind === "graph" &&
    "nodes" in value &&
    Array.isArray(value.nodes)
  );
}

/**
 * Draws a graph with options, such as the depth of modules to start with.
 * @throws TypeError if `drawn` is neither a graph nor something that has one.
 * @example showGraph(traced, { depth: 1, title: "encoder" })
 * @example showGraph(traced.profile(x), { depth: 2 })
 * @example
 * try {
 *   jitTrace((a: Tensor) => a.relu().view([7]), x);
 * } catch (error) {
 *   display(showGraph(error as Error)); // up to the operator that threw
 * }
 * @example
 * import { writeFileSync } from "node:fs";
 * writeFileSync("encoder.html", await showGraph(traced).toHTML());
 */
export function showGraph(drawn: Drawable, options: GraphOptions = {}): GraphPicture {
  const graph = graphOf("showGraph", drawn);
  const whole = { argumentNames, ...ownOptions(drawn, graph), ...options };
  return pictureOf(modelOf(graph, whole), whole);
}

/** What the drawn thing says beside its graph. */
function ownOptions(drawn: Drawable, graph: Graph): GraphOptions {
  if (isRun(drawn)) {
    const [traced, run] = [ownOptions(drawn.traced as TracedLike, graph), runOptions(drawn)];
    return { ...traced, ...run, notes: [...(traced.notes ?? []), ...run.notes] };
  }
  const text = textOf(graph);
  if (isGraph(drawn)) return { text, summary: summaryOf(modelOf(graph)) };
  if (isFailure(drawn)) return failedOptions(drawn, graph, text);
  const traced = drawn as TracedLike;
  return tracedOptions(traced, graph, textOf(traced.graph));
}

/**
 * Draws what changed from one graph to another: ops added, removed and changed, in one picture.
 * @throws TypeError if one of them is neither a graph nor something that has one.
 * A traced module shows the graph of its module's present mode, so keep the graph of the one before changing it.
 * @example
 * const training = jitTrace(model, x).inlinedGraph;
 * diffGraphs(training, jitTrace(model.eval(), x))
 */
export function diffGraphs(before: Drawable, after: Drawable, options: GraphOptions = {}): GraphPicture {
  const difference = differenceOf(
    modelOf(graphOf("diffGraphs", before), { argumentNames, ...options, title: "before" }),
    modelOf(graphOf("diffGraphs", after), { argumentNames, ...options, title: "after" }),
  );
  const title = options.title ?? difference.title;
  return pictureOf({ ...difference, title }, { summary: differenceSummary(difference), ...options });
}

/** What names the leaves of a gradient graph: a module, or tensors by name. */
export type NamedTensors =
  | { namedParameters(): (readonly [string, DifferentiableLike])[] }
  | Readonly<Record<string, DifferentiableLike>>;

/**
 * Draws the gradient graph of a loss: how `backward` goes from it to the leaves.
 * @throws TypeError if no gradient can flow from it.
 * @example showGradGraph(nn.functional.crossEntropy(model.forward(x), y), model)
 * @example showGradGraph(model.forward(x).sum(), { first: model.parameters()[0] })
 */
export function showGradGraph(
  loss: DifferentiableLike,
  leaves: NamedTensors = {},
  options: GraphOptions = {},
): GraphPicture {
  const named =
    typeof leaves["namedParameters"] === "function" ? leaves.namedParameters() : Object.entries(leaves);
  const names = new Map<GradNodeLike, string>();
  for (const [name, tensor] of named as [string, DifferentiableLike][]) {
    const node = tensor.autograd?.accumulator;
    if (node != null) names.set(node, name);
  }
  return pictureOf(gradModelOf(loss, names, options.title ?? "gradients"), options);
}

function pictureOf(model: GraphModel, options: GraphOptions): GraphPicture {
  const toSVG = async (): Promise<string> => svgOf(stillSpecOf(await diagramOf(model, options)));
  return {
    kind: "graph-picture",
    [displayKey]: () => modelBundle(model, options),
    toSVG,
    toPNG: async (scale) => pngOfSvg(await toSVG(), scale),
    toHTML: async () => htmlOf(specOf(await diagramOf(model, options)), model.title),
  };
}

function graphOf(caller: string, drawn: Drawable): Graph {
  if (isGraph(drawn)) return drawn;
  if (isRun(drawn)) return graphOf(caller, drawn.traced as TracedLike);
  const failed = failedTrace(drawn);
  if (failed !== null) return failed;
  const { inlinedGraph, graph } = (drawn ?? {}) as {
    readonly graph?: unknown;
    readonly inlinedGraph?: unknown;
  };
  if (isGraph(inlinedGraph)) return inlinedGraph;
  if (isGraph(graph)) return graph;
  const came = drawn === null ? "null" : typeof drawn;
  throw new TypeError(`${caller}: expected a graph or a traced function, but got ${came}`);
}

/** The graph's own TorchScript text, if it has one. */
function textOf(graph: Graph): string | undefined {
  const text = String(graph);
  return text.startsWith("graph(") ? text : undefined;
}
