/**
 * The calls that operators make while they run: a trace records `aten::linear`, not what it is made of. A gradient needs tensors made
 * in there; this knows the call behind each, so that the recorder can take it up where it is wanted.
 */
import { requiresGradient } from "../autograd/edges.ts";
import { gradMode } from "../autograd/grad-mode.ts";
import { execute } from "../dispatch/dispatch.ts";
import { hostReads, interpreter } from "../dispatch/interpreter.ts";
import type { Op } from "../dispatch/op.ts";
import { Tensor } from "../tensor/tensor.ts";

/** The call that made a tensor. */
export interface Origin {
  readonly op: Op;
  readonly args: readonly unknown[];
  readonly output: unknown;
}

export class Origins {
  readonly #calls = new WeakMap<Tensor, Origin & { readonly version: number }>();

  /** Runs a call unrecorded; where it records gradients, what it calls is noted. */
  execute(op: Op, args: readonly unknown[]): unknown {
    const saved = [interpreter.current, hostReads.current] as const;
    const noted = gradMode.enabled && requiresGradient(args);
    interpreter.current = noted ? (inner, given) => this.#note(inner, given) : null;
    hostReads.current = null;
    try {
      return execute(op, args);
    } finally {
      [interpreter.current, hostReads.current] = saved;
    }
  }

  /** The call that made a tensor inside of another one; null if none is known, or it was written to since. */
  of(tensor: Tensor): Origin | null {
    const call = this.#calls.get(tensor);
    return call !== undefined && call.version === tensor.storage.version ? call : null;
  }

  #note(op: Op, args: readonly unknown[]): unknown {
    const output = execute(op, args);
    if (op.mutates >= 0) return output;
    for (const result of Array.isArray(output) ? output : [output])
      if (result instanceof Tensor && !args.includes(result))
        this.#calls.set(result, { op, args, output, version: result.storage.version });
    return output;
  }
}
