/**
 * The names that tensors have in the user's functions: those of parameters of the function that runs, and of the
 * variables that results are declared as. Where they stand in the source is source-names.ts's.
 * Source of behaviour: torch/jit/_trace.py (_create_interpreter_name_lookup_fn).
 */
import { Tensor } from "../tensor/tensor.ts";
import { parameterNames } from "./naming.ts";
import type { UserFrame } from "./source.ts";
import { declaredName } from "./source-names.ts";

export class ValueNames {
  /** The tensors that are arguments of the function that runs. */
  #parameters: ReadonlyMap<unknown, string> = new Map();
  /** The text of the user's function that runs. */
  #text: string | null = null;
  readonly #declared = new WeakMap<Tensor, string>();

  /** Runs the body of a function. The text of functions that are not the user's is of no use. */
  within<T>(fn: (...args: never[]) => unknown, args: readonly unknown[], isUsers: boolean, body: () => T): T {
    const saved = { parameters: this.#parameters, text: this.#text };
    const known = new Map<unknown, string>();
    for (const [i, name] of parameterNames(fn).entries())
      if (name !== null && i < args.length) known.set(args[i], name);
    this.#parameters = known;
    if (isUsers) this.#text = Function.prototype.toString.call(fn);
    try {
      return body();
    } finally {
      this.#parameters = saved.parameters;
      this.#text = saved.text;
    }
  }

  /**
   * Notes the variable that the result of the call in progress is declared or assigned to. What is called has one of the
   * names `callees`, or any if they are null.
   */
  declare(
    result: unknown,
    frame: UserFrame | null,
    callees: readonly string[] | null,
    index: number | null = null,
  ): void {
    if (frame === null || !(result instanceof Tensor)) return;
    for (const callee of callees ?? [null]) {
      const name = declaredName(frame, this.#text, callee, index);
      if (name === null) continue;
      this.#declared.set(result, name);
      return;
    }
  }

  /** As `declare`, for a result that may be several. */
  declareAll(result: unknown, frame: UserFrame | null, callees: readonly string[] | null): void {
    if (!Array.isArray(result)) this.declare(result, frame, callees);
    else for (const [i, part] of result.entries()) this.declare(part, frame, callees, i);
  }

  /** The name of a tensor where it is used now. */
  nameOf(tensor: Tensor): string | undefined {
    return this.#parameters.get(tensor) ?? this.#declared.get(tensor);
  }
}
