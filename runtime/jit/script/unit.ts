/**
 * What compiled code can refer to: classes, functions and tensor constants, found by their qualified names. An archive
 * and a text given to `jitCompile` are two such units.
 */
import type { Tensor } from "../../tensor/tensor.ts";
import type { Runnable } from "../interpret.ts";
import type { Attribute, Graph, Type } from "../ir.ts";
import type { NamedTypes } from "./annotations.ts";

/** A parameter of a function or method, `self` left out. */
export interface ScriptParameter {
  readonly name: string;
  readonly type: Type;
  readonly hasDefault: boolean;
  readonly default: Attribute;
}

/** A function or method; its graph is made when it is first asked for. */
export interface ScriptCode {
  readonly name: string;
  /** `__torch__.fn`, by which other code calls a function. */
  readonly qualifiedName: string;
  readonly parameters: readonly ScriptParameter[];
  readonly returns: Type;
  readonly graph: Graph;
  readonly run: Runnable;
  /** Where the functions that it calls are found. */
  readonly unit: ScriptUnit;
}

/** `in_features : Final[int] = 2`. */
export interface ClassConstant {
  readonly type: Type;
  readonly value: Attribute;
}

/** Interfaces only say which methods the objects of other classes have; plain classes are those of `@torch.jit.script`. */
export type ClassKind = "module" | "plain" | "interface" | "moduleInterface";

/** True for a class that has no objects of its own. */
export const isInterface = (kind: ClassKind): boolean => kind === "interface" || kind === "moduleInterface";

/** A class of an archive. */
export interface ScriptClass {
  /** `__torch__.torch.nn.modules.linear.Linear` */
  readonly name: string;
  readonly kind: ClassKind;
  /** Where its code refers to. */
  readonly unit: ScriptUnit;
  readonly attributes: ReadonlyMap<string, Type>;
  /** Attributes whose values are part of the class. */
  readonly constants: ReadonlyMap<string, ClassConstant>;
  readonly parameters: ReadonlySet<string>;
  readonly buffers: ReadonlySet<string>;
  /** Methods that calls of `forward` run before and behind it; code that calls the module calls them itself. */
  readonly preHooks: ReadonlySet<string>;
  readonly hooks: ReadonlySet<string>;
  readonly methods: ReadonlyMap<string, ScriptCode>;
}

/** The surroundings of code. */
export interface ScriptUnit extends NamedTypes {
  readonly constants: readonly Tensor[];
  /**
   * True for archives: their calls were checked when they were written, so that a call which fits nothing here is an
   * error only when it is reached.
   */
  readonly allowsUnknown: boolean;
  /** The function that a call of an operator means in this code's format version; null where it has not changed. */
  upgraded(kind: string, types: readonly Type[]): string | null;
  classNamed(name: string): ScriptClass | null;
  functionNamed(name: string): ScriptCode | null;
}

/** Surroundings that have functions and nothing else. */
export abstract class FunctionUnit implements ScriptUnit {
  readonly constants: readonly Tensor[] = [];
  readonly allowsUnknown: boolean = false;

  abstract functionNamed(name: string): ScriptCode | null;

  classNamed(): ScriptClass | null {
    return null;
  }

  upgraded(): string | null {
    return null;
  }

  namedTuple(): null {
    return null;
  }

  enumNamed(): null {
    return null;
  }
}
