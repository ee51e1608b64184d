/**
 * `toOnnx`: a traced graph as an ONNX model. Sizes the trace kept symbolic stay so; parameters become initializers;
 * in-place operators become plain ones, with what they wrote seen by all views of the same memory.
 */

import { bindStack } from "../../dispatch/bind.ts";
import { findOverloads } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import {
  encodeOnnx,
  type OnnxAttribute,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from "../../onnx/proto.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import { bool, type DTypeName, dtypes } from "../../tensor/dtype.ts";
import { encode, numberArrays } from "../../tensor/storage.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { hasScriptClass, scriptClass } from "../interpreter/script-objects.ts";
import type { Graph, Node, TensorType, Value } from "../ir.ts";
import { functionalized } from "../optimization/functionalize.ts";
import { codeOfFunction, type ScriptFunction, type ScriptModule } from "../script-function.ts";
import { withExampleTypes } from "./example-types.ts";
import { LoweringContext, type OnnxSink, type Operand } from "./lowering.ts";
import { type ModuleOperand, structuralNodes } from "./structure.ts";

/** Options of an export. */
export interface OnnxOptions {
  /** Version of the operator set, 17 or newer; default 17. */
  readonly opset?: number;
  /**
   * Which sizes of inputs may vary, by input name: `{ x: [0] }`, or with names `{ x: { 0: "batch" } }`. By default all
   * sizes may; `false` fixes them to the example's.
   */
  readonly dynamicAxes?:
    | Readonly<Record<string, readonly number[] | Readonly<Record<number, string>>>>
    | false;
  /**
   * Inputs to run the graph on once, for one that does not know its sizes, as those of `jitLoad` and `jitCompile`. Branches
   * are written as these inputs take them.
   */
  readonly exampleInputs?: readonly unknown[];
  /** Inputs that are constants of the model, with what they hold. */
  readonly constants?: ReadonlyMap<Value, Tensor>;
}

/**
 * The bytes of a `.onnx` file that computes what `traced` computes. Throws a NotImplementedError that names the operator
 * for graphs ONNX has no words for.
 * @example
 * import { writeFileSync } from "node:fs";
 * writeFileSync("model.onnx", toOnnx(traced));
 */
export function toOnnx(traced: ScriptFunction, options: OnnxOptions = {}): Uint8Array {
  return encodeOnnx(onnxModelOf(traced, options));
}

/** The model as plain data, before encoding. */
export function onnxModelOf(traced: ScriptFunction, options: OnnxOptions = {}): OnnxModel {
  const source = (traced as Partial<ScriptModule>).source ?? null;
  const { exampleInputs } = options;
  if (exampleInputs === undefined)
    return onnxModel(withoutWrites(traced.inlinedGraph), source, traced.name, options);
  const unit = hasScriptClass(source) ? source[scriptClass].unit : codeOfFunction(traced)?.unit;
  const leading = source === null ? [] : [source];
  const graph = withExampleTypes(traced.inlinedGraph, unit, [...leading, ...exampleInputs]);
  return onnxModel(withoutWrites(graph), source, traced.name, options);
}

/** In-place operators as plain ones. What they write to inputs is no result of the model. */
function withoutWrites(graph: Graph): Graph {
  const { graph: plain } = functionalized(graph);
  return { ...plain, outputs: plain.outputs.slice(0, graph.outputs.length) };
}

/** The model of a graph; `source` holds the weights of a module's graph. */
export function onnxModel(
  graph: Graph,
  source: object | null,
  name: string,
  options: OnnxOptions = {},
): OnnxModel {
  const opset = options.opset ?? 17;
  if (opset < 17) throw new RangeError(`toOnnx writes operator set 17 or newer, not ${opset}`);
  return new Exporter(graph, source, options).model(name, opset);
}

class Exporter implements OnnxSink {
  readonly #graph: Graph;
  readonly #options: OnnxOptions;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxInitializer[] = [];
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #known = new Map<Value, Operand | ModuleOperand>();
  readonly #constants = new Map<string, string>();
  readonly #tensors = new Map<Tensor, string>();
  readonly #outputNamesTaken = new Set<string>();
  /** The names of results by those their nodes first gave them. */
  readonly #renamed = new Map<string, string>();
  /** Into how many parts lists are unpacked. */
  readonly #parts: ReadonlyMap<Value, number>;
  #counter = 0;

  constructor(graph: Graph, source: object | null, options: OnnxOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#parts = new Map(
      graph.nodes
        .filter(({ kind }) => kind === "prim::ListUnpack")
        .map(({ inputs, outputs }) => [inputs[0], outputs.length]),
    );
    graph.inputs.forEach((input, i) => {
      if (input.type.kind === "Class") {
        if (i !== 0 || source === null)
          throw new NotImplementedError("only a traced module's own weights can be exported");
        this.#known.set(input, { kind: "module", value: source });
        return;
      }
      const constant = options.constants?.get(input);
      if (constant === undefined) this.#declareInput(input);
      else this.#known.set(input, { kind: "known", value: constant });
    });
  }

  model(name: string, opset: number): OnnxModel {
    for (const node of this.#graph.nodes) this.#lower(node);
    const outputs = this.#graph.outputs.flatMap((value) => this.#outputs(value));
    const renamed = (names: readonly string[]): string[] =>
      names.map((name) => this.#renamed.get(name) ?? name);
    return {
      opset,
      name,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: renamed(node.inputs),
        outputs: renamed(node.outputs),
      })),
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs,
    };
  }

  #declareInput(input: Value): void {
    const type = input.type as TensorType;
    if (type.kind === "Tensor" && type.sizes === undefined)
      throw new NotImplementedError(
        `toOnnx: the graph does not know the sizes of input ${input.name}; give some as { exampleInputs: [...] }`,
      );
    if (type.kind !== "Tensor" || type.dtype === undefined || type.sizes === undefined) {
      throw new NotImplementedError(
        `toOnnx: input ${input.name} is no tensor; ONNX models take tensors only, so trace a function of tensors`,
      );
    }
    const sizes = type.sizes.map((size, dim) => this.#dimension(input.name, dim) ?? size);
    this.#inputs.push({ name: input.name, dtype: type.dtype.name, sizes });
    this.#known.set(input, {
      kind: "tensor",
      name: input.name,
      dtype: type.dtype,
      rank: sizes.length,
      wrapped: false,
    });
  }

  /** The name of a size that may vary, or null if it is fixed. */
  #dimension(input: string, dim: number): string | null {
    const { dynamicAxes } = this.#options;
    if (dynamicAxes === false) return null;
    if (dynamicAxes === undefined) return `${input}_${dim}`;
    const axes = dynamicAxes[input];
    if (axes === undefined) return null;
    if (Array.isArray(axes)) return axes.includes(dim) ? `${input}_${dim}` : null;
    return (axes as Readonly<Record<number, string>>)[dim] ?? null;
  }

  #outputs(value: Value): OnnxValueInfo[] {
    const operand = this.#known.get(value) as Operand;
    return this.#outputNames(operand, value.name).map(({ name, dtype, rank }, i, all) => {
      const wanted =
        all.length === 1 ? (/^\d/.test(value.name) ? `output_${value.name}` : value.name) : `output_${i}`;
      let free = this.#inputs.some((input) => input.name === wanted) ? `${wanted}_out` : wanted;
      for (let again = 2; this.#outputNamesTaken.has(free); again++) free = `${wanted}_${again}`;
      this.#outputNamesTaken.add(free);
      // A result takes its name where it is made; inputs, constants and what is given twice keep theirs, and are copied.
      const made = this.#nodes.some(({ outputs }) => outputs.includes(name));
      if (made && !this.#renamed.has(name)) this.#renamed.set(name, free);
      else this.#nodes.push({ opType: "Identity", inputs: [name], outputs: [free], attributes: {} });
      return { name: free, dtype, sizes: Array.from({ length: rank }, (_, dim) => `${free}_${dim}`) };
    });
  }

  #outputNames(operand: Operand, label: string): { name: string; dtype: DTypeName; rank: number }[] {
    switch (operand.kind) {
      case "tensor":
        return [{ name: operand.name, dtype: operand.dtype.name, rank: operand.rank }];
      case "size":
        return [{ name: operand.name, dtype: "int64", rank: 0 }];
      case "list":
        return operand.items.flatMap((item) => this.#outputNames(item, label));
      case "known":
        if (operand.value instanceof Tensor) {
          const { dtype, sizes } = operand.value;
          return [{ name: this.tensor(operand.value), dtype: dtype.name, rank: sizes.length }];
        }
        throw new NotImplementedError(`toOnnx: output ${label} is no tensor`);
    }
  }

  // --- sink -------------------------------------------------------------------------------------------------------

  get exact(): boolean {
    return this.#options.dynamicAxes === false;
  }

  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs = 1,
  ): string[] {
    const names = Array.from({ length: outputs }, () => `t${++this.#counter}`);
    this.#nodes.push({ opType, inputs, outputs: names, attributes });
    return names;
  }

  constant(dtype: DTypeName, sizes: readonly number[], values: readonly number[]): string {
    const key = `${dtype}[${sizes}]${values.map((value) => (Object.is(value, -0) ? "-0" : value))}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const numbers = new numberArrays[dtype](values.length);
    values.forEach((value, i) => {
      numbers[i] = dtypes[dtype] === bool ? Number(value !== 0) : value;
    });
    const name = this.#addInitializer(dtype, sizes, bytesOf(encode(numbers, dtypes[dtype])));
    this.#constants.set(key, name);
    return name;
  }

  tensor(tensor: Tensor): string {
    const known = this.#tensors.get(tensor);
    if (known !== undefined) return known;
    const name = this.#addInitializer(tensor.dtype.name, tensor.sizes, bytesOf(rawValuesOf(tensor)));
    this.#tensors.set(tensor, name);
    return name;
  }

  #addInitializer(dtype: DTypeName, sizes: readonly number[], data: Uint8Array): string {
    const name = `c${++this.#counter}`;
    this.#initializers.push({ name, dtype, sizes, data });
    return name;
  }

  // --- nodes ------------------------------------------------------------------------------------------------------

  #lower(node: Node): void {
    const structural = structuralNodes[node.kind];
    if (structural !== undefined) {
      const inputs = node.inputs.map((input) => this.#known.get(input) as Operand);
      structural(node, inputs, this).forEach((operand, i) => {
        this.#known.set(node.outputs[i], operand);
      });
      return;
    }
    const inputs = node.inputs.map((input) => this.#known.get(input) as Operand);
    const row = rowOf(node, inputs);
    const lowering = (row.functional ?? row).facts.onnx;
    if (lowering === undefined)
      throw new NotImplementedError(`toOnnx: there is no ONNX form of ${node.kind} yet`);
    if (row.mutates >= 0)
      throw new NotImplementedError(
        `toOnnx: the in-place operator ${node.kind} cannot be exported yet; use ${node.kind.slice(0, -1)}`,
      );
    const parts = this.#parts.get(node.outputs[0]) ?? null;
    const context = new LoweringContext(node, inputs, this, parts);
    const lowered =
      typeof lowering === "string"
        ? this.emit(
            lowering,
            node.inputs.map((_, i) => context.tensor(i)),
          )
        : lowering(context);
    const names = typeof lowered === "string" ? [lowered] : lowered;
    if (node.outputs.length === 1 && node.outputs[0].type.kind === "List") {
      this.#known.set(node.outputs[0], {
        kind: "list",
        items: names.map((name) => ({
          kind: "tensor",
          name,
          dtype: context.dtype(0),
          rank: -1,
          wrapped: false,
        })),
      });
      return;
    }
    node.outputs.forEach((output, i) => {
      const { dtype, sizes } = context.result(i);
      this.#known.set(output, { kind: "tensor", name: names[i], dtype, rank: sizes.length, wrapped: false });
    });
  }
}

/** The overload a node calls, by what is known of its arguments. */
function rowOf(node: Node, inputs: readonly Operand[]) {
  const overloads = findOverloads(node.kind);
  if (overloads === undefined)
    throw new NotImplementedError(`toOnnx: ${node.kind} is not in the operator table`);
  return bindStack(overloads, inputs.map(standIn)).op;
}

const placeholder = new WeakMap<object, Tensor>();

/** A value of the operand's kind, to pick an overload with. */
function standIn(operand: Operand): unknown {
  switch (operand.kind) {
    case "known":
      return operand.value;
    case "size":
      return 1;
    case "list":
      return operand.items.map(standIn);
    case "tensor": {
      let tensor = placeholder.get(operand.dtype);
      if (tensor === undefined) {
        tensor = new Tensor(emptyStorage, operand.dtype, [0], [1], 0);
        placeholder.set(operand.dtype, tensor);
      }
      return tensor;
    }
  }
}

const emptyStorage = {
  data: new Float32Array(0),
  version: 0,
  words: () => new Int32Array(0),
} as unknown as Tensor["storage"];

const bytesOf = (data: { buffer: ArrayBuffer; byteOffset: number; byteLength: number }): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
