/** What the parts of the compiler share: the graph being written, the variables in view, and how to compile a part. */
import type { RuntimeError } from "../../errors.ts";
import type { Type, Value } from "../ir.ts";
import { annotationText } from "../types.ts";
import type { GraphWriter } from "./graph-writer.ts";
import { isSubtype } from "./pattern.ts";
import { errorAt, type SourceText, type Span } from "./source-text.ts";
import type { Expression, FunctionDefinition, Statement } from "./syntax.ts";
import type { ScriptUnit } from "./unit.ts";

/** The variable that holds what a function returns; no program can name it. */
export const resultVariable = "$result";

/** The variables of a block; what is not assigned in it is looked up around it. */
export class Scope {
  readonly parent: Scope | null;
  readonly variables = new Map<string, Value>();
  /** Types that annotations give variables, wider than those of the values they hold. */
  readonly #declared = new Map<string, Type>();

  /** Why variables that branches assign to have no value behind them. */
  readonly #lost = new Map<string, string>();

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  lose(name: string, reason: string): void {
    this.#lost.set(name, reason);
  }

  /** What is to be said where a variable without a value is read. */
  reasonFor(name: string): string {
    return this.#lost.get(name) ?? this.parent?.reasonFor(name) ?? `undefined value ${name}`;
  }

  find(name: string): Value | undefined {
    return this.variables.get(name) ?? this.parent?.find(name);
  }

  declare(name: string, type: Type): void {
    this.#declared.set(name, type);
  }

  /** The type that values of a variable may have wherever they meet, if it was declared. */
  declaredType(name: string): Type | undefined {
    return this.#declared.get(name) ?? this.parent?.declaredType(name);
  }
}

/** One function or method being compiled. */
export interface Compilation {
  readonly writer: GraphWriter;
  readonly unit: ScriptUnit;
  readonly source: SourceText;
  /** The declared result, null if there is none. */
  returns: Type | null;
  /** The functions defined inside of this one, by name. */
  readonly locals: Map<string, FunctionDefinition>;
  scope: Scope;
  /** The value of an expression; `wanted` is the type it should have where that helps, as for an empty list. */
  expression(expression: Expression, wanted?: Type): Value;
  /** All results of an expression: more than one for operators that have several; `count` is how many are wanted. */
  results(expression: Expression, count?: number): readonly Value[];
  statements(statements: readonly Statement[]): void;
  error(span: Span, message: string): RuntimeError;
}

export const compilationError = (source: SourceText, span: Span, message: string): RuntimeError =>
  errorAt(source, span, message);

/** Assigns a value to a variable of the scope in view. */
export function assign(compilation: Compilation, name: string, value: Value): void {
  compilation.writer.rename(value, name);
  compilation.scope.variables.set(name, value);
}

/** True if part of the type is only known when the program runs. */
const hasUnknown = (type: Type): boolean =>
  type.kind === "Any" || (type.kind === "Tuple" && type.elements.some(hasUnknown));

/** What is said of a value of another type than the wanted one. */
export type Complaint = (wanted: string, actual: string) => string;

/** What is said of a result of another type than the declared one. */
export const wrongReturn: Complaint = (wanted, actual) =>
  `Return value was annotated as having type ${wanted} but is actually of type ${actual}`;

/** The value, once its type is seen to be the wanted one; tuples of one kind become lists. */
export function coerced(
  compilation: Compilation,
  value: Value,
  wanted: Type,
  span: Span,
  complaint: Complaint,
): Value {
  if (isSubtype(value.type, wanted)) return value;
  if (
    wanted.kind === "List" &&
    value.type.kind === "Tuple" &&
    value.type.elements.every((part) => isSubtype(part, wanted.element))
  ) {
    const parts = compilation.writer.node("prim::TupleUnpack", [value], value.type.elements, span);
    return compilation.writer.node("prim::ListConstruct", parts, [wanted], span)[0];
  }
  if (
    hasUnknown(value.type) ||
    value.type.kind === "Scalar" ||
    (wanted.kind === "float" && value.type.kind === "int")
  )
    return value;
  throw compilation.error(span, complaint(annotationText(wanted), annotationText(value.type)));
}
