/**
 * Rows of the operator table: `op(schema, kernel, facts)` makes one and enters it in the registry; `aten(...)` makes the
 * callable that users see of one operator's overloads; `inplaceOf` derives `add_` from `add`.
 * Everything about an operator stands in its row. Binding arguments is bind.ts's, running it dispatch.ts's.
 */
import type { GradContext } from "../autograd/node.ts";
import { RuntimeError } from "../errors.ts";
import type { Lowering } from "../jit/onnx/lowering.ts";
import type { PlainForm, ThroughView } from "../jit/optimization/functional-forms.ts";
import { late } from "../tensor/late.ts";
import { Tensor } from "../tensor/tensor.ts";
import { bind, defaultValue, typeName } from "./bind.ts";
import { dispatch } from "./dispatch.ts";
import type { KernelOf } from "./kernel-types.ts";
import type { Refusal } from "./refusal.ts";
import { parseSchema, type Schema } from "./schema.ts";

/** A gradient formula: from what arrived for the results to what goes to the argument(s) it is named for. */
export type GradFormula = (context: GradContext) => Tensor | null | readonly (Tensor | null)[];

/** What a row says beside schema and kernel; all of it optional. */
export interface OpFacts {
  /**
   * Gradient formulas keyed by argument name, as in PyTorch's derivatives.yaml. A key may name several arguments,
   * comma-separated; its formula then returns a list. What a formula destructures from its context is what is saved.
   */
  readonly grad?: Readonly<Record<string, GradFormula>>;
  /** The node name shown as grad_fn, where it is not the operator's name + `Backward0`. */
  readonly gradName?: string;
  /** The kernel is a composition of other operators: autograd looks inside. */
  readonly composite?: boolean;
  /** Traces record what the kernel calls in place of this operator, as PyTorch's tracer does for convolutions. */
  readonly untraced?: boolean;
  /** The ONNX operator that does the same, or how it is put together from several. */
  readonly onnx?: Lowering;
  /**
   * The same for files alone, where ONNX Runtime treats NaN, orders equal elements or rounds otherwise than torch, so that executors
   * must not take it.
   */
  readonly onnxExport?: Lowering;
  /**
   * What a pointwise kernel does to one element of floats, where it is no plain `unary` or `binary` kernel: from one value for each
   * argument, numbers rounded to the dtype computed in. Traces fuse such operators with their neighbours.
   */
  readonly scalar?: (...values: never[]) => number;
  /** The same to the precision of float32, where the kernel has it faster. */
  readonly scalarFloat32?: (...values: never[]) => number;
  /** For an operator that writes without a functional twin: what it leaves, as nodes of a graph. */
  readonly plain?: PlainForm;
  /** For a view: how a write to it changes what it is a view of, as nodes of a graph. */
  readonly through?: ThroughView;
  /** Numbers are taken for tensor arguments, as Python does for arithmetic (`torch.add(x, 1)`). */
  readonly numbers?: boolean;
  /** The in-place operator takes tensors whose elements share memory, such as expanded ones, or writes to no memory. */
  readonly overlapping?: boolean | ((self: Tensor) => boolean);
  /**
   * The kernel compares elements and picks from them, and computes nothing: what it takes may be int64 beyond 2^53. Lists the results
   * that hold such elements; others are places or truths.
   */
  readonly picks?: readonly number[];
  /** The dtypes the kernel does not take, as torch refuses them. */
  readonly refuses?: Refusal;
}

/** One overload of one operator. */
export interface Op {
  readonly kind: "op";
  /** `aten::add` */
  readonly name: string;
  /** `Tensor`, or the empty string. */
  readonly overload: string;
  readonly schema: Schema;
  readonly kernel: (...args: never[]) => unknown;
  readonly facts: OpFacts;
  /** The row this in-place or out variant was derived from; null for an original. */
  readonly functional: Op | null;
  /** Index of the argument that is written to, -1 if none is. */
  readonly mutates: number;
  /** True if results are views of the first argument. */
  readonly isView: boolean;
  readonly plain: PlainCall;
}

/** What a call with nothing but the leading tensors binds to. */
export interface PlainCall {
  /** How many parameters come first that are single tensors. */
  readonly tensors: number;
  /** The values of all others, null if one of them has to be given or is a list, which calls must not share. */
  readonly defaults: readonly unknown[] | null;
}

function plainCallOf(schema: Schema): PlainCall {
  const { arguments: all } = schema;
  let tensors = 0;
  while (
    tensors < all.length &&
    all[tensors].type.base === "Tensor" &&
    !all[tensors].type.list &&
    !all[tensors].type.optional &&
    !all[tensors].keywordOnly
  )
    tensors++;
  const rest = all.slice(tensors);
  const simple =
    tensors > 0 && rest.every(({ hasDefault, type }) => hasDefault && (!type.list || type.optional));
  return {
    tensors,
    defaults: simple ? rest.map(defaultValue) : null,
  };
}

const registry = new Map<string, Op[]>();

/** Makes a row. The kernel takes every schema argument by position, keyword-only ones too, defaults filled in. */
export function op<const S extends string>(schema: S, kernel: KernelOf<S>, facts: OpFacts = {}): Op {
  return register(schema, kernel as Op["kernel"], facts, null);
}

function register(text: string, kernel: Op["kernel"], facts: OpFacts, functional: Op | null): Op {
  const schema = parseSchema(text);
  const mutates = schema.arguments.findIndex((argument) => argument.type.mutated);
  const row: Op = Object.freeze({
    kind: "op",
    name: schema.name,
    overload: schema.overload,
    schema,
    kernel: refusingPinned(schema, kernel),
    facts,
    functional,
    mutates,
    plain: plainCallOf(schema),
    isView: mutates < 0 && schema.returns.some((result) => result.type.alias !== null),
  });
  const overloads = registry.get(row.name);
  if (overloads === undefined) registry.set(row.name, [row]);
  else if (overloads.some((other) => other.overload === row.overload)) {
    throw new Error(`operator ${row.name}.${row.overload} has two rows`);
  } else overloads.push(row);
  return row;
}

/** There is no pinned memory: it serves copies to an accelerator. */
function refusingPinned(schema: Schema, kernel: Op["kernel"]): Op["kernel"] {
  const at = schema.arguments.findIndex(({ name }) => name === "pin_memory");
  // Conversions take it for a copy to an accelerator only.
  if (at < 0 || schema.name === "aten::to" || schema.name === "aten::_to_copy") return kernel;
  return (...args: readonly unknown[]) => {
    if (args[at] === true) {
      throw new RuntimeError(
        "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this system.",
      );
    }
    return (kernel as (...args: readonly unknown[]) => unknown)(...args);
  };
}

/** The overloads behind a callable made by `aten`. */
export const overloadsOf = (callable: object): readonly Op[] =>
  (callable as { [rows]?: readonly Op[] })[rows] ?? [];

const rows = Symbol("tracebook.rows");

/** The callable of one operator: picks the overload that the arguments fit, in the order of the rows. */
export function aten<F>(...overloads: readonly Op[]): F {
  const run = (...args: unknown[]): unknown => {
    const last = args[args.length - 1];
    if (namesOut(last)) return callOut(overloads, args, last);
    const bound = bind(overloads, args);
    return dispatch(bound.op, bound.args);
  };
  const callable = makesTensors(overloads[0]) ? takingRequiresGrad(run) : run;
  const { name } = overloads[0];
  describeCallable(callable, camelCase(name.slice(name.indexOf("::") + 2)), overloads);
  return callable as F;
}

/** Gives a callable its name and overloads; shown in a cell it tells their schemas, so all arguments with their defaults. */
export function describeCallable(callable: object, name: string, overloads: readonly Op[]): void {
  Object.defineProperty(callable, "name", { value: name });
  if (overloads.length === 0) return;
  Object.defineProperty(callable, rows, { value: overloads });
  Object.defineProperty(callable, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => overloads.map(({ schema }) => schema.text).join("\n"),
  });
}

/** Options that name the tensor the result is to be written to. */
interface OutOption {
  readonly out: unknown;
}

const namesOut = (value: unknown): value is OutOption =>
  typeof value === "object" && value !== null && !(value instanceof Tensor) && Object.hasOwn(value, "out");

function callOut(overloads: readonly Op[], args: readonly unknown[], { out, ...rest }: OutOption): unknown {
  const others = args.slice(0, -1);
  const bound = bind(overloads, Object.keys(rest).length === 0 ? others : [...others, rest]);
  const row = outOf(bound.op);
  const name = bound.op.name.slice(bound.op.name.indexOf("::") + 2);
  if (row === null) throw new TypeError(`${name}() got an unexpected keyword argument 'out'`);
  if (!(out instanceof Tensor)) {
    throw new TypeError(`${name}(): argument 'out' must be Tensor, not ${typeName(out)}`);
  }
  return dispatch(row, [...bound.args, out]);
}

const outRows = new Map<Op, Op>();

/** The variant of a row that writes its result to a given tensor; null unless it has one new tensor as result. */
function outOf(row: Op): Op | null {
  if (row.isView || row.mutates >= 0 || row.schema.returns.length !== 1) return null;
  const [{ type }] = row.schema.returns;
  if (type.base !== "Tensor" || type.list) return null;
  let variant = outRows.get(row);
  if (variant === undefined) {
    const overload = row.overload === "" || row.overload === "Tensor" ? "out" : `${row.overload}_out`;
    const star = row.schema.arguments.some(({ keywordOnly }) => keywordOnly) ? "" : "*, ";
    const [open, close] = [row.schema.text.indexOf("("), row.schema.text.lastIndexOf(") -> ")];
    const parameters = row.schema.text.slice(open + 1, close);
    const text = `${row.name}.${overload}(${parameters}${parameters === "" ? "" : ", "}${star}Tensor(a!) out) -> Tensor(a!)`;
    const kernel = (...args: unknown[]) =>
      late.writeOut(
        row.name.slice(row.name.indexOf("::") + 2),
        args.at(-1) as Tensor,
        row.kernel,
        args.slice(0, -1),
      );
    variant =
      findOp(row.name, overload) ??
      register(text, kernel as Op["kernel"], { composite: true, refuses: row.facts.refuses }, row);
    outRows.set(row, variant);
  }
  return variant;
}

/** Operators that make new tensors take torch's `requires_grad` too, which their schemas do not name. */
const makesTensors = (row: Op): boolean => row.schema.arguments.some(({ name }) => name === "pin_memory");

function takingRequiresGrad(run: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return (...args) => {
    const options = args[args.length - 1];
    if (typeof options !== "object" || options === null) return run(...args);
    if (!Object.hasOwn(options, "requiresGrad") && !Object.hasOwn(options, "requires_grad"))
      return run(...args);
    const { requiresGrad, requires_grad, ...rest } = options as Record<string, unknown>;
    const made = run(...args.slice(0, -1), rest) as Tensor;
    return (requiresGrad ?? requires_grad) === true ? made.requiresGrad_() : made;
  };
}

/** The in-place operator of a functional one: `add_` from `add`, with a row for each overload that has `self`. */
export function inplaceOf<F>(functional: F, renamed?: Readonly<Record<string, string>>): F {
  const derived = overloadsOf(functional as object)
    .filter((row) => row.schema.arguments[0]?.name === "self" && row.schema.returns.length === 1)
    .filter((row) => renamed === undefined || row.overload in renamed)
    .map((row) => {
      const text = row.schema.text
        .replace(`.${row.overload}(`, `.${renamed?.[row.overload] ?? row.overload}(`)
        .replace(row.name, `${row.name}_`)
        .replace(/\(Tensor self/, "(Tensor(a!) self")
        .replace(/-> Tensor$/, "-> Tensor(a!)");
      const kernel = (self: Tensor, ...rest: unknown[]) => late.writeBack(self, row.kernel, rest);
      return register(text, kernel as Op["kernel"], row.facts, row);
    });
  return aten<F>(...derived);
}

/** All overloads of `aten::add`; undefined if there is no such operator. */
export const findOverloads = (name: string): readonly Op[] | undefined => registry.get(name);

/** One overload, as `findOp("aten::add", "Tensor")`. */
export const findOp = (name: string, overload: string): Op | undefined =>
  registry.get(name)?.find((row) => row.overload === overload);

/** Every operator name of the table. */
export const operatorNames = (): string[] => [...registry.keys()];

/** `log_softmax` → `logSoftmax`; leading and trailing underscores stay. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** `logSoftmax` → `log_softmax`, for keyword arguments. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
