/**
 * What an archive says of a module: its class with attributes and methods, and the values of the attributes. Traced
 * functions, traced modules and loaded modules are all brought to this form.
 */
import { Module } from "../../nn/module.ts";
import { Parameter } from "../../nn/parameter.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { ConstantTable, defaultText, literalText } from "../code/literals.ts";
import type { Graph, Type } from "../ir.ts";
import { classOfLoaded, LoadedModule } from "../loaded-module.ts";
import type { ModuleClass } from "../module-types.ts";
import { compiledCode } from "../script/jit-compile.ts";
import type { ScriptClass, ScriptCode, ScriptUnit } from "../script/unit.ts";
import { ScriptFunction, ScriptModule } from "../script-function.ts";
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

export interface SavedModule {
  /** `__torch__.Net` */
  readonly className: string;
  readonly attributes: readonly SavedAttribute[];
  readonly constants: readonly SavedConstant[];
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly methods: readonly SavedMethod[];
  /** Where functions that the methods call are found; null if they call none. */
  readonly unit: ScriptUnit | null;
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
  const compiled = compiledCode(fn);
  const method =
    compiled === undefined
      ? { name: "forward", graph: fn.graph, withoutSelf: true }
      : { ...methodOf(compiled.code), name: "forward", withoutSelf: true };
  return {
    className: "__torch__.PlaceholderModule",
    attributes: [{ name: "training", type: boolType, value: true }],
    constants: [],
    parameters: [],
    buffers: [],
    methods: [method],
    unit: compiled?.unit ?? null,
  };
}

const methodOf = (code: ScriptCode): SavedMethod => ({
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
  const root = ofTraced(trace.types.root, new Names());
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

function ofTraced(type: ModuleClass, names: Names): SavedModule {
  const { module } = type;
  const children = new Map([...type.children].map(([name, child]) => [name, ofTraced(child, names)]));
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
    unit: null,
  };
}

function ofLoaded(module: LoadedModule, known: Map<LoadedModule, SavedModule>): SavedModule {
  const before = known.get(module);
  if (before !== undefined) return before;
  const scriptClass = classOfLoaded(module) as ScriptClass;
  const attributes: SavedAttribute[] = [];
  const saved: SavedModule = {
    className: scriptClass.name,
    attributes,
    constants: [...scriptClass.constants].map(([name, { type, value }]) => ({
      name,
      type,
      text: literalText(value, type, new ConstantTable()),
    })),
    parameters: [...scriptClass.parameters],
    buffers: [...scriptClass.buffers],
    methods: [...scriptClass.methods.values()].map(methodOf),
    unit: scriptClass.unit,
  };
  known.set(module, saved);
  const fields = module as unknown as Record<string, unknown>;
  for (const [name, type] of scriptClass.attributes) {
    const value = fields[name];
    attributes.push({ name, type, value: value instanceof LoadedModule ? ofLoaded(value, known) : value });
  }
  return saved;
}
