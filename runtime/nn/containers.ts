/** Modules that hold others, or parameters. Source: torch/nn/modules/container.py. */
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * Runs its modules one after the other; they are named by their index, or as a record names them.
 * @example new nn.Sequential(new nn.Linear(2, 4), new nn.ReLU(), new nn.Linear(4, 1)).forward(x).shape // [2, 1]
 */
export class Sequential extends Module {
  readonly [index: `${number}`]: Module;

  constructor(...modules: readonly Module[] | readonly [Readonly<Record<string, Module>>]) {
    super();
    const [first] = modules;
    const named =
      modules.length === 1 && !(first instanceof Module) ? Object.entries(first) : Object.entries(modules);
    for (const [name, module] of named) this.registerModule(name, module as Module);
  }

  override forward(input: Tensor): Tensor {
    let value = input;
    for (const module of this.children()) value = (module.forward as (x: Tensor) => Tensor)(value);
    return value;
  }

  /** Adds a module at the end. */
  append(module: Module): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  /** How many modules there are. */
  get length(): number {
    return this.children().length;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.children()[Symbol.iterator]();
  }
}

/**
 * A list of modules whose parameters are seen; it has no forward of its own.
 * @example new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)]).length // 2
 */
export class ModuleList extends Module {
  readonly [index: `${number}`]: Module;

  constructor(modules: Iterable<Module> = []) {
    super();
    this.extend(modules);
  }

  append(module: Module): this {
    this.registerModule(String(this.length), module);
    return this;
  }

  extend(modules: Iterable<Module>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** How many modules there are. */
  get length(): number {
    return this.children().length;
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.children()[Symbol.iterator]();
  }

  /** The modules, equal neighbours once: `(0-3): 4 x Linear(...)`. */
  override toString(): string {
    const texts = this.children().map(String);
    if (texts.length === 0) return "ModuleList()";
    const lines: string[] = [];
    for (let start = 0, end = 0; start < texts.length; start = end) {
      while (texts[end] === texts[start]) end++;
      const text = texts[start].replaceAll("\n", "\n  ");
      const count = end - start;
      lines.push(count === 1 ? `  (${start}): ${text}` : `  (${start}-${end - 1}): ${count} x ${text}`);
    }
    return `ModuleList(\n${lines.join("\n")}\n)`;
  }
}

/** Modules by name; it has no forward of its own. */
export class ModuleDict extends Module {
  constructor(modules: Readonly<Record<string, Module>> = {}) {
    super();
    for (const [name, module] of Object.entries(modules)) this.set(name, module);
  }

  get(name: string): Module | undefined {
    return this.namedChildren().find(([own]) => own === name)?.[1];
  }

  set(name: string, module: Module): this {
    return this.registerModule(name, module);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  keys(): string[] {
    return this.namedChildren().map(([name]) => name);
  }

  values(): Module[] {
    return this.children();
  }

  entries(): [string, Module][] {
    return this.namedChildren();
  }
}

const described = (parameter: Tensor, type: string): string =>
  `${parameter instanceof Parameter ? "Parameter" : "Tensor"} containing: [${type} of size ${parameter.sizes.join("x")}]`;

/** A list of parameters. */
export class ParameterList extends Module {
  readonly [index: `${number}`]: Parameter;

  constructor(parameters: Iterable<Tensor> = []) {
    super();
    for (const parameter of parameters) this.append(parameter);
  }

  append(parameter: Tensor): this {
    const own = parameter instanceof Parameter ? parameter : new Parameter(parameter);
    this.registerParameter(String(this.length), own);
    return this;
  }

  get length(): number {
    return this.parameters().length;
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.parameters()[Symbol.iterator]();
  }

  override toString(): string {
    const lines = this.namedParameters().map(
      ([name, parameter]) => `    (${name}): ${described(parameter, String(parameter.dtype))}`,
    );
    return lines.length === 0 ? "ParameterList()" : `ParameterList(\n${lines.join("\n")}\n)`;
  }
}

/** Parameters by name. */
export class ParameterDict extends Module {
  constructor(parameters: Readonly<Record<string, Tensor>> = {}) {
    super();
    for (const [name, parameter] of Object.entries(parameters)) this.set(name, parameter);
  }

  get(name: string): Parameter | undefined {
    return this.namedParameters().find(([own]) => own === name)?.[1];
  }

  set(name: string, parameter: Tensor): this {
    this.registerParameter(name, parameter instanceof Parameter ? parameter : new Parameter(parameter));
    return this;
  }

  keys(): string[] {
    return this.namedParameters().map(([name]) => name);
  }

  override toString(): string {
    const lines = this.namedParameters().map(
      ([name, parameter]) =>
        `    (${name}): ${described(parameter, `torch.${parameter.dtype.scalarName}Tensor`)}`,
    );
    return lines.length === 0 ? "ParameterDict()" : `ParameterDict(\n${lines.join("\n")}\n)`;
  }
}
