/**
 * Memory that a write would meet twice: an expanded tensor's, or that of an input which lies partly in the output.
 * Source: aten/src/ATen/MemoryOverlap.cpp.
 */
import { RuntimeError } from "../errors.ts";
import { Tensor } from "./tensor.ts";

/** Throws torch's RuntimeError if `output` cannot be written to element by element while the inputs are read. */
export function checkOverlap(output: Tensor, inputs: readonly unknown[]): void {
  if (!output.isContiguous() && overlapsItself(output)) {
    throw new RuntimeError(
      "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
    );
  }
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input instanceof Tensor && input.storage === output.storage && overlapsPartly(output, input)) {
      throw new RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.",
      );
    }
  }
}

const overlapsItself = ({ sizes, strides }: Tensor): boolean =>
  !sizes.includes(0) && strides.some((stride, dim) => stride === 0 && sizes[dim] > 1);

/** True if both fill a stretch of memory without gaps, the stretches meet, and are not the same tensor. */
function overlapsPartly(output: Tensor, input: Tensor): boolean {
  if (input === output || input.elements === 0 || !isDense(output) || !isDense(input)) return false;
  if (input.offset === output.offset && input.elements === output.elements) {
    return input.strides.join() !== output.strides.join();
  }
  return input.offset < output.offset + output.elements && output.offset < input.offset + input.elements;
}

/** True if the elements fill a stretch of memory, in whatever order. */
function isDense({ sizes, strides }: Tensor): boolean {
  const dims = sizes.map((_, dim) => dim).filter((dim) => sizes[dim] !== 1);
  let expected = 1;
  for (const dim of dims.sort((a, b) => strides[a] - strides[b])) {
    if (strides[dim] !== expected) return false;
    expected *= sizes[dim];
  }
  return true;
}
