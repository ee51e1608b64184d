/**
 * Einstein's sums: products of tensors written by letters for their dimensions.
 * Source: aten/src/ATen/native/Linear.cpp (einsum).
 */
import { aten, op } from "../dispatch/op.ts";
import { RuntimeError } from "../errors.ts";
import * as numbers from "../jit/onnx/numbers.ts";
import type { Tensor } from "../tensor/tensor.ts";

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Dimensions behind `...` get names of their own, counted from the last. */
const hiddenName = (fromEnd: number): string => `.${fromEnd}`;

function parse(equation: string, operands: readonly Tensor[]): Equation {
  const text = equation.replace(/\s/g, "");
  const [left, right] = text.split("->");
  const parts = left.split(",");
  if (parts.length !== operands.length) {
    throw new RuntimeError(
      parts.length > operands.length
        ? "einsum(): fewer operands were provided than specified in the equation"
        : "einsum(): more operands were provided than specified in the equation",
    );
  }
  let widest = 0;
  const inputs = parts.map((part, i) => {
    const labels = part.replace("...", "");
    const bad = /[^A-Za-z]/.exec(labels);
    if (bad !== null) {
      throw new RuntimeError(
        bad[0] === "."
          ? `einsum(): found '.' for operand ${i} that is not part of any ellipsis`
          : `einsum(): invalid subscript given at index ${equation.indexOf(bad[0])} in the equation string, subscripts must be in [a-zA-Z]`,
      );
    }
    const hidden = operands[i].ndim - labels.length;
    const elliptic = part.includes("...");
    if (hidden < 0 || (!elliptic && hidden > 0)) {
      throw new RuntimeError(
        `einsum(): the number of subscripts in the equation (${labels.length}) ${hidden < 0 ? "is more than" : "does not match"} the number of dimensions (${operands[i].ndim}) for operand ${i}${elliptic || hidden < 0 ? "" : " and no ellipsis was given"}`,
      );
    }
    if (elliptic) widest = Math.max(widest, hidden);
    const names = Array.from({ length: elliptic ? hidden : 0 }, (_, k) => hiddenName(hidden - 1 - k));
    return expandLabels(part, names);
  });
  const all = inputs.flat();
  const hiddenAll = Array.from({ length: widest }, (_, k) => hiddenName(widest - 1 - k));
  if (right !== undefined) {
    const output = expandLabels(right, right.includes("...") ? hiddenAll : []);
    for (const name of output) {
      if (!all.includes(name) && !name.startsWith(".")) {
        throw new RuntimeError(
          `einsum(): output subscript ${name} does not appear in the equation for any input operand`,
        );
      }
      if (output.filter((other) => other === name).length > 1) {
        throw new RuntimeError(`einsum(): output subscript ${name} appears more than once in the output`);
      }
    }
    return { inputs, output };
  }
  const once = [...new Set(all)].filter(
    (name) => !name.startsWith(".") && all.filter((other) => other === name).length === 1,
  );
  return { inputs, output: [...hiddenAll, ...once.sort()] };
}

function expandLabels(part: string, hidden: readonly string[]): string[] {
  const at = part.indexOf("...");
  if (at < 0) return [...part];
  return [...part.slice(0, at), ...hidden, ...part.slice(at + 3)];
}

/** A letter that stands twice for one operand means its diagonal. */
function diagonals(tensor: Tensor, labels: readonly string[]): [Tensor, string[]] {
  let result = tensor;
  const names = [...labels];
  for (let i = 0; i < names.length; i++) {
    for (let j = names.indexOf(names[i], i + 1); j > 0; j = names.indexOf(names[i], i + 1)) {
      if (result.sizes[i] !== result.sizes[j]) {
        throw new RuntimeError(
          `einsum(): subscript ${names[i]} is repeated for operand 0 but the sizes don't match, ${result.sizes[j]} != ${result.sizes[i]}`,
        );
      }
      result = result.diagonal(0, i, j).movedim(-1, i);
      names.splice(j, 1);
    }
  }
  return [result, names];
}

/** Brings a tensor's dimensions into the order of `names`; missing ones get size 1. */
function arrange(tensor: Tensor, labels: readonly string[], names: readonly string[]): Tensor {
  const present = names.filter((name) => labels.includes(name));
  const permuted = labels.length === 0 ? tensor : tensor.permute(present.map((name) => labels.indexOf(name)));
  let next = 0;
  return permuted.reshape(names.map((name) => (labels.includes(name) ? permuted.sizes[next++] : 1)));
}

/** Multiplies two operands and sums what is needed no more, as one batched product of matrices. */
function contract(
  [a, aNames]: readonly [Tensor, readonly string[]],
  [b, bNames]: readonly [Tensor, readonly string[]],
  needed: ReadonlySet<string>,
): [Tensor, string[]] {
  const shared = aNames.filter((name) => bNames.includes(name));
  const batch = shared.filter((name) => needed.has(name));
  const summed = shared.filter((name) => !needed.has(name));
  const onlyA = aNames.filter((name) => !bNames.includes(name));
  const onlyB = bNames.filter((name) => !aNames.includes(name));
  const left = arrange(a, aNames, [...batch, ...onlyA, ...summed]);
  const right = arrange(b, bNames, [...batch, ...summed, ...onlyB]);
  const broadcast = shared.some(
    (_, i) => a.sizes[aNames.indexOf(shared[i])] !== b.sizes[bNames.indexOf(shared[i])],
  );
  const names = [...batch, ...onlyA, ...onlyB];
  if (broadcast) {
    const every = [...batch, ...onlyA, ...summed, ...onlyB];
    const product = arrange(a, aNames, every).mul(arrange(b, bNames, every));
    const dims = summed.map((name) => every.indexOf(name));
    return [dims.length > 0 ? (product.sum(dims) as Tensor) : product, names];
  }
  const count = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1);
  const batchSizes = left.sizes.slice(0, batch.length);
  const sizesA = left.sizes.slice(batch.length, batch.length + onlyA.length);
  const sizesB = right.sizes.slice(batch.length + summed.length);
  const inner = count(left.sizes.slice(batch.length + onlyA.length));
  const product = left
    .reshape([count(batchSizes), count(sizesA), inner])
    .bmm(right.reshape([count(batchSizes), inner, count(sizesB)]));
  return [product.reshape([...batchSizes, ...sizesA, ...sizesB]), names];
}

/**
 * The sum of products that an equation such as `"ij,jk->ik"` describes.
 * @example torch.einsum("ij,jk->ik", [x, x]) // [[7, 10], [15, 22]]
 */
export const einsum: (
  equation: string,
  tensors: readonly Tensor[],
  options?: { path?: readonly number[] },
) => Tensor = aten(
  op(
    "aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
    (equation, tensors) => {
      if (tensors.length === 0) throw new RuntimeError("einsum(): must provide at least one operand");
      const { inputs, output } = parse(equation, tensors);
      const operands = tensors.map((tensor, i) => diagonals(tensor, inputs[i]));
      checkSizes(operands);
      let [result, names] = operands[0];
      for (let i = 1; i < operands.length; i++) {
        const later = new Set([...output, ...operands.slice(i + 1).flatMap(([, labels]) => labels)]);
        [result, names] = contract([result, names], operands[i], later);
      }
      const rest = names.filter((name) => !output.includes(name));
      if (rest.length > 0) {
        result = result.sum(rest.map((name) => names.indexOf(name))) as Tensor;
        names = names.filter((name) => output.includes(name));
      }
      return arrange(result, names, output);
    },
    { onnxExport: numbers.einsum, composite: true },
  ),
);

function checkSizes(operands: readonly (readonly [Tensor, readonly string[]])[]): void {
  const sizes = new Map<string, number>();
  for (const [i, [tensor, names]] of operands.entries()) {
    names.forEach((name, d) => {
      const size = tensor.sizes[d];
      const known = sizes.get(name) ?? 1;
      if (known !== 1 && size !== 1 && known !== size) {
        throw new RuntimeError(
          `einsum(): subscript ${name} has size ${size} for operand ${i} which does not broadcast with previously seen size ${known}`,
        );
      }
      sizes.set(name, Math.max(known, size));
    });
  }
}
