/**
 * `%trace` and `%%trace`: record a function call, or a cell's body, as a TorchScript graph, and draw it.
 * The recording itself is the runtime's jitTrace; here a call becomes a call of it.
 */
import { declaredBy } from "../cell/declarations.ts";
import { type Node, parse } from "../cell/syntax-tree.ts";
import { valueNames } from "../cell/value-names.ts";
import { type Magic, type MagicCall, type Piece, type Span, textOf, usageError } from "./magic.ts";

/** The part of jitTrace that this magic needs. */
type JitTrace = (fn: (...inputs: unknown[]) => unknown, ...inputs: unknown[]) => unknown;

export const trace: Magic = {
  name: "trace",
  forms: ["line", "cell"],
  usage: "%trace f(x)\n%trace g = f(x, y)\n%%trace [g]",
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
  ].join("\n"),
  rewrite: (call) => (call.body ? rewriteBody(call, call.body) : rewriteLine(call)),
  types: [
    "trace<Traced>(traced: Traced): Promise<Traced>;",
    "traceCell<Free, Values>(name: null, free: Free, body: (free: Free) => Values): Promise<Values>;",
    "traceCell<Free, Values, Name extends string>(name: Name, free: Free, body: (free: Free) => Values): Promise<Values & Record<Name, any>>;",
  ].join("\n  "),
  run: {
    async trace({ displays }, traced: unknown) {
      displays.display(traced);
      return traced;
    },
    async traceCell({ displays }, name: string | null, free: Record<string, unknown>, body: Body) {
      const { jitTrace, Tensor } = globalThis as unknown as { jitTrace: JitTrace; Tensor: new () => unknown };
      const isTensor = (value: unknown): boolean => value instanceof Tensor;
      const inputs = Object.keys(free).filter((key) => isTensor(free[key]));
      if (inputs.length === 0) {
        const used = Object.keys(free).join(", ") || "no variable of the session";
        throw new TypeError(
          `%%trace: expected lines that use a tensor of the session, got lines that use ${used}`,
        );
      }
      let values: Record<string, unknown> = {};
      const traced = jitTrace(
        (...tensors) => {
          values = body({ ...free, ...Object.fromEntries(inputs.map((key, i) => [key, tensors[i]])) });
          const outputs = Object.entries(values).filter(([, value]) => isTensor(value));
          if (outputs.length === 0)
            throw new TypeError("%%trace: expected lines that declare a tensor or end in one, got none");
          return outputs.length === 1 ? outputs[0][1] : Object.fromEntries(outputs);
        },
        ...inputs.map((key) => free[key]),
        // Several outputs come as a record by their names.
        { strict: false },
      );
      displays.display(traced);
      return { ...values, ...(name === null ? {} : { [name]: traced }) };
    },
  },
};

type Body = (free: Record<string, unknown>) => Record<string, unknown>;

function rewriteLine(call: MagicCall): readonly Piece[] {
  const text = textOf(call, call.args).replace(/;$/, "");
  const parsed = parse(text);
  const wrong = (got: string): Error =>
    usageError(call, trace, `expected a call such as f(x) or g = f(x), got ${got}`, call.args.start);
  if (text === "") throw wrong("nothing");
  if (parsed.problems.length > 0) throw wrong(`${JSON.stringify(text)} (${parsed.problems[0].message})`);
  if (parsed.body.length !== 1) throw wrong(`${parsed.body.length} statements`);
  const { name, value } = bound(parsed.body[0]);
  if (value?.type !== "CallExpression" || value.optional) throw wrong(JSON.stringify(text));
  const span = ({ start, end }: Span): Span => ({
    start: call.args.start + start,
    end: call.args.start + end,
  });
  const jit: Piece[] = ["await __magic.trace(jitTrace(", ...calleePieces(value.callee, span)];
  for (const argument of value.arguments) jit.push(", ", span(argument));
  jit.push("));");
  return name === null ? ["void ", ...jit] : ["let ", span(name), " = ", ...jit];
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
  const name = textOf(call, call.args);
  if (!/^[\p{ID_Start}$_]?[\p{ID_Continue}$]*$/u.test(name)) {
    throw usageError(
      call,
      trace,
      `expected a name for the traced function, got ${JSON.stringify(name)}`,
      call.args.start,
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
    `await __magic.traceCell(${name === "" ? "null" : JSON.stringify(name)}, { ${free.join(", ")} }, ({ ${free.join(", ")} }) => {`,
    ...kept,
    `\nreturn { ${returned.join(", ")} }; });`,
  ];
}
