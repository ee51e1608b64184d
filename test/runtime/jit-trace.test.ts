/** jitTrace on functions: the seed's example, graph texts, nested inputs and results, other inputs, errors and warnings. */
import { runInThisContext } from "node:vm";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  jitTrace,
  jitTuple,
  nn,
  type ScriptFunction,
  type Tensor,
  torch,
  warningText,
} from "../../runtime/index.ts";

const tensor = torch.tensor;

/** Evaluates a function as a notebook cell, so that its place is known exactly. */
const cell = <F>(text: string): F => runInThisContext(`(${text})`, { filename: "cell-3.ts" }) as F;

/** The graph without the places of the test file. */
const graphOf = (traced: ScriptFunction): string => String(traced.graph).replace(/ # \S+$/gm, "");

describe("a traced function", () => {
  test("gives and prints what the seed's example gives", () => {
    const fn = (x: Tensor) => torch.relu(x);
    const input = tensor([-1, 0, 1]);
    const trFn = jitTrace(fn, input);
    expect(String(trFn(input))).toBe("torch_tensor\n 0\n 0\n 1\n[ CPUFloatType{3} ]");
  });

  test("has the type of the function and the facts of the trace", () => {
    const fn = (x: Tensor, y: [Tensor, Tensor]) => ({ sum: x.add(y[0]), y });
    const traced = () => jitTrace(fn, tensor([1]), [tensor([1]), tensor([2])], { strict: false });
    expectTypeOf(traced).returns.toExtend<typeof fn>();
    expectTypeOf(traced).returns.toExtend<ScriptFunction>();
    expectTypeOf(traced).returns.parameter(0).toEqualTypeOf<Tensor>();
    // @ts-expect-error: an example input must fit the function's parameter
    expect(() => jitTrace(fn, 3, [tensor([1]), tensor([2])])).toThrow(/cannot be traced/);
  });

  test("runs on other shapes and dtypes, and on the same objects again", () => {
    const traced = jitTrace((x: Tensor) => x.mul(2).sum(0), tensor([[1, 2]]));
    expect(
      traced(
        tensor([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ).tolist(),
    ).toEqual([18, 24]);
    const whole = traced(tensor([1n, 2n]));
    expect([whole.tolist(), whole.dtype]).toEqual([6, torch.int64]);
    expect(traced(tensor([[1, 2]])).tolist()).toEqual([2, 4]);
  });

  test("lets gradients through", () => {
    const traced = jitTrace((x: Tensor) => x.mul(x).sum(), tensor([1, 2]));
    const x = tensor([3, 4], { requiresGrad: true });
    traced(x).backward();
    expect(x.grad?.tolist()).toEqual([6, 8]);
  });

  test("records the operations that ran, not the conditions", () => {
    const traced = jitTrace((x: Tensor) => (Number(x.sum()) > 0 ? x.mul(2) : x.neg()), tensor([1, 1]));
    expect(traced(tensor([-1, -1])).tolist()).toEqual([-2, -2]);
  });

  test("does not know more than the example: the caller's tensor is left alone", () => {
    const x = tensor([1, 2]);
    const traced = jitTrace((y: Tensor) => y.add(1), x);
    expect(x.tolist()).toEqual([1, 2]);
    expect(traced(x).tolist()).toEqual([2, 3]);
  });
});

describe("the graph of a traced function", () => {
  test("is TorchScript's text with the user's lines", () => {
    const fn = cell<(x: Tensor) => Tensor>("(x) => {\n  const y = torch.relu(x);\n  return y.sum(0);\n}");
    Object.assign(globalThis, { torch });
    const text = String(jitTrace(fn, tensor([[-1, 2]])).graph);
    expect(text).toContain("graph(%x : Float(1, 2, strides=[2, 1], requires_grad=0, device=cpu)):\n");
    expect(text).toMatch(/aten::relu\(%x\) # cell-3\.ts:2:19\n/);
    expect(text).toMatch(/aten::sum\(.*\) # cell-3\.ts:3:12\n/);
  });

  test("takes numbers beside tensors as 0-d constants, and alpha as a constant of its own", () => {
    const traced = jitTrace((x: Tensor) => x.add(1), tensor([1, 2]));
    expect(
      graphOf(traced)
        .split("\n")
        .map((line) => line.replace(/%\d+/g, "%")),
    ).toEqual([
      "graph(%x : Float(2, strides=[1], requires_grad=0, device=cpu)):",
      "  % : Long(requires_grad=0, device=cpu) = prim::Constant[value={1}]()",
      "  % : int = prim::Constant[value=1]()",
      "  % : Float(2, strides=[1], requires_grad=0, device=cpu) = aten::add(%x, %, %)",
      "  return (%)",
      "",
    ]);
  });

  test("keeps sizes symbolic", () => {
    const traced = jitTrace((x: Tensor) => x.view(x.size(0), -1), torch.ones(2, 3, 4));
    expect(graphOf(traced)).toContain("aten::size(%x");
    expect(graphOf(traced)).toContain("prim::NumToTensor");
    expect(traced(torch.ones(5, 2, 2)).sizes).toEqual([5, 4]);
  });

  test("names its inputs as the function does, however it is written", () => {
    function declared(first: Tensor, second: Tensor) {
      return first.add(second);
    }
    const names = (fn: (a: Tensor, b: Tensor) => Tensor) =>
      jitTrace(fn, tensor([1]), tensor([1])).graph.inputs.map((input) => input.name);
    expect(names(declared)).toEqual(["first", "second"]);
    expect(names((a, b = a) => a.add(b))).toHaveLength(2);
    expect(
      names(function plus(p, q) {
        return p.add(q);
      }),
    ).toEqual(["p", "q"]);
  });
});

describe("the code of a trace", () => {
  const shifted = jitTrace((x: Tensor) => x.add(tensor([1, 2])).mul(3), tensor([1, 2]));

  test("comes with the constants that it names", () => {
    const [code, constants] = shifted.codeWithConstants;
    expect(code).toBe(shifted.code);
    expect(code).toContain("CONSTANTS.c1");
    expect(Object.entries(constants).map(([name, value]) => [name, value.tolist()])).toEqual([
      ["c0", [1, 2]],
      ["c1", 3],
    ]);
  });
});

describe("graphFor", () => {
  test("gives the optimized graph of a run: nothing is computed twice, weights are inputs", () => {
    const traced = jitTrace((x: Tensor) => x.add(1).mul(x.add(1)), torch.ones(2, 3));
    const kinds = (graph: ScriptFunction["graph"]) =>
      graph.nodes.map(({ kind }) => kind).filter((kind) => kind !== "prim::Constant");
    expect(kinds(traced.graph)).toEqual(["aten::add", "aten::add", "aten::mul"]);
    expect(kinds(traced.graphFor(torch.ones(2, 3)))).toEqual(["aten::add", "aten::mul"]);
    const linear = jitTrace(new nn.Linear(3, 2), torch.ones(2, 3));
    expect(linear.graphFor(torch.ones(4, 3)).inputs).toHaveLength(3);
  });

  test("gives the graph as it is where a run is not optimized, and refuses what a call refuses", () => {
    const traced = jitTrace(
      (pair: [Tensor, Tensor]) => pair[0].add(pair[1]),
      jitTuple([tensor([1]), tensor([2])]),
    );
    expect(String(traced.graphFor([tensor([1]), tensor([2])]))).toBe(String(traced.inlinedGraph));
    expect(() => traced.graphFor()).toThrow(/expected 1 argument\(s\) but received 0/);
  });
});

describe("nested inputs and results", () => {
  test("may be lists, tuples and records of tensors", () => {
    const fn = (
      items: Tensor[],
      pair: readonly [Tensor, Tensor[]],
      options: { scale: Tensor; shift: Tensor },
    ) => items[0].mul(pair[0]).add(pair[1][0]).mul(options.scale).add(options.shift);
    const one = tensor([1]);
    const traced = jitTrace(fn, [one, one], jitTuple([one, [one]]), { scale: one, shift: one });
    expect(
      traced([tensor([2]), one], [tensor([3]), [tensor([4])]], {
        scale: tensor([5]),
        shift: tensor([6]),
      }).tolist(),
    ).toEqual([56]);
    expect(traced.graph.inputs.map((input) => input.type.kind)).toEqual(["List", "Tuple", "Dict"]);
  });

  test("come out with the structure of the source", () => {
    const traced = jitTrace((x: Tensor) => [x.add(1), [x.mul(2), x]] as const, tensor([1]));
    const [a, [b, c]] = traced(tensor([5]));
    expect([a.tolist(), b.tolist(), c.tolist()]).toEqual([[6], [10], [5]]);
  });

  test("records come out only with strict: false", () => {
    const fn = (x: Tensor) => ({ double: x.mul(2), sum: x.sum() });
    expect(() => jitTrace(fn, tensor([1, 2]))).toThrow(
      "Encountering a dict at the output of the tracer might cause the trace to be incorrect, this is only valid if the container structure does not change based on the module's inputs. Consider using a constant container instead (e.g. for `list`, use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely need this and know the side effects, pass strict=False to trace() to allow this behavior.",
    );
    const traced = jitTrace(fn, tensor([1, 2]), { strict: false });
    const result = traced(tensor([3, 4]));
    expect([result.double.tolist(), result.sum.tolist()]).toEqual([[6, 8], 7]);
  });

  test("must have the structure of the example when the trace is called", () => {
    const traced = jitTrace(
      (pair: [Tensor, Tensor]) => pair[0].add(pair[1]),
      jitTuple([tensor([1]), tensor([2])]),
    );
    expect(() => traced([tensor([1])] as unknown as [Tensor, Tensor])).toThrow(
      /Expected a value of type 'Tuple of 2' for argument 'pair'/,
    );
    expect(() => traced(3 as unknown as [Tensor, Tensor])).toThrow(/instead found type 'number'/);
    expect(() => (traced as unknown as () => void)()).toThrow(/expected 1 argument\(s\) but received 0/);
  });
});

describe("errors", () => {
  test("of the traced function reach the caller unchanged, and tracing ends", () => {
    class Mine extends Error {}
    const mine = new Mine("stop here");
    let caught: unknown;
    try {
      jitTrace(
        (x: Tensor): Tensor => {
          x.add(1);
          throw mine;
        },
        tensor([1]),
      );
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(mine);
    // Nothing is recorded any more: sizes are plain numbers and numbers can be read.
    const x = tensor([1, 2]);
    expect(x.shape).toEqual([2]);
    expect(x.sum().item()).toBe(3);
  });

  test("tell what can be traced", () => {
    const wrong = jitTrace as unknown as (...args: unknown[]) => void;
    expect(() => wrong("x => x", tensor([1]))).toThrow(
      'jitTrace() expected a function or an nn.Module to trace, but got the string "x => x"',
    );
    expect(() => wrong((x: Tensor) => x)).toThrow(
      "jitTrace() needs at least one example input after the function",
    );
    expect(() => wrong((x: Tensor) => x, 3)).toThrow(
      "Type 'number' cannot be traced. Only Tensors and (possibly nested) Lists, Dicts, and Tuples of Tensors can be traced",
    );
    expect(() => wrong((x: Tensor) => x.sum().item(), tensor([1]))).toThrow(
      "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions, but got number",
    );
    expect(() => wrong(async (x: Tensor) => x.add(1), tensor([1]))).toThrow(
      "jitTrace() cannot trace an async function: its operations run after the trace has ended",
    );
  });

  test("a captured parameter cannot become a constant", () => {
    const weight = tensor([1, 2], { requiresGrad: true });
    expect(() => jitTrace((x: Tensor) => x.mul(weight), tensor([1, 2]))).toThrow(
      /^Cannot insert a Tensor that requires grad as a constant\. Consider making it a parameter or input, or detaching the gradient\nTensor:\n/,
    );
  });

  test("a captured tensor is a constant", () => {
    const weight = tensor([1, 2]);
    const traced = jitTrace((x: Tensor) => x.mul(weight), tensor([1, 2]));
    expect(traced(tensor([3, 4])).tolist()).toEqual([3, 8]);
    expect(graphOf(traced)).toContain("prim::Constant[value=");
  });
});

describe("warnings", () => {
  test("say what was read, where, and what to do instead", () => {
    Object.assign(globalThis, { torch });
    const fn = cell<(x: Tensor) => Tensor>("(x) => {\n  return x.mul(x.sum().item());\n}");
    const { warnings } = jitTrace(fn, tensor([1, 2]));
    expect(warnings.map(warningText)).toEqual([
      "TracerWarning: cell-3.ts:2:24: Converting a tensor to a JavaScript number might cause the trace to be incorrect. We can't record the data flow of JavaScript values, so this value will be treated as a constant in the future. This means that the trace might not generalize to other inputs! Instead: keep the value a tensor: write x.mul(t) instead of x.mul(t.item()).",
    ]);
  });

  test.each([
    ["x.tolist()", (x: Tensor) => void x.tolist(), "Converting a tensor to a JavaScript array"],
    ["x.typedArray()", (x: Tensor) => void x.typedArray(), "Reading a tensor's memory"],
    [
      "x.sum() > 0",
      (x: Tensor) => void ((x.sum() as unknown as number) > 0),
      "Converting a tensor to a JavaScript number or boolean",
    ],
    ["for (const row of x)", (x: Tensor) => void [...x], "Iterating over a tensor"],
    ["x.length", (x: Tensor) => void x.length, "Using length to get tensor shape"],
  ])("%s", (_, read, text) => {
    const { warnings } = jitTrace(
      (x: Tensor) => {
        read(x);
        return x.add(1);
      },
      tensor([[1], [2]]),
    );
    expect(warnings.map((warning) => warning.message.slice(0, text.length))).toEqual([text]);
  });

  test("are not given for tensors the trace does not know", () => {
    const known = tensor([4]);
    expect(jitTrace((x: Tensor) => x.mul(known.item()), tensor([1])).warnings).toEqual([]);
  });
});
