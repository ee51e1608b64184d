/**
 * Cells written out of habit, as in Python or as one computes with numbers: what to write here instead, below
 * their error. Which errors there are, and where, is for the parser and the type checker; this only reads them.
 */

/** An error, and the line it is on. */
export interface Mistake {
  readonly message: string;
  /** The text of the line, in which the error is `width` columns from `column` (one-based) on. */
  readonly line: string;
  readonly column: number;
  readonly width: number;
}

/** The tensors' methods for operators. */
const methods: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "remainder",
  "**": "pow",
  "<": "lt",
  ">": "gt",
  "<=": "le",
  ">=": "ge",
};

/** Python's names. */
const names: Readonly<Record<string, string>> = {
  True: "write true",
  False: "write false",
  None: "write null",
  print: "write console.log(…), or the value as the last line of the cell",
  len: "write x.length",
  range: "write for (let i = 0; i < n; i++), or torch.arange(n) for a tensor",
  enumerate: "write list.entries()",
  zip: "write a.map((item, i) => [item, b[i]])",
  isinstance: "write x instanceof Tensor",
  str: "write String(x)",
  int: "write Math.trunc(x)",
  float: "write Number(x)",
  self: "write this",
  F: "write nn.functional",
  np: "tensors do what NumPy's arrays do: begin with torch.",
};

/** Lines that are Python, not TypeScript. */
const lines: readonly (readonly [RegExp, string])[] = [
  [
    /^\s*(import \w+(\.\w+)*( as \w+)?|from \S+ import .*)$/,
    "torch, nn, optim and data are there without an import",
  ],
  [/^\s*def \w/, "a function is const f = (x: Tensor) => …, or function f(x: Tensor) { … }"],
  [/\blambda\b/, "a function without a name is (x) => …"],
  [/^\s*with (torch\.)?no_?grad/i, "write torch.noGrad(() => { … })"],
  [/^\s*for \w+ in range\(/, "write for (let i = 0; i < n; i++) { … }"],
  [/^\s*for [^(]* in /, "write for (const item of list) { … }"],
  [/^\s*(if|elif|while)\b.*:\s*$/, "write if (condition) { … }, while (condition) { … }"],
  [/^\s*class \w+(\(.*\))?:/, "write class Net extends nn.Module { … }"],
  [/^\s*#/, "a comment begins with //"],
  [/\bf["']/, "a text with values in it is `loss $" + "{loss.item()}`"],
  [/[\w)]\[[^\]?]*:[^\]]*\]/, 'write x.index("0:2"), x.index([":", 1])'],
  [/ @ /, "write a.matmul(b)"],
  [/ (and|or|not) |^\s*not /, "write &&, || and !"],
];

/** What to write instead of a line the parser refuses; null if it is no known habit. */
export function habitOfLine(line: string): string | null {
  return lines.find(([pattern]) => pattern.test(line))?.[1] ?? null;
}

/** What to write instead of an expression whose types do not fit; null if it is no known habit. */
export function habitOfTypes(mistake: Mistake): string | null {
  for (const habit of [
    operator,
    call,
    named,
    assigned,
    name,
    list,
    empty,
    inOrder,
    gradient,
    field,
    member,
  ]) {
    const found = habit(mistake, {
      before: mistake.line.slice(0, mistake.column - 1),
      at: mistake.line.slice(mistake.column - 1),
      after: mistake.line.slice(mistake.column - 1 + mistake.width),
    });
    if (found !== null) return found;
  }
  return null;
}

/** The line before the mistake, from it on, and after it. */
interface Around {
  readonly before: string;
  readonly at: string;
  readonly after: string;
}

type Habit = (mistake: Mistake, around: Around) => string | null;

/** The operator: named in the message, or behind the left or before the right side that the message is about. */
const operator: Habit = ({ message }, { before, after }) => {
  const symbol =
    /^Operator '(.+?)=?' cannot be applied to types .*'Tensor'/.exec(message) ??
    (message.startsWith("The left-hand side of an arithmetic") ? /^\s*(\*\*|[-*/%])/.exec(after) : null) ??
    (message.startsWith("The right-hand side of an arithmetic") ? /(\*\*|[-*/%])=?\s*$/.exec(before) : null);
  const method = symbol && methods[symbol[1]];
  return method ? `operators compute with numbers; of tensors, write a.${method}(b)` : null;
};

const call: Habit = ({ message }, { at }) => {
  const type = /^This expression is not callable\.\s+Type '(\w+)' has no call/.exec(message)?.[1];
  if (type === undefined || /^(String|Number|Boolean|BigInt)$/.test(type)) return null;
  const called = /^[\w.]+/.exec(at)?.[0] ?? "x";
  return type === "Tensor"
    ? `write ${called}.index(…)`
    : `a module is called by its forward: ${called}.forward(x)`;
};

const named: Habit = ({ message }, { before, at }) => {
  const argument = /^(\w+)\s*=[^=>]/.exec(at)?.[1];
  return argument && /^Cannot find name/.test(message) && /[(,]\s*$/.test(before)
    ? `arguments have no names: give them in order, and options in braces, { ${argument}: … }`
    : null;
};

const assigned: Habit = ({ message }, { before, at }) => {
  const target = /^(\w+)\s*=[^=>]/.exec(at)?.[1];
  if (target === undefined) return null;
  if (/^Cannot find name/.test(message) && /^\s*$/.test(before))
    return `a new name is declared: const ${target} = …, or let ${target} = … if it will change`;
  return /does not exist on type/.test(message) && /this\.$/.test(before)
    ? `a field is declared in the class, outside of its functions: ${target} = …`
    : null;
};

const name: Habit = ({ message }) => {
  const unknown = /^Cannot find name '(\w+)'/.exec(message)?.[1] ?? "";
  return Object.hasOwn(names, unknown) ? names[unknown] : null;
};

const list: Habit = ({ message }) =>
  /'Tensor' is (missing|not assignable).*'readonly Tensor\[\]'/.test(message)
    ? "write a list of tensors: [a, b]"
    : null;

const empty: Habit = ({ message }) =>
  /assignable to (parameter of )?type 'never'/.test(message)
    ? "a list that begins empty here says what it will hold: items: number[] = [], or [] as number[]"
    : null;

const inOrder: Habit = ({ message }) => {
  const option =
    /^Argument of type '\{ (\w+): .*' is not assignable to parameter of type '(number|boolean)/.exec(
      message,
    )?.[1] ?? /'(dim|keepdim|keepDim)' does not exist in type/.exec(message)?.[1];
  return option === undefined
    ? null
    : `write the value of ${option} alone, in its order, as in x.sum(1, true)`;
};

const gradient: Habit = ({ message }) => {
  const [, grad] = /^'(.+\.grad)' is possibly 'null'/.exec(message) ?? [];
  return grad === undefined
    ? null
    : `there is no gradient before backward(); where there is one, write ${grad}!`;
};

/** A buffer is registered by name, which no type knows. */
const field: Habit = ({ message }, { before }) => {
  const [, property] = /^Property '(\w+)' does not exist on type/.exec(message) ?? [];
  return property !== undefined && /\bthis\.$/.test(before)
    ? `a field is declared in the class, one of registerBuffer as declare ${property}: Tensor`
    : null;
};

const members: Readonly<Record<string, string>> = {
  jit: "write jitTrace, jitSave, jitLoad",
  numpy: "write x.tolist(), or x.typedArray() for the numbers in a row",
  astype: "write x.to(torch.int64)",
  map: "tensors compute with all elements at once: x.mul(2), torch.where(…); else x.tolist().map(…)",
};

const member: Habit = ({ message }) => {
  const [, property = "", type = ""] = /^Property '(\w+)' does not exist on type '(\w+)'/.exec(message) ?? [];
  return /^(Tensor|torch)$/.test(type) && Object.hasOwn(members, property) ? members[property] : null;
};
