/**
 * Checks gradients against finite differences. Source: torch/autograd/gradcheck.py.
 */
import { RuntimeError, ValueError } from "../errors.ts";
import { valuesOf } from "../tensor/access.ts";
import { float64 } from "../tensor/dtype.ts";
import { Tensor, tensorFromArray } from "../tensor/tensor.ts";
import { needsGradient } from "./edges.ts";
import { grad } from "./engine.ts";
import { withGradMode } from "./grad-mode.ts";

/** Gradients that differ from finite differences. */
export class GradcheckError extends RuntimeError {
  override readonly name: string = "GradcheckError";
}

/** Options of `gradcheck`, with torch's defaults. */
export interface GradcheckOptions {
  /** The step of the finite differences; default 1e-6. */
  readonly eps?: number;
  /** Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-3. */
  readonly rtol?: number;
  /** Throw a GradcheckError where gradients differ (the default), or give false. */
  readonly raiseException?: boolean;
}

type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/**
 * True if the gradients of `fn` by each input that requires one agree with finite differences. Inputs should be
 * float64: in float32 the differences are too coarse.
 * @example torch.autograd.gradcheck((x) => x.sin(), torch.rand([3], { dtype: torch.float64, requiresGrad: true }))
 */
export function gradcheck(
  fn: Checked,
  inputs: Tensor | readonly Tensor[],
  { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true }: GradcheckOptions = {},
): boolean {
  const given = (inputs instanceof Tensor ? [inputs] : inputs) as readonly Tensor[];
  if (!given.some(needsGradient)) {
    throw new ValueError(
      "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
    );
  }
  const outputsOf = (): readonly Tensor[] => {
    const result = fn(...given);
    return (result instanceof Tensor ? [result] : result).filter((item) => item.isFloatingPoint());
  };
  for (const [j, input] of given.entries()) {
    if (!needsGradient(input)) continue;
    // The differences write to the input, so the graph is made after them.
    const numerical = numericalJacobians(outputsOf, input, eps);
    for (const [i, output] of outputsOf().entries()) {
      const analytical = analyticalJacobian(output, input);
      if (numerical[i].allclose(analytical, rtol, atol, true)) continue;
      if (!raiseException) return false;
      throw new GradcheckError(
        `Jacobian mismatch for output ${i} with respect to input ${j},\nnumerical:${numerical[i]}\nanalytical:${analytical}\n`,
      );
    }
  }
  return true;
}

/** Like `gradcheck`, of the gradients themselves: checks second derivatives. */
export function gradgradcheck(
  fn: Checked,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  const given = (inputs instanceof Tensor ? [inputs] : inputs) as readonly Tensor[];
  const wanted = given.filter(needsGradient);
  const first = (...args: Tensor[]): Tensor[] =>
    withGradMode(true, () => {
      const result = fn(...args);
      const outputs = (result instanceof Tensor ? [result] : result).filter(needsGradient);
      // Uneven weights show errors that a plain sum would hide.
      const gradOutputs = outputs.map((output) => output.detach().onesLike().cumsum(0).mul(0.7));
      return grad(outputs, wanted, { gradOutputs, createGraph: true, allowUnused: true }).filter(
        (item): item is Tensor => item !== null && needsGradient(item),
      );
    });
  return gradcheck(first, given, options);
}

/** One matrix for each output: row k holds how the output's elements change with element k of `input`. */
function numericalJacobians(outputsOf: () => readonly Tensor[], input: Tensor, eps: number): Tensor[] {
  return withGradMode(false, () => {
    const columns: Float64Array[][] = outputsOf().map(() => []);
    const flat = input.detach().view(-1);
    for (let k = 0; k < input.elements; k++) {
      const element = flat.select(0, k);
      const original = element.item();
      const shifted = (value: number): Float64Array[] => {
        element.fill_(value);
        return outputsOf().map((output) => Float64Array.from(valuesOf(output.detach())));
      };
      const above = shifted(original + eps);
      const below = shifted(original - eps);
      element.fill_(original);
      above.forEach((values, i) => {
        columns[i].push(values.map((value, e) => (value - below[i][e]) / (2 * eps)));
      });
    }
    return columns.map((rows) => matrix(rows, input));
  });
}

function analyticalJacobian(output: Tensor, input: Tensor): Tensor {
  const count = output.elements;
  const rows = Array.from({ length: input.elements }, () => new Float64Array(count));
  if (needsGradient(output)) {
    for (let e = 0; e < count; e++) {
      const unit = output.detach().zerosLike();
      unit.view(-1).select(0, e).fill_(1);
      const options = { gradOutputs: [unit], retainGraph: true, allowUnused: true } as const;
      const [gradient] = grad(output, input, options);
      if (gradient === null) break;
      valuesOf(gradient).forEach((value, k) => {
        rows[k][e] = value;
      });
    }
  }
  return matrix(rows, input);
}

function matrix(rows: readonly Float64Array[], input: Tensor): Tensor {
  const width = rows[0]?.length ?? 0;
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    all.set(row, i * width);
  });
  return tensorFromArray(all, float64, [rows.length, width]).to(input.dtype);
}
