/**
 * Definitions of a text as code that can run: each is compiled when its graph is first asked for, so that what a program
 * never calls may be anything.
 */
import { prepare, type Runnable } from "../interpret.ts";
import type { Graph, Type } from "../ir.ts";
import { anyTensor, classOf } from "../types.ts";
import { typeOfAnnotation } from "./annotations.ts";
import { compileFunction, literal, parametersOf } from "./compile-function.ts";
import type { SourceText } from "./source-text.ts";
import { errorAt } from "./source-text.ts";
import type { ClassDefinition, FunctionDefinition } from "./syntax.ts";
import type {
  ClassConstant,
  ClassKind,
  ScriptClass,
  ScriptCode,
  ScriptParameter,
  ScriptUnit,
} from "./unit.ts";

/** A function or method, compiled on first use. */
export class LazyCode implements ScriptCode {
  readonly name: string;
  readonly qualifiedName: string;
  readonly #definition: FunctionDefinition;
  readonly #source: SourceText;
  readonly unit: ScriptUnit;
  readonly #self: Type | null;
  #parameters: readonly ScriptParameter[] | null = null;
  #graph: Graph | null = null;
  #run: Runnable | null = null;
  #compiling = false;

  constructor(
    qualifiedName: string,
    definition: FunctionDefinition,
    source: SourceText,
    unit: ScriptUnit,
    self: Type | null,
  ) {
    this.name = definition.name;
    this.qualifiedName = qualifiedName;
    this.#definition = definition;
    this.#source = source;
    this.unit = unit;
    this.#self = self;
  }

  get parameters(): readonly ScriptParameter[] {
    this.#parameters ??= parametersOf(this.#definition, this.#source, this.unit, this.#self !== null);
    return this.#parameters;
  }

  get returns(): Type {
    const { returns } = this.#definition;
    if (returns !== null) return typeOfAnnotation(returns, this.#source, this.unit);
    return this.graph.outputs[0]?.type ?? anyTensor;
  }

  get graph(): Graph {
    if (this.#graph !== null) return this.#graph;
    // Only a function without a declared result needs itself to be compiled.
    if (this.#compiling)
      throw errorAt(
        this.#source,
        this.#definition,
        `function '${this.name}' is called recursively. Recursive calls are not supported`,
      );
    this.#compiling = true;
    try {
      this.#graph = compileFunction(this.#definition, this.#source, this.unit, this.#self);
    } finally {
      this.#compiling = false;
    }
    return this.#graph;
  }

  get run(): Runnable {
    this.#run ??= prepare(this.graph, this.unit);
    return this.#run;
  }
}

const kindOfBase: Readonly<Record<string, ClassKind>> = {
  Module: "module",
  Interface: "interface",
  ModuleInterface: "moduleInterface",
};

/** A class of a text. `name` is its qualified name. */
export function scriptClassOf(
  definition: ClassDefinition,
  name: string,
  source: SourceText,
  unit: ScriptUnit,
): ScriptClass {
  const attributes = new Map<string, Type>();
  const constants = new Map<string, ClassConstant>();
  const listed = new Map<string, ReadonlySet<string>>();
  for (const { targets, annotation, value } of definition.assignments) {
    const [target] = targets;
    // `__annotations__["0"] = T` declares a name that is no identifier.
    if (
      target.kind === "subscript" &&
      target.object.kind === "name" &&
      target.object.name === "__annotations__"
    ) {
      const [key] = target.indices;
      if (key.kind === "string" && value !== null)
        attributes.set(key.value, typeOfAnnotation(value, source, unit));
    } else if (target.kind === "name" && annotation !== null && value !== null) {
      constants.set(target.name, {
        type: typeOfAnnotation(annotation, source, unit),
        value: literal(value, source),
      });
    } else if (target.kind === "name" && annotation !== null) {
      attributes.set(target.name, typeOfAnnotation(annotation, source, unit));
    } else if (target.kind === "name" && value?.kind === "list") {
      listed.set(
        target.name,
        new Set(value.elements.map((element) => (element.kind === "string" ? element.value : ""))),
      );
    }
  }
  const self = classOf(name);
  return {
    name,
    kind: kindOfBase[definition.base] ?? "plain",
    unit,
    attributes,
    constants,
    parameters: listed.get("__parameters__") ?? new Set(),
    buffers: listed.get("__buffers__") ?? new Set(),
    preHooks: listed.get("__forward_pre_hooks__") ?? new Set(),
    hooks: listed.get("__forward_hooks__") ?? new Set(),
    methods: new Map(
      definition.methods.map((method) => [
        method.name,
        new LazyCode(`${name}.${method.name}`, method, source, unit, self),
      ]),
    ),
  };
}
