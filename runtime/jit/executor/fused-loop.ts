/**
 * The plain JavaScript executor: a graph of pointwise operators on floats as one loop, of vectors where there is enough to compute. For
 * small inputs, where a call into ONNX Runtime costs more than the work.
 */
import { checkInterrupt } from "../../interrupt.ts";
import type { VectorLoop } from "../../kernels/vector-loop.ts";
import { fromValues, valuesOf } from "../../tensor/access.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sameSizes } from "../../tensor/geometry.ts";
import { allocateNumbers, type NumberArray } from "../../tensor/storage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Graph } from "../ir.ts";
import { type Loop, LoopText, type Source } from "./loop-text.ts";

/** Measured: 1 for arithmetic, 5 for exponentials; in vectors 0.2 and 3. */
const nanosecondsPerOperator = { numbers: 2, vectors: 0.8 };

/** With fewer operators on elements than this, vectors save less than the way through their memory costs. */
const leastForVectors = 64;

/** A graph that runs as one loop of JavaScript. */
export class FusedLoop {
  /** How many operators an element goes through. */
  readonly operators: number;
  readonly #sources: readonly Source[];
  readonly #constants: readonly Tensor[];
  readonly #outputs: readonly DType[];
  readonly #loop: Loop;
  readonly #vectors: VectorLoop | null;

  /**
   * Writes and compiles the loop.
   * @param graph takes and gives tensors only, and writes to nothing
   * @throws NotImplementedError that names what is not pointwise
   */
  constructor(graph: Graph) {
    const text = new LoopText(graph);
    this.operators = text.functions.length;
    this.#sources = text.sources;
    this.#constants = text.constants;
    this.#outputs = text.outputs.map(({ dtype }) => dtype);
    this.#loop = text.compile();
    this.#vectors = text.vectors();
  }

  /** Milliseconds that a call on so many elements should take, once V8 has compiled the loop. */
  estimate(elements: number): number {
    const { numbers, vectors } = nanosecondsPerOperator;
    return (this.operators * elements * (this.#vectors === null ? numbers : vectors)) / 1e6;
  }

  /** Runs the loop and gives the outputs of the graph; null if the tensors are not all of one shape and contiguous. */
  run(tensors: readonly Tensor[]): Tensor[] | null {
    const sources = this.#sources;
    const arrays = new Array<NumberArray>(sources.length);
    let sizes: readonly number[] | null = null;
    for (let i = 0; i < sources.length; i++) {
      const { from, index, dtype, single } = sources[i];
      const tensor = from === "input" ? tensors[index] : this.#constants[index];
      if (tensor.dtype !== dtype || !tensor.isContiguous()) return null;
      if (single) {
        if (tensor.sizes.length !== 0) return null;
      } else if (sizes === null) sizes = tensor.sizes;
      else if (sizes !== tensor.sizes && !sameSizes(sizes, tensor.sizes)) return null;
      arrays[i] = valuesOf(tensor);
    }
    checkInterrupt();
    const given = sizes ?? [];
    let count = 1;
    for (let dim = 0; dim < given.length; dim++) count *= given[dim];
    const dtypes = this.#outputs;
    const outputs = new Array<NumberArray>(dtypes.length);
    for (let i = 0; i < dtypes.length; i++) outputs[i] = allocateNumbers(dtypes[i], count);
    if (this.#vectors !== null && count * this.operators >= leastForVectors) {
      arrays.push(...outputs);
      this.#vectors.run(arrays as Float32Array[]);
    } else this.#loop(arrays, outputs, count);
    const results = new Array<Tensor>(outputs.length);
    for (let i = 0; i < results.length; i++) results[i] = fromValues(outputs[i], given, dtypes[i]);
    return results;
  }
}
