/**
 * Functions whose gradient the user writes: `forward` computes, `backward` turns the gradients of the results into
 * those of the inputs. Source: torch/autograd/function.py, torch/csrc/autograd/python_function.cpp.
 */
import { NotImplementedError, RuntimeError } from "../errors.ts";
import { late } from "../tensor/late.ts";
import { Tensor } from "../tensor/tensor.ts";
import { attach, edgeOf, needsGradient } from "./edges.ts";
import { gradMode, withGradMode } from "./grad-mode.ts";
import { checkInPlace, rebase } from "./in-place.ts";
import { GradNode } from "./node.ts";
import { type Saved, saveOne, unpack } from "./saved.ts";

/** What `forward` leaves for `backward`; values that are no tensors may be kept in fields of one's own. */
export interface FunctionContext {
  /** Keeps inputs or results of `forward`; changing them in place before the backward pass is an error. */
  saveForBackward(...tensors: (Tensor | null)[]): void;
  /** What `saveForBackward` kept. */
  readonly savedTensors: Tensor[];
  /** For each argument of `apply`: does it need a gradient? */
  readonly needsInputGrad: readonly boolean[];
  /** Says which inputs `forward` changed in place; they must be among its results. */
  markDirty(...tensors: Tensor[]): void;
  /** Says which results carry no gradient. */
  markNonDifferentiable(...tensors: Tensor[]): void;
  /** With false, `backward` gets null, not zeros, for results without a gradient. */
  setMaterializeGrads(value: boolean): void;
  // biome-ignore lint/suspicious/noExplicitAny: users keep whatever their backward needs
  [own: string]: any;
}

class Context {
  savedInputs: readonly (Saved | null)[] = [];
  readonly dirty = new Set<Tensor>();
  readonly constant = new Set<Tensor>();
  materialize = true;
  node: GradNode | null = null;
  readonly needsInputGrad: readonly boolean[];
  #results: readonly Tensor[] = [];

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  saveForBackward(...tensors: (Tensor | null)[]): void {
    // Inputs that are changed in place are dirty by intent; their version is read when forward has ended.
    this.savedInputs = tensors.map((tensor) => (tensor === null ? null : saveOne(tensor)));
  }

  /** Notes the versions after `forward`. */
  seal(results: readonly Tensor[], node: GradNode): void {
    this.#results = results;
    this.node = node;
    this.savedInputs = this.savedInputs.map((saved) => (saved === null ? null : saveOne(saved.tensor)));
  }

  get savedTensors(): (Tensor | null)[] {
    return this.savedInputs.map((saved) => {
      if (saved === null || this.node === null) return saved?.tensor ?? null;
      return unpack(saved, this.node, this.#results.includes(saved.tensor)) as Tensor;
    });
  }

  markDirty(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.dirty.add(tensor);
  }

  markNonDifferentiable(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.constant.add(tensor);
  }

  setMaterializeGrads(value: boolean): void {
    this.materialize = value;
  }
}

type Result = Tensor | readonly Tensor[];

/**
 * The base class of functions with a gradient of one's own.
 * @example
 * class Exp extends torch.autograd.Function {
 *   static override forward(ctx: FunctionContext, x: Tensor): Tensor {
 *     const result = x.exp();
 *     ctx.saveForBackward(result);
 *     return result;
 *   }
 *   static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
 *     return grad.mul(ctx.savedTensors[0]);
 *   }
 * }
 * Exp.apply(torch.ones([2], { requiresGrad: true }));
 */
// biome-ignore lint/complexity/noStaticOnlyClass: torch's own form, which users subclass
export class AutogradFunction {
  /** Computes the results from the arguments of `apply`. */
  // biome-ignore lint/suspicious/noExplicitAny: each function has arguments of its own
  static forward(_ctx: FunctionContext, ..._args: any[]): any {
    throw new NotImplementedError("You must implement the forward function for custom autograd.Function.");
  }

  /** From the gradient of each result the gradient of each argument; null for those that have none. */
  // biome-ignore lint/suspicious/noExplicitAny: each function has results of its own
  static backward(_ctx: FunctionContext, ..._grads: any[]): any {
    throw new NotImplementedError(
      "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.",
    );
  }

  /** Calls `forward` and records `backward` for gradients. */
  static apply<F extends typeof AutogradFunction>(
    this: F,
    ...args: DropContext<Parameters<F["forward"]>>
  ): ReturnType<F["forward"]> {
    // biome-ignore lint/complexity/noThisInStatic: the subclass whose forward and backward are meant
    return applyFunction(this, args) as ReturnType<F["forward"]>;
  }
}

function applyFunction(own: typeof AutogradFunction, args: readonly unknown[]): Result {
  const needs = args.map((arg: unknown) => arg instanceof Tensor && needsGradient(arg));
  const context = new Context(needs);
  const edges = args.map((arg: unknown) => (arg instanceof Tensor ? edgeOf(arg) : null));
  const output = withGradMode(false, () =>
    own.forward(context as unknown as FunctionContext, ...args),
  ) as Result;
  if (!gradMode.enabled || !needs.includes(true)) return output;
  const outputs = (Array.isArray(output) ? output : [output]) as Tensor[];
  const results = outputs.map(({ sizes, dtype }) => ({ sizes, dtype }));
  const name = `${own.name}Backward`;
  const node = new GradNode(name, edges, results, (grads) => {
    const arriving = grads.map((grad, i) =>
      grad === null && context.materialize ? late.zeros(results[i].sizes, results[i].dtype) : grad,
    );
    const found = own.backward(context as unknown as FunctionContext, ...arriving) as
      | Tensor
      | null
      | undefined
      | readonly (Tensor | null | undefined)[];
    return checkGradients(found, args, name);
  });
  const linked = outputs.map((item, i) => {
    if (context.dirty.has(item)) {
      checkInPlace(item);
      rebase(item, node);
      return item;
    }
    // An argument given back as it came becomes a result of its own.
    const result = args.includes(item) ? item.detach() : item;
    if (!context.constant.has(item)) attach(result, { node, output: i });
    return result;
  });
  context.seal(outputs, node);
  return Array.isArray(output) ? linked : linked[0];
}

type DropContext<P extends unknown[]> = P extends [unknown, ...infer Rest] ? Rest : never;

function checkGradients(
  found: Tensor | null | undefined | readonly (Tensor | null | undefined)[],
  args: readonly unknown[],
  name: string,
): (Tensor | null)[] {
  const gradients = (Array.isArray(found) ? found : [found]).map((grad) => grad ?? null);
  while (gradients.length > args.length && gradients.at(-1) === null) gradients.pop();
  if (gradients.length !== args.length) {
    throw new RuntimeError(
      `function ${name} returned an incorrect number of gradients (expected ${args.length}, got ${gradients.length})`,
    );
  }
  gradients.forEach((grad, i) => {
    if (grad !== null && !(args[i] instanceof Tensor)) {
      throw new RuntimeError(
        `function ${name} returned a gradient different from None at position ${i + 1}, but the corresponding forward input was not a Variable`,
      );
    }
  });
  return gradients;
}
