/** docs/ops.md: every row of the operator table with its signature, what it is made of, its gradient and its ONNX form. */
import { findOverloads, type Op, operatorNames, overloadsOf } from "../../runtime/dispatch/op.ts";
import { nonDifferentiable } from "../../runtime/autograd/non-differentiable.ts";
import "../../runtime/index.ts";
import * as functions from "../../runtime/ops/functions.ts";
import * as methods from "../../runtime/ops/methods.ts";
import type { Declaration, Declarations } from "./declarations.ts";
import { type Family, families } from "./families.ts";

const head = `# Operators

Every operator of the table (\`runtime/ops/\`), made from the table itself by \`npm run docs\`; a test compares. A line is one overload, in PyTorch's own
words: the schema says the names, types and defaults of its arguments, \`*\` comes before those that are given by name, \`Tensor(a!)\` is written to, and
\`Tensor(a)\` shares its memory with the result. [The reference](api/torch.md) says what each does.

- **Call**: as a function of \`torch\`, many also as a method of their first argument. \`torch.ops.aten.NAME.OVERLOAD\` is there for all.
- **Made by**: a *kernel* of its own; *composed* of other operators; or *from* the operator it writes the result of.
- **Gradient**: the arguments that the row has formulas for; *inside* where autograd follows the operators it is composed of; *none* where there is none, as for comparisons.
- **ONNX**: the ONNX operator that does the same, or *graph* where several do; *in files* where toOnnx has a form that executors do not take, as ONNX Runtime
  treats NaN, orders ties or rounds otherwise. Composed operators without one are looked into.
`;

export function operatorsPage(declarations: Declarations): string {
  const declared = new Map(
    declarations
      .exportsOf("runtime/ops/functions.ts")
      .map((declaration) => [declaration.name, declaration] as const),
  );
  const sections = families().flatMap((family) => {
    const rows = operatorNames()
      .filter((name) => fileOf(name, declared, family))
      .flatMap((name) => rowsOf(name, declared));
    return rows.length === 0 ? [] : [section(family, rows)];
  });
  return [`${head}\n${summary()}`, ...sections].join("\n");
}

function summary(): string {
  const rows = allRows();
  const count = (which: (row: Op) => boolean): number => rows.filter(which).length;
  return (
    `${operatorNames().length} operators with ${rows.length} overloads: ` +
    `${count((row) => madeBy(row) === "kernel")} kernels, ${count((row) => madeBy(row) === "composed")} composed, ` +
    `${count((row) => row.functional !== null)} that write what another gives; ` +
    `${count((row) => row.facts.onnx !== undefined)} have an exact ONNX form, ` +
    `${count(({ facts }) => facts.onnx === undefined && facts.onnxExport !== undefined)} more one for files.\n`
  );
}

const allRows = (): readonly Op[] => operatorNames().flatMap((name) => overloads(name));

/** \`out\` variants come into being when they are first called, so they are not listed. */
const overloads = (name: string): readonly Op[] =>
  (findOverloads(name) ?? []).filter((row) => !/(^|_)out$/.test(row.overload));

/** Whether an operator's row stands in the family's file. */
function fileOf(name: string, declared: ReadonlyMap<string, Declaration>, { file, text }: Family): boolean {
  const exported = publicName(name);
  if (exported !== null) return declared.get(exported)?.file === file;
  // A row that is no function of torch is found by its text; rows for each rank are made from one.
  const written = [name, name.replace(/\dd/, "$${rank}d")];
  return written.some((start) =>
    [`"${start}(`, `"${start}.`, `\`${start}(`].some((row) => text.includes(row)),
  );
}

/** The name of an operator as a function of torch, found by its rows; null if there is none. */
function publicName(name: string): string | null {
  const [row] = overloads(name);
  return publicNames.get(row) ?? null;
}

const publicNames = new Map(
  Object.entries(functions)
    .toSorted(([a], [b]) => b.length - a.length)
    .flatMap(([name, callable]) =>
      typeof callable === "function" ? overloadsOf(callable).map((row) => [row, name] as const) : [],
    ),
);

function section({ title, file, about }: Family, rows: readonly string[]): string {
  const head = ["| call | schema | made by | gradient | ONNX |", "| --- | --- | --- | --- | --- |"];
  return [`## ${title}`, "", `${about} ([source](../${file}))`, "", ...head, ...rows, ""].join("\n");
}

function rowsOf(name: string, declared: ReadonlyMap<string, Declaration>): readonly string[] {
  const exported = publicName(name);
  const signatures = exported === null ? [] : (declared.get(exported)?.signatures ?? []);
  const call =
    exported === null
      ? `\`torch.ops.aten.${name.replace(/^.*::/, "")}\``
      : signatures.map(({ text }) => code(`${exported}${text}`)).join("<br>") +
        (exported in methods ? "<br>also a method" : "");
  return overloads(name).map((row, i) =>
    [
      "",
      i === 0 ? call : "",
      code(row.schema.text.replace("aten::", "")),
      madeBy(row),
      gradient(row),
      onnx(row),
      "",
    ]
      .join(" | ")
      .trim(),
  );
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

function madeBy(row: Op): string {
  if (row.functional !== null) return `from \`${row.functional.name.replace(/^.*::/, "")}\``;
  return row.facts.composite === true ? "composed" : "kernel";
}

function gradient({ facts }: Op): string {
  if (facts.grad === nonDifferentiable) return "none";
  if (facts.grad !== undefined)
    return Object.keys(facts.grad)
      .map((name) => `\`${name}\``)
      .join(", ");
  return facts.composite === true ? "inside" : "none";
}

function onnx({ facts }: Op): string {
  if (facts.onnx === undefined) return facts.onnxExport === undefined ? "" : "in files";
  return typeof facts.onnx === "string" ? `\`${facts.onnx}\`` : "graph";
}
