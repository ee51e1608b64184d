/**
 * A graph made ready to be run whole: it takes tensors, arguments and weights alike, gives tensors, and writes to nothing. What is made
 * of its outputs afterwards, results in their nesting and memory that the traced function wrote to, is said beside it.
 */
import { gradMode, withGradMode } from "../../autograd/grad-mode.ts";
import { NotImplementedError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../ir.ts";
import { functionalized } from "../optimization/functionalize.ts";
import { optimized } from "../optimization/index.ts";
import { leavesOf, rebuild, type Shape, shapeOf } from "./result-shape.ts";

/** A graph and what becomes of its outputs. */
export interface WholeGraph {
  /** Its inputs are the call's arguments, then the weights; its outputs tensors of their own. */
  readonly graph: Graph;
  readonly shape: Shape;
  /** For each tensor of the result the input it is; null for the next output. */
  readonly results: readonly (number | null)[];
  /** The inputs that are written to, by the outputs behind the results. */
  readonly written: readonly number[];
}

/**
 * The whole graph of one that takes tensors and knows their sizes.
 * @throws NotImplementedError for views of inputs and what is no tensor as results, for writes that have no plain form, and
 * where there is nothing to compute
 */
export function wholeGraph(flat: Graph): WholeGraph {
  const [output] = flat.outputs;
  const leaves = leavesOf(flat, output);
  const other = leaves.find(({ type }) => type.kind !== "Tensor");
  if (other !== undefined) throw new NotImplementedError(`the result ${other.name} is no tensor`);
  const { graph, written, aliases } = functionalized({ ...flat, outputs: leaves });
  for (const alias of aliases)
    if (alias?.whole === false) throw new NotImplementedError("a result is a view of an input or a weight");
  const own = graph.outputs.filter((_, i) => aliases[i] === null || i >= aliases.length);
  if (own.length === 0)
    throw new NotImplementedError("it gives its inputs back, there is nothing to compute");
  return {
    graph: optimized({ ...graph, outputs: own }),
    shape: shapeOf(flat, output),
    results: aliases.map((alias) => (alias === null ? null : graph.inputs.indexOf(alias.input))),
    written: written.map((input) => graph.inputs.indexOf(input)),
  };
}

/** Writes back what was written to, and gives the result of a call from the outputs of a graph. */
export function finished(whole: WholeGraph, outputs: readonly Tensor[], inputs: readonly Tensor[]): unknown {
  const { shape, results, written } = whole;
  if (shape.kind === "leaf" && written.length === 0 && results[0] === null) return outputs[0];
  if (written.length > 0)
    writeBack(
      outputs.slice(outputs.length - written.length),
      written.map((input) => inputs[input]),
    );
  let next = 0;
  const flat = results.map((input) => (input === null ? outputs[next++] : inputs[input]));
  return rebuild(shape, flat, { next: 0 });
}

/** Gives tensors new values, as an in-place operator would: memory nobody else looks into is replaced, not copied to. */
export function writeBack(values: readonly Tensor[], tensors: readonly Tensor[]): void {
  for (const [i, tensor] of tensors.entries()) {
    const { storage } = tensor;
    const whole = tensor.offset === 0 && storage.data.length === tensor.elements && tensor.isContiguous();
    if (whole && !(gradMode.enabled && tensor.requiresGrad)) storage.replace(values[i].storage.data);
    else withGradMode(gradMode.enabled, () => tensor.copy_(values[i]));
  }
}
