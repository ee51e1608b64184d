/** `jitCompile`: TorchScript text as functions that can be called. */
import { programOf } from "../call-code.ts";
import { makeCallable } from "../callable.ts";
import { functionsCalledIn } from "../called-functions.ts";
import { codeOf } from "../code/code-text.ts";
import { printable } from "../printable.ts";
import { codeFacts, dress, ScriptFunction, withCode } from "../script-function.ts";
import { LazyCode } from "./code-table.ts";
import { parseProgram } from "./parse.ts";
import { FunctionUnit, type ScriptCode } from "./unit.ts";

/** The functions of a text by name. */
export type CompilationUnit = Readonly<Record<string, ScriptFunction & ((...args: unknown[]) => unknown)>>;

/** A text's functions, which can call one another. */
class TextUnit extends FunctionUnit {
  readonly functions = new Map<string, ScriptCode>();

  functionNamed(name: string): ScriptCode | null {
    return this.functions.get(name.replace(/^__torch__\./, "")) ?? null;
  }
}

/**
 * Compiles the functions of a TorchScript text: Python's syntax with type annotations (parameters without one are
 * tensors), with `if`, `while`, `for`, lists, dicts, texts and every operator of the table as `torch.name`.
 * Throws a RuntimeError that shows the place of a mistake.
 * Source of behaviour: torch/jit/__init__.py (CompilationUnit), mlverse/torch R/trace.R (jit_compile).
 * @example
 * const unit = jitCompile(`
 * def relu_sum(a, b):
 *   return torch.sum(torch.relu(a + b))
 * `);
 * unit.relu_sum(torch.tensor([-1, 2]), torch.tensor([3, 4]));
 */
export function jitCompile(source: string): CompilationUnit {
  if (typeof source !== "string") throw new TypeError("jitCompile() expects a text of TorchScript functions");
  const text = { name: "<string>", text: source };
  const unit = new TextUnit();
  const { functions, classes } = parseProgram(text);
  if (classes.length > 0)
    throw new TypeError("jitCompile() compiles functions; classes come from archives, with jitLoad()");
  if (functions.length === 0)
    throw new TypeError("jitCompile() found no function in the text: write def name(x): ...");
  for (const definition of functions)
    unit.functions.set(
      definition.name,
      new LazyCode(`__torch__.${definition.name}`, definition, text, unit, null),
    );
  const compiled = [...unit.functions].map(([name, code]) => [name, asScriptFunction(code)] as const);
  return Object.freeze(Object.fromEntries(compiled)) as CompilationUnit;
}

function asScriptFunction(code: ScriptCode): ScriptFunction {
  // Mistakes are told now, and not at the first call.
  const graph = printable(code.graph);
  const program = programOf(code, null);
  const calls = functionsCalledIn(code.graph).length > 0;
  const made = dress(makeCallable(program, code), ScriptFunction.prototype, {
    name: { value: code.name },
    graph: { value: graph },
    inlinedGraph: { get: () => (calls ? printable(program.graph) : graph) },
    ...codeFacts(() => codeOf(code)),
    warnings: { value: Object.freeze([]) },
  });
  return withCode(made, code);
}
