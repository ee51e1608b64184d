/** What a TypeScript twin of a golden program is: the same function or module, written in this library. */
import type { Module } from "../../../runtime/nn/module.ts";
import type { Tensor } from "../../../runtime/tensor/tensor.ts";

// biome-ignore lint/suspicious/noExplicitAny: programs take whatever their golden inputs are
export type Program = (...inputs: any[]) => unknown;

export interface Twin {
  /** Gives the program anew; modules get the golden's state afterwards. */
  readonly make: () => Program | Module;
  /** The tracer's strict mode; default true. */
  readonly strict?: boolean;
  /** Further methods to trace. */
  readonly methods?: readonly string[];
}

export const fn = <F extends Program>(make: F, strict = true): Twin => ({ make: () => make, strict });
export const module = (make: () => Module, methods: readonly string[] = []): Twin => ({ make, methods });

/** A size read in a trace is a tensor behind the type `number`: arithmetic on it takes operators. */
export const traced = (size: number): Tensor => size as unknown as Tensor;
/** The other way: what such arithmetic gives stands where a number is wanted. */
export const asSize = (tensor: Tensor): number => tensor as unknown as number;
