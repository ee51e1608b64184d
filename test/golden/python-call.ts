/**
 * Evaluates the Python expressions that goldens record, such as `torch.randint(0, 5, (4,))` or
 * `nn.Linear(2, 3, bias=False)`, by calling this library: snake_case becomes camelCase, keyword arguments a trailing
 * object, tuples arrays, `x[-3:]` a slice, and classes are called with `new`.
 */

/** The names an expression may use. */
export type Environment = Readonly<Record<string, unknown>>;

/** The parameters, in order, of functions that take by position here what Python may name. */
export type Signatures = Readonly<Record<string, readonly string[]>>;

/** The value of a Python expression. Throws an Error that names what is missing here, or does not parse. */
export function evaluatePython(
  source: string,
  environment: Environment,
  signatures: Signatures = {},
): unknown {
  const parser = new Parser(source, environment, signatures);
  const value = parser.expression();
  parser.end();
  return value;
}

const tokenPattern = /\s*(\*\*|[A-Za-z_]\w*|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|'[^']*'|.)/y;

class Parser {
  private readonly tokens: string[] = [];
  private position = 0;
  private readonly source: string;
  private readonly environment: Environment;
  private readonly signatures: Signatures;

  constructor(source: string, environment: Environment, signatures: Signatures) {
    this.source = source;
    this.environment = environment;
    this.signatures = signatures;
    tokenPattern.lastIndex = 0;
    for (let match = tokenPattern.exec(source); match !== null; match = tokenPattern.exec(source)) {
      this.tokens.push(match[1]);
    }
  }

  expression(): unknown {
    if (this.take("-")) return -(this.expression() as number);
    const base = this.postfix();
    return this.take("**") ? (base as number) ** (this.expression() as number) : base;
  }

  end(): void {
    if (this.position < this.tokens.length) this.fail();
  }

  private postfix(): unknown {
    let value = this.atom();
    for (;;) {
      if (this.take(".")) {
        const name = this.next();
        if (this.peek() === "(") {
          const callee = member(value, name, this.source);
          value = call(callee, value, this.callArguments(this.signatures[name]), name);
        } else value = member(value, name, this.source);
      } else if (this.peek() === "(") {
        value = call(value, undefined, this.callArguments(), this.source);
      } else if (this.take("[")) {
        const start = this.peek() === ":" ? null : this.expression();
        this.expect(":");
        const end = this.peek() === "]" ? null : this.expression();
        this.expect("]");
        value = (value as { slice(dim: number, start: unknown, end: unknown): unknown }).slice(0, start, end);
      } else return value;
    }
  }

  private atom(): unknown {
    const token = this.next();
    if (token === "(" || token === "[") {
      const close = token === "(" ? ")" : "]";
      const items: unknown[] = [];
      let commas = 0;
      while (!this.take(close)) {
        items.push(this.expression());
        if (this.take(",")) commas++;
        else if (this.peek() !== close) this.fail();
      }
      return token === "(" && items.length === 1 && commas === 0 ? items[0] : items;
    }
    if (/^[\d.]/.test(token)) return Number(token);
    if (token.startsWith("'")) return token.slice(1, -1);
    if (token === "True") return true;
    if (token === "False") return false;
    if (token === "None") return null;
    if (token in this.environment) return this.environment[token];
    throw new Error(`the name ${token} in ${this.source} is not known here`);
  }

  private callArguments(parameters?: readonly string[]): unknown[] {
    this.expect("(");
    const positional: unknown[] = [];
    const keywords: Record<string, unknown> = {};
    while (!this.take(")")) {
      if (this.tokens[this.position + 1] === "=") {
        const name = camelCase(this.next());
        this.expect("=");
        keywords[name] = this.expression();
      } else positional.push(this.expression());
      if (!this.take(",") && this.peek() !== ")") this.fail();
    }
    if (Object.keys(keywords).length === 0) return positional;
    if (parameters === undefined) return [...positional, keywords];
    return parameters.map((name, i) => (i < positional.length ? positional[i] : keywords[camelCase(name)]));
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private next(): string {
    return this.tokens[this.position++] ?? this.fail();
  }

  private take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) this.fail();
  }

  private fail(): never {
    throw new Error(`cannot read the Python expression ${this.source} at token ${this.position}`);
  }
}

function member(object: unknown, name: string, source: string): unknown {
  const holder = object as Readonly<Record<string, unknown>>;
  const value = holder[camelCase(name)] ?? holder[name];
  if (value === undefined) throw new Error(`${name} in ${source} does not exist here`);
  return value;
}

function call(callee: unknown, self: unknown, args: readonly unknown[], name: string): unknown {
  if (typeof callee !== "function") throw new Error(`${name} is not a function here`);
  if (/^class\b/.test(Function.prototype.toString.call(callee))) return Reflect.construct(callee, args);
  return Reflect.apply(callee, self, args);
}

/** `manual_seed` becomes `manualSeed`; a final underscore stays. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
