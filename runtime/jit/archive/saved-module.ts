/**
 * What an archive says of a module: its class with attributes and methods, and the values of the attributes. Traced
 * functions, traced modules and loaded modules are all brought to this form.
 */
import { withGradMode } from "../../autograd/grad-mode.ts";
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { ConstantTable, defaultText, literalText } from "../code/literals.ts";
import { type HasScriptClass, hasScriptClass, scriptClass } from "../interpreter/script-objects.ts";
import type { Graph, Type } from "../ir.ts";
import { LoadedModule } from "../loaded-module.ts";
import type { ModuleClass } from "../module-types.ts";
import {
  type ClassKind,
  isInterface,
  type ScriptClass,
  type ScriptCode,
  type ScriptUnit,
} from "../script/unit.ts";
import { codeOfFunction, ScriptFunction, ScriptModule } from "../script-function.ts";
import { type ModuleTrace, traceOf } from "../script-module.ts";
import { anyTensor, boolType, classOf, noneType } from "../types.ts";
import { methodsOfBothModes, otherModeOf } from "./both-modes.ts";

export interface SavedAttribute {
  readonly name: string;
  readonly type: Type;
  /** For a class the module of it, as saved. */
  readonly value: unknown;
}

export interface SavedMethod {
  readonly name: string;
  readonly graph: Graph;
  /** True for a traced function, whose graph has no object. */
  readonly withoutSelf: boolean;
  readonly returns?: Type;
  readonly defaults?: readonly (string | null)[];
}

/** An attribute whose value stands in the class, as code. */
export interface SavedConstant {
  readonly name: string;
  readonly type: Type;
  readonly text: string;
}

/** A class as code. */
export interface SavedClass {
  /** `__torch__.Net` */
  readonly className: string;
  readonly kind: ClassKind;
  readonly attributes: readonly Omit<SavedAttribute, "value">[];
  readonly constants: readonly SavedConstant[];
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly preHooks?: readonly string[];
  readonly hooks?: readonly string[];
  readonly methods: readonly SavedMethod[];
  /** Where functions and classes that the methods name are found; null if they name none. */
  readonly unit: ScriptUnit | null;
}

/** An object of a class. */
export interface SavedModule extends SavedClass {
  readonly attributes: readonly SavedAttribute[];
  /** What stands for the attributes of an object that restores itself; null for others. */
  readonly state: { readonly type: Type; readonly value: unknown } | null;
}

/** Brings what jitTrace or jitLoad gave to the form of archives. Throws a TypeError for other values. */
export function savedModuleOf(source: unknown): SavedModule {
  if (source instanceof ScriptModule) {
    if (source.source instanceof LoadedModule) return ofLoaded(source.source, new Map());
    const trace = traceOf(source);
    if (trace !== undefined) return ofTrace(source, trace);
  } else if (source instanceof ScriptFunction) return ofFunction(source);
  if (source instanceof LoadedModule) return ofLoaded(source, new Map());
  const what =
    source instanceof Module
      ? `the module ${source.constructor.name}; trace it first, as in jitTrace(module, input)`
      : String(source);
  throw new TypeError(`jitSave() expected what jitTrace or jitLoad gave, but got ${what}`);
}

/** A function is the forward of a module without attributes, as PyTorch saves it. */
function ofFunction(fn: ScriptFunction): SavedModule {
  const code = codeOfFunction(fn);
  const method =
    code === undefined
      ? { name: "forward", graph: fn.graph, withoutSelf: true }
      : { ...methodOf(code), name: "forward", withoutSelf: true };
  return {
    className: "__torch__.PlaceholderModule",
    attributes: [{ name: "training", type: boolType, value: true }],
    constants: [],
    parameters: [],
    buffers: [],
    methods: [method],
    state: null,
    kind: "module",
    unit: code?.unit ?? null,
  };
}

/** A function or method as code. */
export const methodOf = (code: ScriptCode): SavedMethod => ({
  name: code.name,
  graph: code.graph,
  withoutSelf: false,
  returns: code.returns,
  defaults: code.parameters.map((parameter) =>
    parameter.hasDefault ? defaultText(parameter.default, parameter.type) : null,
  ),
});

/** Names of classes that readers accept: identifiers, each used once. */
class Names {
  readonly #given = new Set<string>();

  of(name: string): string {
    const plain = name
      .split(".")
      .map((part) => part.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_"))
      .join(".");
    const dot = plain.lastIndexOf(".");
    let free = plain;
    for (let i = 0; this.#given.has(free); i++)
      free = `${plain.slice(0, dot)}.___save_mangle_${i}${plain.slice(dot)}`;
    this.#given.add(free);
    return free;
  }
}

/** A module whose modes differ is saved with both. */
function ofTrace(traced: ScriptModule, trace: ModuleTrace): SavedModule {
  const root = ofTraced(trace.types.root, trace.types.functions, new Names());
  const other = otherModeOf(traced, trace);
  if (other === null) return root;
  const [training, evaluation] = traced.training ? [trace, other] : [other, trace];
  return { ...withoutMethods(root), methods: methodsOfBothModes(training, evaluation, root.className) };
}

const withoutMethods = (module: SavedModule): SavedModule => ({
  ...module,
  methods: [],
  attributes: module.attributes.map((attribute) =>
    attribute.type.kind === "Class"
      ? { ...attribute, value: withoutMethods(attribute.value as SavedModule) }
      : attribute,
  ),
});

function ofTraced(type: ModuleClass, functions: ScriptUnit, names: Names): SavedModule {
  const { module } = type;
  const children = new Map(
    [...type.children].map(([name, child]) => [name, ofTraced(child, functions, names)]),
  );
  const attributes: SavedAttribute[] = [];
  for (const [name, value] of Object.entries(module)) {
    const child = children.get(name);
    if (child !== undefined) attributes.push({ name, type: classOf(child.className), value: child });
    else if (name === "training") attributes.push({ name, type: boolType, value });
    else if (value instanceof Tensor) attributes.push({ name, type: anyTensor, value });
    else if (value === null) attributes.push({ name, type: noneType, value });
  }
  const buffers = new Set(module.namedBuffers().map(([name]) => name));
  const named = (belongs: (name: string, value: unknown) => boolean): string[] =>
    attributes.filter(({ name, value }) => belongs(name, value)).map(({ name }) => name);
  return {
    className: names.of(type.name),
    attributes,
    constants: [],
    parameters: named((_, value) => value instanceof Parameter),
    buffers: named((name) => buffers.has(name)),
    methods: [...type.methods].map(([name, builder]) => ({
      name,
      graph: builder.freeze(),
      withoutSelf: false,
    })),
    state: null,
    kind: "module",
    unit: functions,
  };
}

/** A class of an archive, without an object of it. */
export const savedClassOf = (ownClass: ScriptClass): SavedClass => ({
  className: ownClass.name,
  kind: ownClass.kind,
  attributes: [...ownClass.attributes].map(([name, type]) => ({ name, type })),
  constants: [...ownClass.constants].map(([name, { type, value }]) => ({
    name,
    type,
    text: literalText(value, type, new ConstantTable()),
  })),
  parameters: [...ownClass.parameters],
  buffers: [...ownClass.buffers],
  preHooks: [...ownClass.preHooks],
  hooks: [...ownClass.hooks],
  methods: isInterface(ownClass.kind) ? [] : [...ownClass.methods.values()].map(methodOf),
  unit: ownClass.unit,
});

function ofLoaded(module: HasScriptClass, known: Map<HasScriptClass, SavedModule>): SavedModule {
  const before = known.get(module);
  if (before !== undefined) return before;
  const ownClass = module[scriptClass];
  const attributes: SavedAttribute[] = [];
  const saved: SavedModule = { ...savedClassOf(ownClass), attributes, state: stateOf(module, ownClass) };
  known.set(module, saved);
  const fields = module as unknown as Record<string, unknown>;
  for (const [name, type] of ownClass.attributes) {
    const value = fields[name];
    attributes.push({ name, type, value: hasScriptClass(value) ? ofLoaded(value, known) : value });
  }
  return saved;
}

function stateOf(object: HasScriptClass, { methods }: ScriptClass): SavedModule["state"] {
  const getState = methods.get("__getstate__");
  if (getState === undefined || !methods.has("__setstate__")) return null;
  return { type: getState.returns, value: withGradMode(false, () => getState.run([object])[0]) };
}
