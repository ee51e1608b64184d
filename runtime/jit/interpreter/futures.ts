/** The results of `torch.jit.fork`, which are there as soon as it returns: one thread computes everything. */

/** What waits for `torch.jit.wait`: a value, or the error that computing it ended with. */
export class Future {
  readonly #outcome: { readonly value: unknown } | { readonly error: unknown };

  constructor(outcome: { readonly value: unknown } | { readonly error: unknown }) {
    this.#outcome = outcome;
  }

  /** The value. Throws the error if there is one. */
  wait(): unknown {
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value;
  }
}

/** Computes at once. */
export function futureOf(compute: () => unknown): Future {
  try {
    return new Future({ value: compute() });
  } catch (error) {
    return new Future({ error });
  }
}
