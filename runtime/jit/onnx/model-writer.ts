/** Where the nodes of a model are gathered: constants are kept once, weights by their names, values get names of their own. */
import type { OnnxAttribute, OnnxInitializer, OnnxModel, OnnxNode } from "../../onnx/proto.ts";
import { rawValuesOf } from "../../tensor/access.ts";
import { bool, type DTypeName, dtypes } from "../../tensor/dtype.ts";
import { encode, numberArrays } from "../../tensor/storage.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OnnxSink } from "./lowering.ts";
import { inOpset } from "./opsets.ts";

/** What lowerings write to. */
export class ModelWriter implements OnnxSink {
  readonly exact: boolean;
  readonly opset: number;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxInitializer[] = [];
  readonly #constants = new Map<string, string>();
  readonly #tensors = new Map<Tensor, string>();
  /** What tensors are called where they are parameters. */
  readonly #paths = new Map<Tensor, string>();
  readonly #taken = new Set<string>();
  /** The names of results by those their nodes first gave them. */
  readonly #renamed = new Map<string, string>();
  #counter = 0;

  constructor(opset: number, exact: boolean) {
    this.opset = opset;
    this.exact = exact;
  }

  emit(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs = 1,
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.#newName("t"));
    const node = { opType, inputs, outputs: names, attributes };
    this.#nodes.push(inOpset(node, this.opset, (values) => this.constant("int64", [values.length], values)));
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
    const data = bytesOf(encode(numbers, dtypes[dtype]));
    const name = this.#newName("c");
    this.#initializers.push({ name, dtype, sizes, data });
    this.#constants.set(key, name);
    return name;
  }

  tensor(tensor: Tensor): string {
    const known = this.#tensors.get(tensor);
    if (known !== undefined) return known;
    const path = this.#paths.get(tensor);
    const name = path === undefined || this.#taken.has(path) ? this.#newName("c") : path;
    this.#taken.add(name);
    const { dtype, sizes } = tensor;
    this.#initializers.push({ name, dtype: dtype.name, sizes, data: bytesOf(rawValuesOf(tensor)) });
    this.#tensors.set(tensor, name);
    return name;
  }

  /** Says what a tensor is called in its module, as in a state dict. */
  nameTensor(tensor: Tensor, path: string): void {
    if (!this.#paths.has(tensor)) this.#paths.set(tensor, path);
  }

  /** Keeps a name from being given to anything else. */
  reserve(name: string): void {
    this.#taken.add(name);
  }

  /** Gives a value a name as an output: the wanted one, or one like it that is free. */
  nameOutput(value: string, wanted: string): string {
    let free = this.#taken.has(wanted) ? `${wanted}_out` : wanted;
    for (let again = 2; this.#taken.has(free); again++) free = `${wanted}_${again}`;
    this.#taken.add(free);
    // A result takes its name where it is made; inputs, constants and what is given twice keep theirs, and are copied.
    const made = this.#nodes.some(({ outputs }) => outputs.includes(value));
    if (made && !this.#renamed.has(value)) this.#renamed.set(value, free);
    else this.#nodes.push({ opType: "Identity", inputs: [value], outputs: [free], attributes: {} });
    return free;
  }

  /** What was written. */
  parts(): Pick<OnnxModel, "opset" | "nodes" | "initializers"> {
    const renamed = (names: readonly string[]): string[] =>
      names.map((name) => this.#renamed.get(name) ?? name);
    return {
      opset: this.opset,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: renamed(node.inputs),
        outputs: renamed(node.outputs),
      })),
      initializers: this.#initializers,
    };
  }

  #newName(kind: "t" | "c"): string {
    let name: string;
    do name = `${kind}${++this.#counter}`;
    while (this.#taken.has(name));
    this.#taken.add(name);
    return name;
  }
}

const bytesOf = (data: { buffer: ArrayBuffer; byteOffset: number; byteLength: number }): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
