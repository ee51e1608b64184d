/** The texts below `code/`: one file for each path of classes. Source: torch/csrc/jit/serialization/python_print.cpp. */
import { functionText, type PrintedText } from "../code/function-printer.ts";
import { type ConstantTable, quoted } from "../code/literals.ts";
import { isIdentifier, VariableNames } from "../code/names.ts";
import type { Block, Graph, TupleType, Type } from "../ir.ts";
import type { ScriptUnit } from "../script/unit.ts";
import { annotationText, classOf } from "../types.ts";
import type { SavedModule } from "./saved-module.ts";

/** Writes all classes and functions that a module needs, into files by their paths. */
export function codeFiles(root: SavedModule, constants: ConstantTable): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const written = new Set<string>();
  const append = (name: string, text: string): void => {
    const path = `${name.slice(0, name.lastIndexOf(".")).replaceAll(".", "/")}.py`;
    files.set(path, (files.get(path) ?? "") + text);
  };
  const writeFunction = (name: string, unit: ScriptUnit): void => {
    const code = unit.functionNamed(name);
    if (code === null || written.has(name)) return;
    written.add(name);
    writeCalled(code.graph, unit);
    const last = name.slice(name.lastIndexOf(".") + 1);
    append(
      name,
      functionText(
        { name: last, graph: code.graph, isMethod: false, returns: code.returns },
        { constants, names: new VariableNames() },
      ),
    );
  };
  const writeTuples = (graph: Graph): void => {
    for (const type of namedTuplesIn(graph)) {
      if (written.has(type.name)) continue;
      written.add(type.name);
      const fields = type.fields.map((field, i) => `  ${field} : ${annotationText(type.elements[i])}\n`);
      append(
        type.name,
        `class ${type.name.slice(type.name.lastIndexOf(".") + 1)}(NamedTuple):\n${fields.join("")}`,
      );
    }
  };
  const writeCalled = (graph: Graph, unit: ScriptUnit): void => {
    writeTuples(graph);
    for (const name of calledFunctions(graph)) writeFunction(name, unit);
  };
  const writeClass = (module: SavedModule): void => {
    if (written.has(module.className)) return;
    written.add(module.className);
    for (const { value, type } of module.attributes)
      if (type.kind === "Class") writeClass(value as SavedModule);
    if (module.unit !== null) for (const { graph } of module.methods) writeCalled(graph, module.unit);
    append(module.className, classText(module, constants));
  };
  writeClass(root);
  return files;
}

type NamedTuple = Required<TupleType>;

function namedTuplesIn(block: Block | Graph): NamedTuple[] {
  const values = [...block.inputs, ...block.nodes.flatMap((node) => node.outputs)];
  return [
    ...values.flatMap(({ type }) => namedTuplesOf(type)),
    ...block.nodes.flatMap((node) => node.blocks.flatMap(namedTuplesIn)),
  ];
}

function namedTuplesOf(type: Type): NamedTuple[] {
  switch (type.kind) {
    case "Tuple":
      return [
        ...(type.name === undefined ? [] : [type as NamedTuple]),
        ...type.elements.flatMap(namedTuplesOf),
      ];
    case "List":
    case "Optional":
      return namedTuplesOf(type.element);
    case "Dict":
      return namedTuplesOf(type.value);
    default:
      return [];
  }
}

function calledFunctions(block: Block | Graph): string[] {
  return block.nodes.flatMap((node) => [
    ...node.outputs.flatMap(({ type }) => (type.kind === "Function" ? [type.name] : [])),
    ...node.blocks.flatMap(calledFunctions),
  ]);
}

function classText(module: SavedModule, constants: ConstantTable): string {
  const list = (names: readonly string[]): string => `[${names.map((name) => `${quoted(name)}, `).join("")}]`;
  const lines = [
    `class ${module.className.slice(module.className.lastIndexOf(".") + 1)}(Module):\n`,
    `  __parameters__ = ${list(module.parameters)}\n`,
    `  __buffers__ = ${list(module.buffers)}\n`,
    ...module.attributes.map(({ name, type }) =>
      isIdentifier(name)
        ? `  ${name} : ${annotationText(type)}\n`
        : `  __annotations__[${quoted(name)}] = ${annotationText(type)}\n`,
    ),
    ...module.constants.map(
      ({ name, type, text }) => `  ${name} : Final[${annotationText(type)}] = ${text}\n`,
    ),
  ];
  const text: PrintedText = { constants, names: new VariableNames() };
  const self = classOf(module.className);
  for (const { name, graph, withoutSelf, returns, defaults } of module.methods)
    lines.push(functionText({ name, graph, isMethod: true, self, withoutSelf, returns, defaults }, text, 1));
  return lines.join("");
}
