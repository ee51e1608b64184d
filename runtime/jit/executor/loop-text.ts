/**
 * A graph of pointwise operators as the text of one loop over elements, or as a formula for a loop of vectors. Every step is rounded as
 * the tensor between two kernels would have been, so that results equal the interpreter's bit for bit. Running it is fused-loop.ts's.
 */
import { findOverloads, type Op } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import { compiledApart } from "../../kernels/loops.ts";
import { type ResultRule, type ScalarKernel, scalarKernelOf } from "../../kernels/pointwise.ts";
import type { VectorLoop } from "../../kernels/vector-loop.ts";
import { firstValue } from "../../tensor/access.ts";
import { bool, type DType, float32, float64 } from "../../tensor/dtype.ts";
import { scalarValue } from "../../tensor/scalar.ts";
import type { NumberArray } from "../../tensor/storage.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Attribute, Graph, Node, TensorType, Value } from "../ir.ts";
import { matchNode } from "../script/overloads.ts";
import { type LoopValue, vectorLoopOf } from "./vector-form.ts";

/** A loop longer than this in operators would not be compiled well any more. */
const mostOperators = 400;

export type Loop = (inputs: readonly NumberArray[], outputs: readonly NumberArray[], count: number) => void;

type StageLoop = (
  inputs: readonly NumberArray[],
  outputs: readonly NumberArray[],
  between: readonly (Float32Array | Float64Array | null)[],
  start: number,
  end: number,
) => void;

/** The operators of one stage of a loop. */
const stageLength = 6;

/** The elements that go through all stages before the next ones do, so that what is between them stays in the cache. */
const blockLength = 1024;

/** The first operator after the stage of operator `index`. */
const stageEnd = (index: number): number => (Math.floor(index / stageLength) + 1) * stageLength;

/** Which operator's result a text stands for; null for other texts. */
const operatorIndex = (text: string): number | null => (/^v\d+$/.test(text) ? Number(text.slice(1)) : null);

/** A tensor the loop reads: an argument of the call or a weight, or a constant. */
export interface Source {
  readonly from: "input" | "constant";
  readonly index: number;
  readonly dtype: DType;
  /** True for one number, which stands for as many as there are. */
  readonly single: boolean;
}

/** What stands for a value of the graph in the loop's text. */
type Operand =
  | { readonly kind: "elements"; readonly text: string; readonly dtype: DType; readonly single: boolean }
  | { readonly kind: "constant"; readonly value: Attribute };

/** Writes the text of a loop, a line for each operator. */
export class LoopText {
  readonly sources: Source[] = [];
  readonly constants: Tensor[] = [];
  readonly functions: ScalarKernel["f"][] = [];
  readonly outputs: { readonly text: string; readonly dtype: DType }[] = [];
  readonly #operators: { readonly values: readonly string[]; readonly dtype: DType }[] = [];
  readonly #known = new Map<Value, Operand>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
    for (const [i, input] of graph.inputs.entries()) this.#addSource(input, "input", i, typeOf(input));
    for (const node of graph.nodes) this.#addNode(node);
    for (const value of graph.outputs) this.#addOutput(value);
    if (this.functions.length === 0) throw new NotImplementedError("the graph has no pointwise operator");
    if (this.functions.length > mostOperators)
      throw new NotImplementedError(
        `the graph has ${this.functions.length} operators, too many for one loop`,
      );
  }

  /**
   * Compiles the loop in stages of a few operators, with arrays between them: V8 inlines only so much into one function, and the
   * processor overlaps the work on several elements only if that on one is short.
   */
  compile(): Loop {
    const { functions } = this;
    const stages: string[] = [];
    for (let first = 0; first < functions.length; first += stageLength)
      stages.push(this.#stageText(first, Math.min(first + stageLength, functions.length)));
    const text = [
      ...functions.map((_, i) => `const f${i} = functions[${i}];`),
      `return [${stages.join(",\n")}];`,
    ].join("\n");
    const run = compiledApart(text, "functions", "fround")(functions, Math.fround) as StageLoop[];
    const kinds = this.#operators.map(({ dtype }) => (dtype === float32 ? Float32Array : Float64Array));
    const kept = this.#operators.map((_, i) => this.#lastUse(i) >= stageEnd(i));
    const between = kinds.map((Kind, i) => (kept[i] ? new Kind(blockLength) : null));
    return (inputs, results, count) => {
      for (let start = 0; start < count; start += blockLength) {
        const end = Math.min(start + blockLength, count);
        for (let i = 0; i < run.length; i++) run[i](inputs, results, between, start, end);
      }
    };
  }

  /** The same in vectors; null for more than one result, for other dtypes, and where an operator has no formula. */
  vectors(): VectorLoop | null {
    const [{ text }, ...others] = this.outputs;
    const single = [...this.sources, ...this.#operators].every(({ dtype }) => dtype === float32);
    if (others.length > 0 || !single) return null;
    const operators = this.functions.slice(0, (operatorIndex(text) as number) + 1).map((f, i) => {
      const values = this.#operators[i].values.map(loopValueOf);
      return values.some((value) => value === null) ? null : { f, values: values as LoopValue[] };
    });
    if (operators.some((operator) => operator === null)) return null;
    return vectorLoopOf(this.sources.length, operators as NonNullable<(typeof operators)[number]>[]);
  }

  #stageText(first: number, end: number): string {
    const { sources, outputs } = this;
    const local = (text: string): string => {
      const index = operatorIndex(text);
      return index !== null && index < first ? `b${index}[i - start]` : text;
    };
    const body: string[] = [];
    const arrays = new Set<number>();
    for (let i = first; i < end; i++) {
      const { values, dtype } = this.#operators[i];
      for (const value of values) {
        const index = operatorIndex(value);
        if (index !== null && index < first) arrays.add(index);
      }
      const call = `f${i}(${values.map(local).join(", ")})`;
      body.push(`const v${i} = ${dtype === float32 ? `fround(${call})` : call};`);
      if (this.#lastUse(i) >= end) {
        arrays.add(i);
        body.push(`b${i}[i - start] = v${i};`);
      }
      for (const [k, { text }] of outputs.entries()) if (text === `v${i}`) body.push(`out${k}[i] = v${i};`);
    }
    return [
      "(inputs, outputs, between, start, end) => {",
      ...sources.map(({ single }, i) => `const x${i} = inputs[${i}]${single ? "[0]" : ""};`),
      ...outputs.map((_, i) => `const out${i} = outputs[${i}];`),
      ...[...arrays].map((i) => `const b${i} = between[${i}];`),
      "for (let i = start; i < end; i++) {",
      ...body,
      "} }",
    ].join("\n");
  }

  /** The last operator that is given what operator `index` computes; -1 if none is. */
  #lastUse(index: number): number {
    return this.#operators.findLastIndex(({ values }, i) => i > index && values.includes(`v${index}`));
  }

  #addSource(
    value: Value,
    from: Source["from"],
    index: number,
    { dtype, rank }: { dtype: DType; rank: number },
  ): void {
    if (dtype !== float32 && dtype !== float64 && dtype !== bool)
      throw new NotImplementedError(`%${value.name} is of ${dtype}, and loops compute with floats`);
    const single = rank === 0 && this.#hasDimensions();
    const text = `x${this.sources.length}${single ? "" : "[i]"}`;
    this.sources.push({ from, index, dtype, single });
    this.#known.set(value, { kind: "elements", text, dtype, single });
  }

  /** True if some input of the graph has dimensions: then those without are single numbers beside it. */
  #hasDimensions(): boolean {
    return this.#graph.inputs.some(({ type }) => type.kind === "Tensor" && (type.sizes?.length ?? 0) > 0);
  }

  #addNode(node: Node): void {
    const [output] = node.outputs;
    if (node.kind === "prim::Constant") {
      const value = node.attributes.value ?? null;
      if (!(value instanceof Tensor) || value.sizes.length === 0) {
        this.#known.set(output, { kind: "constant", value });
        return;
      }
      this.constants.push(value);
      const { dtype, sizes } = value;
      this.#addSource(output, "constant", this.constants.length - 1, { dtype, rank: sizes.length });
      return;
    }
    this.#addOperator(node);
  }

  #addOperator(node: Node): void {
    const { dtype } = typeOf(node.outputs[0]);
    const row = rowOf(node);
    const { f, rule, float32: f32 = f } = scalarOf(row, node);
    const operands = node.inputs.map((input) => {
      const operand = this.#known.get(input);
      if (operand === undefined) throw new NotImplementedError(`${node.kind} is given what no loop holds`);
      return operand;
    });
    const compute = computeTypeOf(node, operands, dtype, rule);
    const values = operands.map((operand) =>
      operand.kind === "elements" ? operand.text : constantText(operand.value, compute),
    );
    while (values.length < row.schema.arguments.length)
      values.push(constantText(row.schema.arguments[values.length].default as Attribute, compute));
    const text = `v${this.functions.length}`;
    this.functions.push(compute === float32 ? (f32 as ScalarKernel["f"]) : f);
    this.#operators.push({ values, dtype });
    const single = operands.every((operand) => operand.kind === "constant" || operand.single);
    this.#known.set(node.outputs[0], { kind: "elements", text, dtype, single });
  }

  #addOutput(value: Value): void {
    const operand = this.#known.get(value);
    if (operand?.kind !== "elements" || !operand.text.startsWith("v") || operand.single)
      throw new NotImplementedError(`result %${value.name} is not computed for each element`);
    this.outputs.push(operand);
  }
}

/** What the text of an operand means; null for a word. */
function loopValueOf(text: string): LoopValue | null {
  const named = /^([xv])(\d+)/.exec(text);
  if (named !== null) return { kind: named[1] === "x" ? "input" : "operator", index: Number(named[2]) };
  const number = /^\(?(.*?)\)?$/.exec(text)?.[1] ?? "";
  return Number.isNaN(Number(number)) ? null : { kind: "number", value: Number(number) };
}

function typeOf({ name, type }: Value): { dtype: DType; rank: number } {
  const { kind, dtype, sizes } = type as TensorType;
  if (kind !== "Tensor" || dtype === undefined || sizes === undefined)
    throw new NotImplementedError(`the trace does not know dtype and rank of %${name}`);
  return { dtype, rank: sizes.length };
}

function rowOf(node: Node): Op {
  const match = matchNode(
    node.kind,
    node.inputs.map((input) => input.type),
  );
  const row = match?.overload.row;
  const found =
    row?.kind === "op"
      ? row
      : findOverloads(node.kind)?.length === 1
        ? findOverloads(node.kind)?.[0]
        : undefined;
  if (found === undefined || found.mutates >= 0 || node.outputs.length !== 1)
    throw new NotImplementedError(`${node.kind} is not pointwise`);
  return found;
}

function scalarOf(row: Op, node: Node): ScalarKernel {
  const { scalar, scalarFloat32 = scalar } = row.facts as Readonly<Record<string, ScalarKernel["f"]>>;
  const found =
    scalar === undefined
      ? scalarKernelOf(row.kernel)
      : { f: scalar, rule: "same" as const, float32: scalarFloat32 };
  if (found === undefined) throw new NotImplementedError(`${node.kind} is not pointwise`);
  return found;
}

/** The one float dtype an operator computes in; comparisons compute in that of their operands. */
function computeTypeOf(node: Node, operands: readonly Operand[], result: DType, rule: ResultRule): DType {
  const floats = operands.flatMap((operand) =>
    operand.kind === "elements" && operand.dtype !== bool ? [operand.dtype] : [],
  );
  const compute = result !== bool ? result : (floats[0] ?? (rule === "bool" ? float64 : undefined));
  if (compute === undefined || floats.some((dtype) => dtype !== compute))
    throw new NotImplementedError(`${node.kind} mixes dtypes`);
  return compute;
}

/** A constant as it stands in the text: numbers rounded to the dtype computed in. */
function constantText(value: Attribute, compute: DType): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) throw new NotImplementedError("a list is given to a pointwise operator");
  const number =
    value instanceof Tensor
      ? firstValue(value)
      : typeof value === "object" && "float" in value
        ? value.float
        : scalarValue(value as number);
  const rounded = compute === float32 ? Math.fround(number) : number;
  return Object.is(rounded, -0) ? "-0" : `(${rounded})`;
}
