/** The names of operators' arguments, which diagrams show. */
import { expect, test } from "vitest";
import { argumentNames } from "../../runtime/index.ts";

test("an operator's arguments have the names of its schema", () => {
  expect(argumentNames("aten::softmax", 3)).toEqual(["self", "dim", "dtype"]);
  expect(argumentNames("aten::linear", 3)).toEqual(["input", "weight", "bias"]);
});

test("operators on plain values have theirs; what is no operator of so many arguments has none", () => {
  expect(argumentNames("aten::append", 2)).toEqual(["self", "el"]);
  expect(argumentNames("aten::softmax", 9)).toBeUndefined();
  expect(argumentNames("prim::TupleConstruct", 2)).toBeUndefined();
});
