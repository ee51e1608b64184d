/** Traced and compiled functions that are called within a trace give what PyTorch gives for them (fixtures/traced-calls.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  jitCompile,
  jitFreeze,
  jitSerialize,
  jitTrace,
  jitUnserialize,
  nn,
  type ScriptFunction,
  ScriptModule,
  Tensor,
  toOnnx,
  torch,
} from "../../runtime/index.ts";
import { comparable, comparableCode } from "../golden/twins/run-twin.ts";
import { evaluated, f } from "./program-text.ts";

interface Case {
  readonly group: string;
  readonly inputs: string;
  /** Statements that end with `P = ` the program. */
  readonly program: string;
  readonly graph: string;
  readonly inlinedGraph: string;
  readonly code: string;
  /** What the trace gives for the inputs; null for modules. */
  readonly result: unknown;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("fixtures/traced-calls.json", import.meta.url), "utf8"),
);

type Program = (...args: unknown[]) => unknown;

const plain = (text: string): string => text.replaceAll(/___torch_mangle_\d+/g, "___torch_mangle");
/** Numbers to six digits: executors round differently in the last ones. */
const listed = (result: unknown): unknown =>
  JSON.parse(
    JSON.stringify(result, (_, part) =>
      part instanceof Tensor ? part.tolist() : typeof part === "number" ? Number(part.toPrecision(6)) : part,
    ),
  );

describe.each([...new Set(cases.map(({ group }) => group))])("%s", (group) => {
  test.each(cases.filter((one) => one.group === group))("$program of $inputs", (one) => {
    const inputs = (): unknown[] => evaluated(`P = [${one.inputs}]`);
    const traced = jitTrace(evaluated<Program>(one.program), ...inputs()) as ScriptFunction & Program;
    expect(comparable(plain(String(traced.graph)))).toBe(comparable(one.graph));
    expect(comparable(plain(String(traced.inlinedGraph)))).toBe(comparable(one.inlinedGraph));
    expect(comparableCode(plain(traced.code))).toBe(comparableCode(one.code));
    const given = listed(traced(...inputs()));
    if (one.result !== null) expect(given).toEqual(listed(one.result));
    for (const executor of ["interpreter", "compiled"] as const) {
      traced.executor = executor;
      expect(listed(traced(...inputs()))).toEqual(given);
    }
    const loaded = jitUnserialize(jitSerialize(traced)) as unknown as ScriptFunction & Program;
    expect(listed(loaded(...inputs()))).toEqual(given);
    const asMethod =
      traced instanceof ScriptModule
        ? traced.code
        : traced.code.replace(/^def \w+\(/, "def forward(self,\n    ");
    expect(loaded.code).toBe(asMethod);
  });
});

describe("a function that a trace calls", () => {
  const inner = jitTrace(
    function inner(a: Tensor) {
      return a.mul(a).add(a.view(a.size(1), -1).sum());
    },
    f(2, 3),
  );

  test("keeps its sizes symbolic", () => {
    const outer = jitTrace((x: Tensor) => inner(x).sum(), f(2, 3));
    expect(outer(torch.ones(4, 5)).item()).toBe(20 * 21);
  });

  test("passes gradients on, whatever runs the trace", () => {
    const outer = jitTrace((x: Tensor) => inner(x.tanh()).sum(), f(2, 3));
    const gradient = (run: (x: Tensor) => Tensor): unknown => {
      const x = f(2, 3).requiresGrad_();
      run(x).backward();
      return listed(x.grad);
    };
    const expected = gradient((x) => inner(x.tanh()).sum());
    for (const executor of ["interpreter", "compiled", "auto", "auto", "auto"] as const) {
      outer.executor = executor;
      expect(gradient(outer)).toEqual(expected);
    }
  });

  test("is checked, measured, frozen and exported with the trace", () => {
    class Net extends nn.Module {
      fc = new nn.Linear(3, 3);
      override forward(x: Tensor): Tensor {
        return inner(this.fc.forward(x));
      }
    }
    const net = new Net().eval();
    const traced = jitTrace(net, f(2, 3), { checkTrace: true, checkInputs: [[f(4, 3)]] });
    expect(traced.warnings).toEqual([]);
    const expected = listed(net.forward(f(4, 3)));
    const frozen = jitFreeze(traced);
    expect(listed(frozen(f(4, 3)))).toEqual(expected);
    expect(traced.profile(f(4, 3)).nodes.map(({ operator }) => operator)).toContain("aten::mul");
    expect([...traced.inspect(f(4, 3)).values()].at(-1)?.sizes).toEqual([4, 3]);
    expect(String.fromCharCode(...toOnnx(traced))).toContain("ReduceSum");
    expect(String(traced.graphFor(f(4, 3)))).not.toContain("prim::CallFunction");
  });

  test("that gives no tensor cannot be recorded", () => {
    const { rows } = jitCompile("def rows(a) -> int:\n  return a.size(0)\n");
    expect(() => jitTrace((x: Tensor) => x.mul(rows(x) as number), f(2))).toThrow(
      "Tracer cannot set value trace for type Int. Supported types are tensor, tensor list, and tuple of tensors.",
    );
  });

  test("must not call itself", () => {
    const { down } = jitCompile(
      "def down(a) -> Tensor:\n  if bool(a.sum() > 1):\n    return down(a - 1)\n  return a\n",
    );
    expect(() => jitTrace((x: Tensor) => down(x) as Tensor, f(2))).toThrow(
      "function 'down' is called recursively",
    );
  });
});

describe("a traced or loaded module in a field", () => {
  class Net extends nn.Module {
    readonly body = jitTrace(
      new nn.Sequential(new nn.Linear(2, 3), new nn.Dropout(0.5), new nn.Sequential(new nn.Linear(3, 2))),
      f(1, 2),
    );
    head = new nn.Linear(2, 1);
    override forward(x: Tensor): Tensor {
      return this.head.forward(this.body(x).tanh());
    }
  }
  const net = new Net().eval();
  const expected = listed(net.forward(f(3, 2)));

  test("is a submodule: its state and mode are the module's", () => {
    const names = net.namedParameters().map(([name]) => name);
    expect(names).toEqual([
      "body.0.weight",
      "body.0.bias",
      "body.2.0.weight",
      "body.2.0.bias",
      "head.weight",
      "head.bias",
    ]);
    expect(Object.keys(net.stateDict())).toEqual(names);
    expect(net.body.training).toBe(false);
  });

  test("has a method of its own in a trace, and a class of its own in files", () => {
    const traced = jitTrace(net, f(1, 2));
    expect(traced.code).toBe(
      [
        "def forward(self,",
        "    x: Tensor) -> Tensor:",
        "  head = self.head",
        "  body = self.body",
        "  input = torch.tanh((body).forward(x, ))",
        "  return (head).forward(input, )",
        "",
      ].join("\n"),
    );
    expect(listed(traced(f(3, 2)))).toEqual(expected);
    const inner = traced.inlinedGraph.nodes.find(
      ({ kind, scope }) => kind === "aten::linear" && scope.includes("2"),
    );
    expect(inner?.scope).toBe("__module.body/__module.body.2/__module.body.2.0");
    const loaded = jitUnserialize(jitSerialize(traced)).eval();
    expect(listed(loaded.forward(...([f(3, 2)] as never[])))).toEqual(expected);
  });

  test("may come from a file, with branches", () => {
    const saved = jitUnserialize(jitSerialize(jitTrace(net, f(1, 2)))).eval();
    class Outer extends nn.Module {
      readonly inner = saved as unknown as (x: Tensor) => Tensor;
      override forward(x: Tensor): Tensor {
        return this.inner(x).neg();
      }
    }
    const outer = new Outer().eval();
    expect(outer.parameters().length).toBe(6);
    const traced = jitTrace(outer, f(1, 2), { respectMode: false });
    expect(traced.code).toContain("(inner).forward(x, )");
    const negative = listed(net.forward(f(3, 2)).neg());
    expect(listed(traced(f(3, 2)))).toEqual(negative);
    const again = jitUnserialize(jitSerialize(traced));
    expect(listed(again.forward(...([f(3, 2)] as never[])))).toEqual(negative);
  });

  test("may be the module's own trace, which is no part of it", () => {
    class Fast extends nn.Module {
      fc = new nn.Linear(2, 2);
      readonly traced = jitTrace(this.fc, f(1, 2));
      own: unknown = null;
      override forward(x: Tensor): Tensor {
        return this.fc.forward(x);
      }
    }
    const fast = new Fast();
    fast.own = jitTrace(fast, f(1, 2));
    expect(Object.keys(fast.stateDict())).toEqual(["fc.weight", "fc.bias", "traced.weight", "traced.bias"]);
    expect(fast.parameters().length).toBe(2);
  });
});

test("traced modules are called only where they belong to what is traced", () => {
  const traced = jitTrace(new nn.Linear(2, 2), f(2));
  expect(() => jitTrace((x: Tensor) => traced(x), f(2))).toThrow(
    "Tried to trace <__torch__.torch.nn.modules.linear.Linear object> but it is not part of the active trace. Modules that are called during a trace must be registered as submodules of the thing being traced.",
  );
});
