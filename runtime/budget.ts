/**
 * What code that nobody asked to run may take, as an archive's own `__setstate__` while it is read: steps, memory and time. Whoever runs
 * such code says how much; loops, calls and allocations pay. Code that a user calls has no budget.
 */
import { RuntimeError } from "./errors.ts";

/** How much may still be taken. */
export interface Budget {
  /** Operators, calls and rounds of loops. */
  steps: number;
  /** Bytes of tensors, lists and texts that are made, whether they are still held or not. */
  bytes: number;
  /** Until when, in milliseconds of `performance.now()`. */
  readonly deadline: number;
}

/** Thrown where a budget is used up. */
export class BudgetError extends RuntimeError {
  override readonly name: string = "BudgetError";
}

let current: Budget | null = null;

/** Runs `fn` on a budget. */
export function withBudget<T>(budget: Budget, fn: () => T): T {
  const saved = current;
  current = budget;
  try {
    return fn();
  } finally {
    current = saved;
  }
}

/** Pays for a step. */
export function spendStep(): void {
  if (current === null) return;
  if (--current.steps < 0) throw new BudgetError("it takes too many steps");
  if (performance.now() > current.deadline) throw new BudgetError("it takes too long");
}

/** Pays for memory. */
export function spendBytes(bytes: number): void {
  if (current === null) return;
  current.bytes -= bytes;
  if (current.bytes < 0) throw new BudgetError("it takes too much memory");
}

/** Pays for what a step is given or gives: lists, texts, and tensors by their elements, views too, since what reads them takes time. */
export function spendValues(values: readonly unknown[]): void {
  if (current === null) return;
  for (const value of values) {
    if (Array.isArray(value) || typeof value === "string") spendBytes(8 * value.length);
    else if (isSized(value)) spendBytes(4 * value.elements);
  }
}

/** Tensors are known by their number of elements here: they are built on this file. */
const isSized = (value: unknown): value is { readonly elements: number } =>
  typeof value === "object" && value !== null && "elements" in value && typeof value.elements === "number";
