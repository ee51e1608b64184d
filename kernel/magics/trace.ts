/**
 * `%trace` and `%%trace`: record a function call, or a cell's body, as a TorchScript graph, and draw it.
 * The recording itself is the runtime's jitTrace; here a call becomes a call of it.
 */
import type { showGraph } from "../../renderers/index.ts";
import type { failedTrace, ScriptFunction } from "../../runtime/index.ts";
import { declaredBy } from "../cell/declarations.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";
import { valueNames } from "../cell/value-names.ts";
import { flagsHelp, flagWords, readFlags } from "./flags.ts";
import {
  type Magic,
  type MagicCall,
  type MagicHost,
  type Piece,
  type Span,
  textOf,
  usageError,
} from "./magic.ts";
import { reportTrace, type TraceReport, traceFlags } from "./trace-report.ts";
import type { Call } from "./trace-time.ts";

type Callable = (...inputs: unknown[]) => unknown;
/** The part of jitTrace that this magic needs. */
type JitTrace = (fn: Callable | { forward: Callable }, ...inputs: unknown[]) => ScriptFunction & Callable;
type Drawing = { failedTrace: typeof failedTrace; showGraph: typeof showGraph };

export const trace: Magic = {
  name: "trace",
  forms: ["line", "cell"],
  usage: "%trace [FLAGS] f(x)\n%trace [FLAGS] g = f(x, y)\n%%trace [FLAGS] [g]",
  summary: "records a call or a cell as a TorchScript graph and draws it",
  help: [
    "`%trace g = f(x, y)` runs `f` once with `x` and `y`, records every tensor operator (`jitTrace(f, x, y)`), shows the graph with the tracer's warnings, and binds the traced function to `g`, which has the type of `f`. `f` may be a function, a module, or a method such as `model.encode`. Without `g =` the graph is only shown.",
    "",
    "`%%trace g` on a cell's first line records the lines below it:",
    "",
    "- its **inputs** are the tensors of the session that the lines use;",
    "- its **outputs** are the tensors the lines declare with `let`, `const` or `var`, and the value of a last expression;",
    "- the declared names are bound in the session, as if the cell had run without the magic, and `g`, if given, is the traced function, which takes the inputs in the order in which the lines first name them.",
    "",
    "Functions, modules and numbers of the session are used as they are. `import` and `await` do not belong in a traced cell.",
    "",
    "Flags stand before the call or behind it, several if you like:",
    "",
    flagsHelp(traceFlags),
  ].join("\n"),
  completes: (before, word) => flagWords(traceFlags, before, word),
  rewrite: (call) => (call.body ? rewriteBody(call, call.body) : rewriteLine(call)),
  types: [
    "tracer<Trace>(jitTrace: Trace, flags: object): Promise<Trace>;",
    "trace<Traced>(traced: Traced, flags: object): Promise<Traced>;",
    "traceCell<Free, Values>(name: null, flags: object, free: Free, body: (free: Free) => Values): Promise<Values>;",
    "traceCell<Free, Values, Name extends string>(name: Name, flags: object, free: Free, body: (free: Free) => Values): Promise<Values & Record<Name, any>>;",
  ].join("\n  "),
  run: {
    tracer: recordingTracer,
    async trace(host, traced: ScriptFunction & Callable, report: TraceReport) {
      await reportTrace(host, traced, report, timedCalls.get(traced) ?? null);
      return traced;
    },
    async traceCell(
      host,
      name: string | null,
      report: TraceReport,
      free: Record<string, unknown>,
      body: Body,
    ) {
      const { jitTrace, Tensor } = globalThis as unknown as { jitTrace: JitTrace; Tensor: new () => unknown };
      const isTensor = (value: unknown): boolean => value instanceof Tensor;
      const names = Object.keys(free).filter((key) => isTensor(free[key]));
      if (names.length === 0) {
        const used = Object.keys(free).join(", ") || "no variable of the session";
        throw new TypeError(
          `%%trace: expected lines that use a tensor of the session, got lines that use ${used}`,
        );
      }
      const inputs = names.map((key) => free[key]);
      let values: Record<string, unknown> | null = null;
      const run = (tensors: readonly unknown[]): unknown => {
        const declared = body({ ...free, ...Object.fromEntries(names.map((key, i) => [key, tensors[i]])) });
        // Checks run the lines again; the session keeps what the first run made.
        values ??= declared;
        const outputs = Object.entries(declared).filter(([, value]) => isTensor(value));
        if (outputs.length === 0)
          throw new TypeError("%%trace: expected lines that declare a tensor or end in one, got none");
        return outputs.length === 1 ? outputs[0][1] : Object.fromEntries(outputs);
      };
      const lines = namedCallable(name ?? "cell", names, run);
      // Several outputs come as a record by their names.
      const traced = recordingTracer(host, jitTrace, { ...report, "no-strict": true })(lines, ...inputs);
      await reportTrace(host, traced, report, timedCalls.get(traced) ?? null);
      return { ...(values as Record<string, unknown> | null), ...(name === null ? {} : { [name]: traced }) };
    },
  },
};

type Body = (free: Record<string, unknown>) => Record<string, unknown>;

/** The calls that `--time` compares, by the trace. */
const timedCalls = new WeakMap<object, { readonly untraced: Call; readonly traced: Call }>();

/** jitTrace as the flags want it. It draws a trace that fails up to the operator that threw, and keeps what `--time` calls. */
function recordingTracer({ displays }: MagicHost, jitTrace: JitTrace, report: TraceReport) {
  const options = {
    ...(report["no-strict"] ? { strict: false } : {}),
    ...(report.check ? { checkTrace: true } : {}),
  };
  return (fn: Callable | { forward: Callable }, ...inputs: unknown[]) => {
    try {
      const traced = jitTrace(fn, ...inputs, ...(Object.keys(options).length === 0 ? [] : [options]));
      const untraced = typeof fn === "function" ? fn : fn.forward.bind(fn);
      timedCalls.set(traced, { untraced: () => untraced(...inputs), traced: () => traced(...inputs) });
      return traced;
    } catch (error) {
      const { failedTrace, showGraph } = globalThis as unknown as Drawing;
      if (failedTrace(error) !== null) displays.display(showGraph(error as Error));
      throw error;
    }
  };
}

/** A function with these parameters, after which the graph's inputs are named. */
function namedCallable(
  name: string,
  parameters: readonly string[],
  run: (args: readonly unknown[]) => unknown,
): Callable {
  const list = parameters.join(", ");
  return new Function("run", `return { ${name}(${list}) { return run([${list}]); } }.${name};`)(run);
}

function rewriteLine(call: MagicCall): readonly Piece[] {
  const { given, rest } = readFlags(call, trace, traceFlags);
  const text = textOf(call, rest).replace(/;$/, "");
  const parsed = parse(text);
  const wrong = (got: string): Error =>
    usageError(call, trace, `expected a call such as f(x) or g = f(x), got ${got}`, rest.start);
  if (text === "") throw wrong("nothing");
  if (parsed.problems.length > 0) throw wrong(`${JSON.stringify(text)} (${parsed.problems[0].message})`);
  if (parsed.body.length !== 1) throw wrong(`${parsed.body.length} statements`);
  const { name, value } = bound(parsed.body[0]);
  if (value?.type !== "CallExpression" || value.optional) throw wrong(JSON.stringify(text));
  const span = ({ start, end }: Span): Span => ({ start: rest.start + start, end: rest.start + end });
  const callee = calleePieces(value.callee, span);
  const flags = JSON.stringify(given);
  const jit = [
    `__magic.trace((await __magic.tracer(jitTrace, ${flags}))(`,
    ...callee,
    ...value.arguments.flatMap((argument: Node): Piece[] => [", ", span(argument)]),
    `), ${flags})`,
  ];
  return name === null ? ["void await ", ...jit, ";"] : ["let ", span(name), " = await ", ...jit, ";"];
}

/** `g = call`, `let g = call` or a call alone. */
function bound(statement: Node): { readonly name: Node | null; readonly value: Node | null } {
  if (statement.type === "VariableDeclaration" && statement.declarations.length === 1) {
    const { id, init } = statement.declarations[0];
    return { name: id, value: id.type === "Identifier" ? init : null };
  }
  if (statement.type !== "ExpressionStatement") return { name: null, value: null };
  const { expression } = statement;
  if (expression.type !== "AssignmentExpression") return { name: null, value: expression };
  const plain = expression.operator === "=" && expression.left.type === "Identifier";
  return { name: expression.left, value: plain ? expression.right : null };
}

/** A method keeps its `this`. */
function calleePieces(callee: Node, span: (node: Span) => Span): readonly Piece[] {
  if (callee.type !== "MemberExpression") return [span(callee)];
  const key: readonly Piece[] = callee.computed ? [span(callee.property)] : ['"', span(callee.property), '"'];
  return ["__magic.method(", span(callee.object), ", ", ...key, ")"];
}

function rewriteBody(call: MagicCall, body: Span): readonly Piece[] {
  const { given, rest } = readFlags(call, trace, traceFlags);
  const name = textOf(call, rest);
  if (!/^[\p{ID_Start}$_]?[\p{ID_Continue}$]*$/u.test(name)) {
    throw usageError(
      call,
      trace,
      `expected a name for the traced function, got ${JSON.stringify(name)}`,
      rest.start,
    );
  }
  const parsed = parse(textOf(call, body));
  const [problem] = parsed.problems;
  if (problem) throw usageError(call, trace, problem.message, body.start + problem.start);
  const unfit = parsed.body.find((statement) => /^(Import|Export)/.test(statement.type));
  if (unfit)
    throw usageError(
      call,
      trace,
      "import and export belong in a cell of their own",
      body.start + unfit.start,
    );
  const span = (node: Span): Span => ({ start: body.start + node.start, end: body.start + node.end });
  const names = parsed.body.flatMap((statement) => declaredBy(statement).map(([declared]) => declared));
  const free = [...valueNames(parsed.body)].filter((used) => call.slots.has(used) && !names.includes(used));
  const last = parsed.body.at(-1);
  const value = last?.type === "ExpressionStatement" ? last.expression : null;
  const kept: Piece[] = value
    ? [
        { start: call.line.end, end: span(value).start },
        "const $$value = (",
        span(value),
        ")",
        { start: span(value).end, end: body.end },
      ]
    : [{ start: call.line.end, end: body.end }];
  const bindings = name === "" ? names : [...names, name];
  const returned = value ? [...names, "$$value"] : names;
  return [
    bindings.length === 0 ? "void " : `let { ${bindings.join(", ")} } = `,
    `await __magic.traceCell(${name === "" ? "null" : JSON.stringify(name)}, ${JSON.stringify(given)}, { ${free.join(", ")} }, ({ ${free.join(", ")} }) => {`,
    ...kept,
    `\nreturn { ${returned.join(", ")} }; });`,
  ];
}
