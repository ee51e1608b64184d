/** What is known of an operator stands in its row below runtime/ops/; no other file keeps a list of operators beside the table. */
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { camelCase, operatorNames } from "../../runtime/dispatch/op.ts";
import "../../runtime/index.ts";
import { type ProjectFile, projectFiles } from "./project-files.ts";

/** A literal with this many operators in it is a list of them. */
const listLength = 8;

const bareNames = operatorNames().map((name) => name.slice(name.indexOf("::") + 2));
const names = new Set([...bareNames, ...bareNames.map(camelCase)]);

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === "string";

/** The operator that a key or element names, as `"aten::add.Tensor"`, `"add"` or `add:`; else null. */
function operatorIn(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === "ArrayExpression") return operatorIn((node.elements as readonly unknown[])[0]);
  const text = node.type === "Identifier" ? node.name : node.value;
  if (typeof text !== "string") return null;
  const bare = text.replace(/^aten::/, "").replace(/\..*$/, "");
  return names.has(bare) ? bare : null;
}

/** How many operators each array and object literal, and each switch, below this node names. */
function listsBelow(value: unknown): readonly number[] {
  if (Array.isArray(value)) return value.flatMap(listsBelow);
  if (!isNode(value)) return [];
  const own = entriesOf(value).map(operatorIn);
  const count = new Set(own.filter((name) => name !== null)).size;
  return [count, ...Object.values(value).flatMap(listsBelow)];
}

function entriesOf(node: Node): readonly unknown[] {
  if (node.type === "ArrayExpression") return node.elements as readonly unknown[];
  if (node.type === "ObjectExpression")
    return (node.properties as readonly Node[]).map((property) => property.key);
  if (node.type === "SwitchStatement") return (node.cases as readonly Node[]).map((branch) => branch.test);
  return [];
}

const longestList = ({ path, text }: ProjectFile): number =>
  Math.max(0, ...listsBelow(parseSync(path, text).program.body));

test("the table of operators is the only list of them", () => {
  const others = projectFiles(/^(runtime|kernel|renderers)\/.*\.ts$/).filter(
    ({ path }) => !path.startsWith("runtime/ops/"),
  );
  const lists = others.map((file) => ({ path: file.path, operators: longestList(file) }));
  expect(lists.filter(({ operators }) => operators >= listLength)).toEqual([]);
});

test("a list of operators would be noticed", () => {
  const text = `const fast = { "aten::add": 1, "aten::sub.Tensor": 2, mul: 3, div: 4, relu: 5, exp: 6, neg: 7, sum: 8 };`;
  expect(longestList({ path: "list.ts", text })).toBe(8);
});
