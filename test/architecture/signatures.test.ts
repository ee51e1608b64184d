/** The signature that users see of an operator and the schema of its row say the same: names, order, and what may be left out. */
import { afterAll, expect, test } from "vitest";
import "../../runtime/index.ts";
import { camelCase, type Op, overloadsOf } from "../../runtime/dispatch/op.ts";
import type { SchemaArgument } from "../../runtime/dispatch/schema.ts";
import * as functions from "../../runtime/ops/functions.ts";
import { type CallSignature, Declarations } from "../../scripts/docs/declarations.ts";

const declarations = new Declarations();
afterAll(() => declarations.close());

/** Schemas have these for other devices and memory layouts; signatures may leave them out. */
const onlyElsewhere = new Set([
  "benchmark",
  "cudnnEnable",
  "device",
  "layout",
  "memoryFormat",
  "nonBlocking",
  "pinMemory",
]);

const nameOf = (argument: SchemaArgument): string => camelCase(argument.name);

/** What is wrong with a signature for one row of an operator; null if it fits. */
function misfit({ parameters }: CallSignature, row: Op, rows: readonly Op[]): string | null {
  const { arguments: schema } = row.schema;
  const last = parameters.at(-1);
  const byName = last?.options.map(({ name }) => name) ?? [];
  const endsInOptions = byName.length > 0 && !schema.some((argument) => nameOf(argument) === last?.name);
  const positional = endsInOptions ? parameters.slice(0, -1) : parameters;
  let next = 0;
  for (const argument of schema) {
    const name = nameOf(argument);
    if (!argument.keywordOnly && positional[next]?.name === name) {
      const { optional, rest } = positional[next];
      const mayBeLeftOut = argument.hasDefault || argument.type.optional || isLeftOutElsewhere(name, rows);
      if (optional && !mayBeLeftOut) return `${name} must be given`;
      if (!optional && !rest && argument.hasDefault && !isLeftOutElsewhere(name, rows))
        return `${name} may be left out`;
      next += 1;
    } else if (!byName.includes(name) && !onlyElsewhere.has(name) && !last?.rest) return `${name} is missing`;
  }
  const extra = positional.slice(next).find(({ name, optional }) => !optional || !isArgument(name, rows));
  return extra === undefined ? null : `${extra.name} is no argument`;
}

/** One signature may stand for several overloads, so that what one of them must have is optional. */
const isLeftOutElsewhere = (name: string, rows: readonly Op[]): boolean =>
  rows.some(({ schema }) =>
    schema.arguments.every((argument) => nameOf(argument) !== name || argument.hasDefault),
  );

const isArgument = (name: string, rows: readonly Op[]): boolean =>
  rows.some(({ schema }) => schema.arguments.some((argument) => nameOf(argument) === name));

/** All of torch's operators, with the rows behind each; those which are methods of tensors are among them. */
const operators = declarations.exportsOf("runtime/ops/functions.ts").flatMap((declared) => {
  const callable: unknown = Reflect.get(functions, declared.name);
  return typeof callable === "function" ? [{ ...declared, rows: overloadsOf(callable) }] : [];
});

test("each overload of an operator has a signature that fits, and each signature an overload", () => {
  const wrong = operators.flatMap(({ name, rows, signatures }) => {
    const rowsWithout = rows.filter((row) =>
      signatures.every((signature) => misfit(signature, row, rows) !== null),
    );
    const signaturesWithout = signatures.filter(
      (signature) => rows.length > 0 && rows.every((row) => misfit(signature, row, rows) !== null),
    );
    return [
      ...rowsWithout.map((row) => [
        row.schema.text,
        ...signatures.map((signature) => `${name}${signature.text}: ${misfit(signature, row, rows)}`),
      ]),
      ...signaturesWithout.map(({ text }) => `no overload fits ${name}${text}`),
    ];
  });
  expect(wrong).toEqual([]);
});

test("all that ops/ gives to torch are operators", () => {
  // unique chooses among operators that PyTorch's Python chooses among.
  expect(operators.filter(({ rows }) => rows.length === 0).map(({ name }) => name)).toEqual(["unique"]);
});

test("a signature that lacks an argument, or has one too many, would be noticed", () => {
  const [{ rows, signatures }] = operators.filter(({ name }) => name === "cumsum");
  const [{ parameters }] = signatures;
  const withParameters = (changed: CallSignature["parameters"]) =>
    misfit({ parameters: changed, text: "" }, rows[0], rows);
  expect(withParameters(parameters)).toBeNull();
  expect(withParameters(parameters.slice(0, 1))).toBe("dim is missing");
  expect(withParameters(parameters.slice(0, 2))).toBe("dtype is missing");
  expect(withParameters([parameters[0], { ...parameters[1], name: "axis" }])).toBe("dim is missing");
  expect(withParameters([parameters[0], { ...parameters[1], optional: true }, parameters[2]])).toBe(
    "dim must be given",
  );
});
