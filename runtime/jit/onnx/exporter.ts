/** The walk over a graph that writes it as ONNX, node by node. What each operator becomes is said by its row. */
import { bindStack } from "../../dispatch/bind.ts";
import { findOverloads, type Op } from "../../dispatch/op.ts";
import { NotImplementedError } from "../../errors.ts";
import type { OnnxModel, OnnxValueInfo } from "../../onnx/proto.ts";
import type { DTypeName } from "../../tensor/dtype.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Graph, Node, TensorType, Value } from "../ir.ts";
import { expanded } from "./expanding.ts";
import type { OnnxOptions } from "./export.ts";
import { type Lowering, LoweringContext, type Operand, standing } from "./lowering.ts";
import { ModelWriter } from "./model-writer.ts";
import { type ModuleOperand, structuralNodes } from "./structure.ts";

/** How a graph is written. */
export interface ExportSettings extends Pick<OnnxOptions, "dynamicAxes"> {
  /** Holds the weights of a module's graph. */
  readonly source?: object | null;
  readonly opset?: number;
  /** Forms that differ from torch in NaN, ties or rounding are taken too. */
  readonly forFiles?: boolean;
  /** Inputs that are constants of the model, with what they hold. */
  readonly constants?: ReadonlyMap<Value, Tensor>;
}

/** Writes one graph. */
export class Exporter {
  readonly #graph: Graph;
  readonly #settings: ExportSettings;
  readonly #writer: ModelWriter;
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #known = new Map<Value, Operand | ModuleOperand>();
  /** Into how many parts lists are unpacked. */
  readonly #parts: ReadonlyMap<Value, number>;

  constructor(graph: Graph, settings: ExportSettings = {}) {
    this.#graph = graph;
    this.#settings = settings;
    this.#writer = new ModelWriter(settings.opset ?? 17, settings.dynamicAxes === false);
    this.#parts = new Map(
      graph.nodes
        .filter(({ kind }) => kind === "prim::ListUnpack")
        .map(({ inputs, outputs }) => [inputs[0], outputs.length]),
    );
    const { source, constants } = settings;
    graph.inputs.forEach((input, i) => {
      if (input.type.kind === "Class") {
        if (i !== 0 || source === null || source === undefined)
          throw new NotImplementedError("only a traced module's own weights can be exported");
        this.#known.set(input, { kind: "module", value: source, path: "" });
        return;
      }
      const constant = constants?.get(input);
      if (constant === undefined) this.#declareInput(input);
      else this.#known.set(input, { kind: "known", value: constant });
    });
  }

  /** The whole model; its outputs are called as in the graph if no names are given. */
  model(name: string, outputNames?: readonly string[]): OnnxModel {
    for (const node of this.#graph.nodes) this.#lower(node);
    const results = this.#graph.outputs.flatMap((value) => this.#results(value));
    if (outputNames !== undefined && outputNames.length !== results.length)
      throw new NotImplementedError(
        `toOnnx: ${outputNames.length} outputNames for ${results.length} outputs`,
      );
    const outputs = results.map(({ wanted, ...result }, i) => {
      const free = this.#writer.nameOutput(result.name, outputNames?.[i] ?? wanted);
      return {
        name: free,
        dtype: result.dtype,
        sizes: Array.from({ length: result.rank }, (_, dim) => this.#axisName(free, dim) ?? `${free}_${dim}`),
      };
    });
    return { name, ...this.#writer.parts(), inputs: this.#inputs, outputs };
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
    this.#writer.reserve(input.name);
    this.#known.set(input, {
      kind: "tensor",
      name: input.name,
      dtype: type.dtype,
      rank: sizes.length,
      wrapped: false,
      sizes: type.sizes,
    });
  }

  /** The name of a size that may vary, or null if it is fixed. */
  #dimension(input: string, dim: number): string | null {
    const { dynamicAxes } = this.#settings;
    return dynamicAxes === undefined ? `${input}_${dim}` : this.#axisName(input, dim);
  }

  /** What the caller says of a size. */
  #axisName(name: string, dim: number): string | null {
    const { dynamicAxes } = this.#settings;
    if (dynamicAxes === false) return null;
    const axes = dynamicAxes?.[name];
    if (axes === undefined) return null;
    if (Array.isArray(axes)) return axes.includes(dim) ? `${name}_${dim}` : null;
    return (axes as Readonly<Record<number, string>>)[dim] ?? null;
  }

  #results(value: Value): { name: string; dtype: DTypeName; rank: number; wanted: string }[] {
    const operand = this.#known.get(value) as Operand;
    return this.#resultsOf(operand, value.name).map((result, i, all) => ({
      ...result,
      wanted: all.length > 1 ? `output_${i}` : /^\d/.test(value.name) ? `output_${value.name}` : value.name,
    }));
  }

  #resultsOf(operand: Operand, label: string): { name: string; dtype: DTypeName; rank: number }[] {
    switch (operand.kind) {
      case "tensor":
        return [{ name: operand.name, dtype: operand.dtype.name, rank: operand.rank }];
      case "size":
        return [{ name: operand.name, dtype: "int64", rank: 0 }];
      case "list":
        return operand.items.flatMap((item) => this.#resultsOf(item, label));
      case "known":
        if (operand.value instanceof Tensor) {
          const { dtype, sizes } = operand.value;
          return [{ name: this.#writer.tensor(operand.value), dtype: dtype.name, rank: sizes.length }];
        }
        throw new NotImplementedError(`toOnnx: output ${label} is no tensor`);
    }
  }

  #lower(node: Node): void {
    const inputs = node.inputs.map((input) => this.#known.get(input) as Operand);
    const structural = structuralNodes[node.kind];
    if (structural !== undefined) {
      structural(node, inputs, this.#writer).forEach((operand, i) => {
        this.#known.set(node.outputs[i], operand);
        if (operand.kind === "known" && operand.value instanceof Tensor && operand.path !== undefined)
          this.#writer.nameTensor(operand.value, operand.path);
      });
      return;
    }
    const row = rowOf(node, inputs);
    const form = this.#formOf(row);
    if (form === undefined) {
      this.#expand(node, row, inputs);
      return;
    }
    if (row.mutates >= 0)
      throw new NotImplementedError(
        `toOnnx: the in-place operator ${node.kind} cannot be exported yet; use ${node.kind.slice(0, -1)}`,
      );
    this.#write(node, inputs, form);
  }

  readonly #formOf = (row: Op): Lowering | undefined => {
    const { onnx, onnxExport } = (row.functional ?? row).facts;
    return this.#settings.forFiles === true ? (onnxExport ?? onnx) : onnx;
  };

  #write(node: Node, inputs: readonly Operand[], form: Lowering): void {
    const parts = this.#parts.get(node.outputs[0]) ?? null;
    const context = new LoweringContext(node, inputs, this.#writer, parts);
    const lowered =
      typeof form === "string"
        ? this.#writer.emit(
            form,
            node.inputs.map((_, i) => context.tensor(i)),
          )
        : form(context);
    const names = typeof lowered === "string" ? [lowered] : lowered;
    if (node.outputs.length === 1 && node.outputs[0].type.kind === "List") {
      const [first] = inputs;
      const { dtype } = (first.kind === "list" ? first.items[0] : first) as Operand & { kind: "tensor" };
      this.#known.set(node.outputs[0], {
        kind: "list",
        items: names.map((name) => ({ kind: "tensor", name, dtype, rank: -1, wrapped: false })),
      });
      return;
    }
    node.outputs.forEach((output, i) => {
      const { dtype, sizes } = context.result(i);
      const rank = sizes.length;
      this.#known.set(output, { kind: "tensor", name: names[i], dtype, rank, wrapped: false, sizes });
    });
  }

  /** An operator without a form is what it is written with, if that has forms. */
  #expand(node: Node, row: Op, inputs: readonly Operand[]): void {
    const found =
      this.#settings.forFiles === true && row.facts.composite === true
        ? expanded(row, inputs, this.#formOf, this.#writer.exact)
        : null;
    if (found === null)
      throw new NotImplementedError(
        this.#settings.forFiles === true ? noForm(node, row) : `there is no exact ONNX form of ${node.kind}`,
      );
    found.graph.inputs.forEach((input, i) => {
      this.#known.set(input, found.given[i]);
    });
    for (const inner of found.graph.nodes) this.#lower({ ...inner, scope: node.scope, source: node.source });
    const results = found.graph.outputs.map((output) => this.#known.get(output) as Operand);
    if (node.outputs.length === results.length && node.outputs[0].type.kind !== "List")
      for (const [i, output] of node.outputs.entries()) this.#known.set(output, results[i]);
    else this.#known.set(node.outputs[0], { kind: "list", items: results });
  }
}

const noForm = (node: Node, { facts }: Op): string =>
  `toOnnx: there is no ONNX form of ${node.kind}${standing(node)}; ${
    facts.composite === true
      ? "what it does depends on the sizes: fix them with { dynamicAxes: false }, or write it with other operators"
      : "write it with other operators, or compute it outside of the model"
  }`;

/** The overload a node calls, by what is known of its arguments. */
function rowOf(node: Node, inputs: readonly Operand[]): Op {
  const overloads = findOverloads(node.kind);
  if (overloads === undefined)
    throw new NotImplementedError(`toOnnx: ${node.kind} is not in the operator table${standing(node)}`);
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
