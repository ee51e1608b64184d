/**
 * What the backward pass needs of the forward pass: tensors with the version their memory had.
 * Source: torch/csrc/autograd/saved_variable.cpp.
 */
import { RuntimeError } from "../errors.ts";
import { Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { attach, edgeOf } from "./edges.ts";
import { withGradMode } from "./grad-mode.ts";
import type { GradNode } from "./node.ts";

/** A tensor kept for the backward pass and the version its memory had then. */
export interface Saved {
  readonly tensor: Tensor;
  readonly version: number;
}

/** An argument as it is saved: tensors with their versions, also within lists. */
export function save(value: unknown, inPlace: Tensor | null): unknown {
  if (value instanceof Tensor) return saveOne(value, value === inPlace);
  if (Array.isArray(value)) return value.map((item) => (item instanceof Tensor ? saveOne(item) : item));
  return value;
}

/** What an in-place call is about to overwrite is saved as a copy of its present values. */
export function saveOne(tensor: Tensor, copy = false): Saved {
  if (tensor.storage.inference) {
    throw new RuntimeError(
      "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in " +
        "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use " +
        "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.",
    );
  }
  const kept = copy ? withGradMode(false, () => tensor.clone()) : tensor;
  const edge = copy ? edgeOf(tensor) : null;
  if (edge !== null) attach(kept, edge);
  return { tensor: kept, version: kept.storage.version };
}

const isSaved = (value: unknown): value is Saved =>
  typeof value === "object" && value !== null && "tensor" in value && "version" in value;

/** The values of what `node` saved; a tensor changed in place since gives torch's RuntimeError once it is read. */
export function unpack(value: unknown, node: GradNode, isResult = false): unknown {
  if (isSaved(value)) {
    const { tensor, version } = value;
    return tensor.storage.version === version
      ? tensor
      : changed(tensor, () => changedError(tensor, version, node, isResult));
  }
  return Array.isArray(value) ? value.map((item) => unpack(item, node, isResult)) : value;
}

/** Stands for a tensor whose values are gone: formulas that ask only for its shape or dtype still get them. */
function changed(tensor: Tensor, error: () => RuntimeError): Tensor {
  const storage = new Storage(new Float32Array(0));
  Object.defineProperty(storage, "data", {
    get() {
      throw error();
    },
  });
  return new Tensor(storage, tensor.dtype, tensor.sizes, tensor.strides, tensor.offset);
}

function changedError(tensor: Tensor, version: number, node: GradNode, isResult: boolean): RuntimeError {
  const producer = isResult ? { node, output: 0 } : (tensor.autograd?.edge ?? null);
  const origin =
    producer === null ? "" : `, which is output ${producer.output} of ${plainName(producer.node.name)},`;
  return new RuntimeError(
    "one of the variables needed for gradient computation has been modified by an inplace operation: " +
      `[torch.${tensor.dtype.scalarName}Tensor [${tensor.sizes.join(", ")}]]${origin} is at version ${tensor.storage.version}; ` +
      `expected version ${version} instead. Hint: ${node.name} needs its old values; clone the tensor before changing it in place.`,
  );
}

/** A node as torch's messages call it: `Exp`, not `ExpBackward0`. */
const plainName = (name: string): string =>
  name === "CopySlices" ? "torch::autograd::CopySlices" : name.replace(/Backward\d+$/, "");
