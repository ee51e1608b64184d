/** The rewriter: cells become JavaScript whose lines and columns are the user's. */
import { expect, test } from "vitest";
import { CellError } from "../../kernel/cell/cell-error.ts";
import type { SlotKind } from "../../kernel/cell/declarations.ts";
import {
  type RewrittenCell,
  rewriteCell as rewriteTypeScript,
  typeScriptOf,
} from "../../kernel/cell/rewrite.ts";

const rewriteCell = (source: string, name: string, slots: Map<string, SlotKind>): Promise<RewrittenCell> =>
  rewriteTypeScript(typeScriptOf(source, { slots, inputs: () => [] }), name, slots);
const code = async (source: string, slots: Record<string, SlotKind> = {}): Promise<string> =>
  (await rewriteCell(source, "cell-1.ts", new Map(Object.entries(slots)))).code;

test.each([
  ["let x: number = 1", "let x         = 1"],
  ["const f = (a: string, b?: number): void => {}", "let   f = (a        , b         )       => {}"],
  ["x as unknown as string", "x                     "],
  ["x satisfies object", "x                 "],
  ["a!.b!.c", "a .b .c"],
  ["let y!: number", "let y         "],
  ["f<string>(1)", "f        (1)"],
  ["type A = { b: number }", ";                     "],
  ["import type { A } from 'a'", ";                         "],
  ["declare const x: number", ";                      "],
  ["function f(a: number): string;", ";                             "],
  ["function f(this: Foo, a: number) {}", "function f(           a        ) {}"],
  ["export const a = 1", "       let   a = 1"],
  [
    "abstract class A<T> extends B<T> implements C, D {}",
    "         class A    extends B                    {}",
  ],
  ["class A { private readonly x?: number = 1 }", "class A {                  x          = 1 }"],
  ["class A { declare x: string; [k: string]: any; abstract m(): void }", /^class A \{ ; +; +; +\}$/],
  ["await import('x')", "await $$load('x')"],
  ["import.meta.url", "$$meta     .url"],
])("%s is rewritten in place", async (source, expected) => {
  const rewritten = await code(source);
  expect(rewritten).toHaveLength(source.length);
  if (typeof expected === "string") expect(rewritten).toBe(expected);
  else expect(rewritten).toMatch(expected);
});

test("types over several lines keep their line breaks", async () => {
  expect(await code("interface A {\n  b: number\n}\nb")).toBe(";            \n           \n \nb");
});

test("a name keeps the kind of slot it was first given", async () => {
  expect(await code("let f = 1", { f: "var" })).toBe("var f = 1");
  expect(await code("var f = 1", { f: "lexical" })).toBe("let f = 1");
  expect(await code("function f(a) {}", { f: "lexical" })).toBe("f=function(a) {};");
  expect(await code("async function f(a) {}", { f: "lexical" })).toBe("f=async function(a) {};");
  expect(await code("class A extends B {}", { A: "var" })).toBe("A=class extends B {};");
});

test("imports become steps that run before the cell", async () => {
  const { imports, code, declares } = await rewriteCell(
    'import a, { b as c, type D } from "m"; import * as n from "n"\nc(n)',
    "cell-1.ts",
    new Map(),
  );
  expect(imports).toEqual([
    {
      specifier: "m",
      binding: 'let a=$$module["default"];let c=$$module["b"];',
      names: [
        ["a", "default"],
        ["c", "b"],
      ],
      needed: ["b"],
      line: 1,
    },
    { specifier: "n", binding: "let n=$$module;", names: [["n", null]], needed: [], line: 1 },
  ]);
  expect(code.trimStart().endsWith("\nc(n)")).toBe(true);
  expect(declares.map(([name]) => name)).toEqual(["a", "c", "n"]);
});

test("only an expression at the end shows a value", async () => {
  const shows = async (source: string): Promise<boolean> =>
    (await rewriteCell(source, "cell-1.ts", new Map())).showsValue;
  expect(await shows("1 + 1")).toBe(true);
  expect(await shows("if (true) { 42 }")).toBe(true);
  expect(await shows("5; let x = 1")).toBe(false);
  expect(await shows("for (const x of [1]) x")).toBe(false);
  expect(await shows("1; type A = 1")).toBe(true);
});

test("enum, namespace, parameter properties and decorators are transformed, with a way back to the cell's lines", async () => {
  const { code, original } = await rewriteCell(
    "enum A { B }\n\nclass C { constructor(private x: A) {} }\nthrow new C(A.B)",
    "cell-1.ts",
    new Map(),
  );
  expect(code).toContain("this.x = x");
  const line = code.split("\n").findIndex((text) => text.startsWith("throw")) + 1;
  expect(original?.(line, 1)).toEqual({ line: 4, column: 1 });
});

test("a cell that is not TypeScript says where", async () => {
  const error = await code("let a = 1\nlet b = ;").catch((error: unknown) => error);
  expect(error).toBeInstanceOf(CellError);
  expect(error).toMatchObject({ name: "SyntaxError", line: 2, column: 9, message: "Unexpected token" });
});
