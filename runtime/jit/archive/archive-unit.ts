/** The code of an archive as a unit: classes and functions are parsed from its texts when they are first named. */
import type { Tensor } from "../../tensor/tensor.ts";
import type { EnumMember, TupleType, Type } from "../ir.ts";
import { type EnumMembers, typeOfAnnotation } from "../script/annotations.ts";
import { LazyCode, scriptClassOf } from "../script/code-table.ts";
import { literal } from "../script/compile-function.ts";
import { parseProgram } from "../script/parse.ts";
import type { SourceText } from "../script/source-text.ts";
import type { ClassDefinition, FunctionDefinition } from "../script/syntax.ts";
import type { ScriptClass, ScriptCode, ScriptUnit } from "../script/unit.ts";
import { upgraderNamed, upgraderOf } from "../script/upgraders.ts";

/** The text of a file below `code/`, such as `__torch__/a.py`; null if there is none. */
export type CodeText = (path: string) => string | null;

interface ParsedFile {
  readonly source: SourceText;
  readonly classes: ReadonlyMap<string, ClassDefinition>;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}

export class ArchiveUnit implements ScriptUnit {
  readonly allowsUnknown = true;
  readonly #text: CodeText;
  readonly #version: number;
  readonly #constants: () => readonly Tensor[];
  readonly #files = new Map<string, ParsedFile | null>();
  readonly #classes = new Map<string, ScriptClass | null>();
  readonly #tuples = new Map<string, TupleType>();
  readonly #enums = new Map<string, EnumMembers>();
  readonly #functions = new Map<string, ScriptCode | null>();

  constructor(version: number, text: CodeText, constants: () => readonly Tensor[]) {
    this.#version = version;
    this.#text = text;
    this.#constants = constants;
  }

  get constants(): readonly Tensor[] {
    return this.#constants();
  }

  upgraded(kind: string, types: readonly Type[]): string | null {
    return upgraderOf(kind, this.#version, types);
  }

  classNamed(name: string): ScriptClass | null {
    let found = this.#classes.get(name);
    if (found === undefined) {
      const { file, last } = this.#fileOf(name);
      const definition = file?.classes.get(last);
      const isClass = definition !== undefined && !["NamedTuple", "Enum"].includes(definition.base);
      found = file && isClass ? scriptClassOf(definition, name, file.source, this) : null;
      this.#classes.set(name, found);
    }
    return found;
  }

  namedTuple(name: string): TupleType | null {
    const { file, last } = this.#fileOf(name);
    const definition = file?.classes.get(last);
    if (!file || definition?.base !== "NamedTuple") return null;
    let type = this.#tuples.get(name);
    if (type === undefined) {
      const fields = definition.assignments.flatMap(({ targets: [target], annotation }) =>
        target.kind === "name" && annotation !== null ? [{ name: target.name, annotation }] : [],
      );
      type = {
        kind: "Tuple",
        name,
        fields: fields.map((field) => field.name),
        elements: fields.map(({ annotation }) => typeOfAnnotation(annotation, file.source, this)),
      };
      this.#tuples.set(name, type);
    }
    return type;
  }

  enumNamed(name: string): EnumMembers | null {
    const { file, last } = this.#fileOf(name);
    const definition = file?.classes.get(last);
    if (!file || definition?.base !== "Enum") return null;
    let members = this.#enums.get(name);
    if (members === undefined) {
      members = membersOf(definition, name, file.source);
      this.#enums.set(name, members);
    }
    return members;
  }

  functionNamed(name: string): ScriptCode | null {
    const upgrader = upgraderNamed(name);
    if (upgrader !== null) return upgrader;
    let found = this.#functions.get(name);
    if (found === undefined) {
      const { file, last } = this.#fileOf(name);
      const definition = file?.functions.get(last);
      found = file && definition ? new LazyCode(name, definition, file.source, this, null) : null;
      this.#functions.set(name, found);
    }
    return found;
  }

  /** `__torch__.a.b.Net` is `Net` in `__torch__/a/b.py`. */
  #fileOf(name: string): { readonly file: ParsedFile | null; readonly last: string } {
    const dot = name.lastIndexOf(".");
    const path = `${name.slice(0, Math.max(dot, 0)).replaceAll(".", "/")}.py`;
    const last = name.slice(dot + 1);
    let file = this.#files.get(path);
    if (file === undefined) {
      const text = name.startsWith("__torch__") ? this.#text(path) : null;
      file = text === null ? null : parsed(`code/${path}`, text);
      this.#files.set(path, file);
    }
    return { file, last };
  }
}

/** `RED = 1` for each member. */
const membersOf = (definition: ClassDefinition, enumName: string, source: SourceText): EnumMembers =>
  new Map(
    definition.assignments.flatMap(({ targets: [target], value }): [string, EnumMember][] =>
      target.kind === "name" && value !== null
        ? [[target.name, Object.freeze({ enumName, name: target.name, value: literal(value, source) })]]
        : [],
    ),
  );

function parsed(name: string, text: string): ParsedFile {
  const source = { name, text };
  const { classes, functions } = parseProgram(source);
  return {
    source,
    classes: new Map(classes.map((definition) => [definition.name, definition])),
    functions: new Map(functions.map((definition) => [definition.name, definition])),
  };
}
