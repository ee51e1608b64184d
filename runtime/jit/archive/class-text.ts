/** The texts below `code/`: one file for each path of classes. Source: torch/csrc/jit/serialization/python_print.cpp. */
import { functionsCalledIn } from "../called-functions.ts";
import { functionText, type PrintedText } from "../code/function-printer.ts";
import { ConstantTable, literalText, quoted } from "../code/literals.ts";
import { isIdentifier, VariableNames } from "../code/names.ts";
import type { Block, Graph, TupleType, Type } from "../ir.ts";
import { typeOfConstant } from "../script/calls.ts";
import { isInterface, type ScriptUnit } from "../script/unit.ts";
import { annotationText, classOf } from "../types.ts";
import { methodOf, type SavedClass, type SavedModule, savedClassOf } from "./saved-module.ts";

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
    const { graph, returns, defaults } = methodOf(code);
    append(
      name,
      functionText(
        { name: last, graph, isMethod: false, returns, defaults },
        { constants, names: new VariableNames() },
      ),
    );
  };
  /** The class, Enum or NamedTuple of a type. */
  const writeType = (type: Type, unit: ScriptUnit): void => {
    const name = "name" in type ? type.name : undefined;
    if (name === undefined || type.kind === "Function" || written.has(name)) return;
    if (type.kind === "Class") {
      const ownClass = unit.classNamed(name);
      if (ownClass !== null) writeClass(savedClassOf(ownClass));
      return;
    }
    written.add(name);
    append(name, type.kind === "Enum" ? enumText(name, unit) : tupleText(type as NamedTuple));
  };
  const writeCalled = (graph: Graph, unit: ScriptUnit): void => {
    for (const type of typesIn(graph)) writeType(type, unit);
    for (const name of functionsCalledIn(graph)) writeFunction(name, unit);
  };
  const writeClass = (saved: SavedClass): void => {
    if (written.has(saved.className)) return;
    written.add(saved.className);
    const { unit } = saved;
    for (const attribute of saved.attributes) {
      if ("value" in attribute && hasClass(attribute.value)) writeClass(attribute.value);
      if (unit !== null) for (const type of namedIn(attribute.type)) writeType(type, unit);
    }
    if (unit !== null) for (const { graph } of saved.methods) writeCalled(graph, unit);
    append(saved.className, isInterface(saved.kind) ? interfaceText(saved) : classText(saved, constants));
  };
  writeClass(root);
  return files;
}

const hasClass = (value: unknown): value is SavedClass =>
  typeof value === "object" && value !== null && "className" in value;

const lastOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

type NamedTuple = Required<TupleType>;

const tupleText = ({ name, fields, elements }: NamedTuple): string =>
  `class ${lastOf(name)}(NamedTuple):\n${fields
    .map((field, i) => `  ${field} : ${annotationText(elements[i])}\n`)
    .join("")}`;

function enumText(name: string, unit: ScriptUnit): string {
  const members = [...(unit.enumNamed(name)?.values() ?? [])].map(
    (member) =>
      `  ${member.name} = ${literalText(member.value, typeOfConstant(member.value), new ConstantTable())}\n`,
  );
  return `class ${lastOf(name)}(Enum):\n${members.join("")}`;
}

/** What an interface says of its methods is all there is of them. */
function interfaceText({ className, kind, unit }: SavedClass): string {
  const methods = [...(unit?.classNamed(className)?.methods.values() ?? [])].map(
    ({ name, parameters, returns }) => {
      const declared = parameters.map(
        (parameter) => `, ${parameter.name}: ${annotationText(parameter.type)}`,
      );
      return `  def ${name}(self${declared.join("")}) -> ${annotationText(returns)}:\n    pass\n`;
    },
  );
  return `class ${lastOf(className)}(${kind === "interface" ? "Interface" : "ModuleInterface"}):\n${methods.join("")}`;
}

/** The types of all values of a graph, and those that `isinstance` names, with the types they are made of. */
function typesIn(block: Block | Graph): Type[] {
  const values = [...block.inputs, ...block.nodes.flatMap((node) => node.outputs)];
  return [
    ...values.flatMap(({ type }) => namedIn(type)),
    ...block.nodes.flatMap(({ attributes, blocks }) => {
      const { types } = attributes;
      const asked = typeof types === "object" && types !== null && "types" in types ? types.types : [];
      return [...asked.flatMap(namedIn), ...blocks.flatMap(typesIn)];
    }),
  ];
}

/** The types with names that a type is made of. Parts come first, as readers want it. */
function namedIn(type: Type): readonly Type[] {
  switch (type.kind) {
    case "Tuple":
      return [...type.elements.flatMap(namedIn), ...(type.name === undefined ? [] : [type])];
    case "List":
    case "Optional":
    case "Future":
      return namedIn(type.element);
    case "Union":
      return type.members.flatMap(namedIn);
    case "Dict":
      return [...namedIn(type.key), ...namedIn(type.value)];
    case "Class":
    case "Enum":
      return [type];
    default:
      return [];
  }
}

function classText(saved: SavedClass, constants: ConstantTable): string {
  const list = (names: readonly string[]): string => `[${names.map((name) => `${quoted(name)}, `).join("")}]`;
  const isModule = saved.kind === "module";
  const lines = [
    `class ${lastOf(saved.className)}${isModule ? "(Module)" : ""}:\n`,
    isModule ? `  __parameters__ = ${list(saved.parameters)}\n` : "",
    isModule ? `  __buffers__ = ${list(saved.buffers)}\n` : "",
    saved.preHooks?.length ? `  __forward_pre_hooks__ = ${list(saved.preHooks)}\n` : "",
    saved.hooks?.length ? `  __forward_hooks__ = ${list(saved.hooks)}\n` : "",
    ...saved.attributes.map(({ name, type }) =>
      isIdentifier(name)
        ? `  ${name} : ${annotationText(type)}\n`
        : `  __annotations__[${quoted(name)}] = ${annotationText(type)}\n`,
    ),
    ...saved.constants.map(
      ({ name, type, text }) => `  ${name} : Final[${annotationText(type)}] = ${text}\n`,
    ),
  ];
  const text: PrintedText = { constants, names: new VariableNames() };
  const self = classOf(saved.className);
  for (const { name, graph, withoutSelf, returns, defaults } of saved.methods)
    lines.push(functionText({ name, graph, isMethod: true, self, withoutSelf, returns, defaults }, text, 1));
  return lines.join("");
}
