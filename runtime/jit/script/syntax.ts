/** The syntax tree of TorchScript text: plain data, made by the parser and read by the compiler. */
import type { Span } from "./source-text.ts";

export type Expression =
  | (Span & { readonly kind: "name"; readonly name: string })
  | (Span & { readonly kind: "int"; readonly value: bigint })
  | (Span & { readonly kind: "float"; readonly value: number })
  | (Span & { readonly kind: "string"; readonly value: string })
  | (Span & { readonly kind: "constant"; readonly value: true | false | null })
  | (Span & { readonly kind: "list" | "tuple"; readonly elements: readonly Expression[] })
  | (Span & { readonly kind: "dict"; readonly entries: readonly (readonly [Expression, Expression])[] })
  | (Span & { readonly kind: "attribute"; readonly object: Expression; readonly name: string })
  | CallExpression
  | (Span & {
      readonly kind: "subscript";
      readonly object: Expression;
      readonly indices: readonly Expression[];
    })
  | SliceExpression
  | (Span & {
      readonly kind: "unary";
      readonly operator: "-" | "+" | "~" | "not";
      readonly operand: Expression;
    })
  | (Span & {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Span & {
      readonly kind: "logical";
      readonly operator: "and" | "or";
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Span & {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly result: Expression;
      readonly otherwise: Expression;
    })
  | (Span & {
      readonly kind: "comprehension";
      readonly element: Expression;
      readonly target: Expression;
      readonly iterable: Expression;
    });

export interface CallExpression extends Span {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
}

/** `a:b:c` inside of brackets. */
export interface SliceExpression extends Span {
  readonly kind: "slice";
  readonly start: Expression | null;
  readonly stop: Expression | null;
  readonly step: Expression | null;
}

export type Statement =
  | (Span & {
      readonly kind: "assign";
      readonly targets: readonly Expression[];
      /** True for `a, b = …` and `a, = …`: the value is taken apart. */
      readonly unpack: boolean;
      readonly annotation: Expression | null;
      readonly value: Expression | null;
    })
  | (Span & {
      readonly kind: "augment";
      readonly target: Expression;
      readonly operator: string;
      readonly value: Expression;
    })
  | (Span & { readonly kind: "expression"; readonly value: Expression })
  | (Span & { readonly kind: "return"; readonly value: Expression | null })
  | (Span & {
      readonly kind: "if";
      readonly test: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    })
  | (Span & { readonly kind: "while"; readonly test: Expression; readonly body: readonly Statement[] })
  | (Span & {
      readonly kind: "for";
      readonly target: Expression;
      readonly iterable: Expression;
      readonly body: readonly Statement[];
      /** A flag that ends the loop, where a `break` was taken out of it. */
      readonly until?: string;
    })
  | (Span & {
      readonly kind: "with";
      readonly contexts: readonly { readonly object: Expression; readonly target: Expression | null }[];
      readonly body: readonly Statement[];
    })
  | (Span & { readonly kind: "pass" | "break" | "continue" })
  | (Span & { readonly kind: "assert"; readonly test: Expression; readonly message: Expression | null })
  | (Span & { readonly kind: "raise"; readonly value: Expression | null })
  | (Span & { readonly kind: "delete"; readonly targets: readonly Expression[] })
  | LocalFunction;

/** A function inside of a function, which sees its variables; only `fork` takes one. */
export interface LocalFunction extends Span {
  readonly kind: "local";
  readonly definition: FunctionDefinition;
}

export interface Parameter extends Span {
  readonly name: string;
  readonly annotation: Expression | null;
  readonly default: Expression | null;
  readonly keywordOnly: boolean;
}

export interface FunctionDefinition extends Span {
  readonly kind: "function";
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: Expression | null;
  readonly body: readonly Statement[];
}

export interface ClassDefinition extends Span {
  readonly kind: "class";
  readonly name: string;
  /** The name in parentheses: `Module`, `NamedTuple`, `Enum`, `Interface`; empty for a plain class. */
  readonly base: string;
  /** The assignments of the class's body, in order: attributes with types, lists of parameters and buffers. */
  readonly assignments: readonly (Statement & { readonly kind: "assign" })[];
  readonly methods: readonly FunctionDefinition[];
}

/** A whole text: its functions and classes. */
export interface Program {
  readonly functions: readonly FunctionDefinition[];
  readonly classes: readonly ClassDefinition[];
}
