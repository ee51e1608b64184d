/**
 * The names that tensors have in the user's functions: those of parameters of the function that runs, of the variables
 * that results are declared as, and of those that hold them where they are used. Where they stand in the source is
 * source-names.ts's and use-names.ts's.
 * Source of behaviour: torch/jit/_trace.py (_create_interpreter_name_lookup_fn).
 */
import { Tensor } from "../tensor/tensor.ts";
import { parameterNames } from "./naming.ts";
import type { UserFrame } from "./source.ts";
import { declaredName } from "./source-names.ts";
import { argumentTexts, elementsOf } from "./use-names.ts";

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

  /** Notes the variables that hold the arguments of the call in progress, of those that have no name yet. */
  use(args: readonly unknown[], frame: UserFrame | null, callee: string): void {
    if (frame === null || !args.some((value) => this.#isNameless(value))) return;
    for (const [i, text] of (argumentTexts(frame, this.#text, callee) ?? []).entries())
      this.#nameAs(args[i], text);
  }

  #isNameless(value: unknown): boolean {
    if (Array.isArray(value)) return value.some((part) => this.#isNameless(part));
    return value instanceof Tensor && this.nameOf(value) === undefined;
  }

  #nameAs(value: unknown, text: string): void {
    if (Array.isArray(value)) {
      if (!text.startsWith("[")) return;
      for (const [i, part] of (elementsOf(text) ?? []).entries()) this.#nameAs(value[i], part);
    } else if (/^[A-Za-z_$][\w$]*$/.test(text) && this.#isNameless(value)) {
      this.#declared.set(value as Tensor, text.replaceAll("$", "_"));
    }
  }

  /** The name of a tensor where it is used now. */
  nameOf(tensor: Tensor): string | undefined {
    return this.#parameters.get(tensor) ?? this.#declared.get(tensor);
  }
}
