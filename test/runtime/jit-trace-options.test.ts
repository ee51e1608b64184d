/** Options of traces: containers, inputs by name, the check of a trace, and traces within traces. */
import { describe, expect, test } from "vitest";
import {
  jitList,
  jitTrace,
  jitTuple,
  nn,
  type ScriptFunction,
  type Tensor,
  TracingCheckError,
  torch,
} from "../../runtime/index.ts";

const { tensor } = torch;
const kinds = (traced: ScriptFunction): string[] => traced.graph.nodes.map((node) => node.kind);

describe("strict", () => {
  test("keeps arrays as tuples; without it they are lists", () => {
    const pair = (x: Tensor) => [x.add(1), x.mul(2)];
    expect(kinds(jitTrace(pair, tensor([1]))).at(-1)).toBe("prim::TupleConstruct");
    expect(kinds(jitTrace(pair, tensor([1]), { strict: false })).at(-1)).toBe("prim::ListConstruct");
    const tuple = (x: Tensor) => jitTuple([x.add(1), x.mul(2)]);
    expect(kinds(jitTrace(tuple, tensor([1]), { strict: false })).at(-1)).toBe("prim::TupleConstruct");
  });

  test("warns about lists that were asked for", () => {
    const fn = (x: Tensor) => jitList([x.add(1)]);
    const messages = jitTrace(fn, tensor([1])).warnings.map(({ message }) => message);
    expect(messages).toEqual([
      "Encountering a list at the output of the tracer might cause the trace to be incorrect, this is only valid if the container structure does not change based on the module's inputs. Consider using a constant container instead (e.g. for `list`, use a `tuple` instead. for `dict`, use a `NamedTuple` instead). If you absolutely need this and know the side effects, pass strict=False to trace() to allow this behavior.",
    ]);
    expect(jitTrace(fn, tensor([1]), { strict: false }).warnings).toEqual([]);
  });

  test("or not, what has no one type cannot be a container", () => {
    const loose = { strict: false };
    expect(() => jitTrace((x: Tensor) => ({ a: x, b: [x] }), tensor([1]), loose)).toThrow(
      "Dictionary inputs to traced functions must have consistent type. Found Tensor and List[Tensor]",
    );
    expect(() => jitTrace((_: Tensor) => ({}), tensor([1]), loose)).toThrow(
      "Dictionary inputs must have entries",
    );
    expect(() => jitTrace((_: Tensor) => [], tensor([1]), loose)).toThrow(
      "List trace inputs must have elements",
    );
  });

  test("lets records of tuples out", () => {
    const traced = jitTrace(
      (x: Tensor) => ({ a: jitTuple([x, x.add(1)]), b: jitTuple([x, x]) }),
      tensor([1]),
      {
        strict: false,
      },
    );
    expect(traced(tensor([4])).a[1].tolist()).toEqual([5]);
    expect(String(traced.graph)).toContain("Dict(str, (Tensor, Tensor)) = prim::DictConstruct");
  });
});

describe("results", () => {
  test("must come from the inputs", () => {
    const other = tensor([1, 2]);
    expect(() => jitTrace((_: Tensor) => other, tensor([1]))).toThrow(
      /^output 1 \([\s\S]*\) of traced region did not have observable data dependence with trace inputs; this probably indicates your program cannot be understood by the tracer\.$/,
    );
  });

  test("must be given", () => {
    expect(() => jitTrace((x: Tensor) => void x.add(1), tensor([1]))).toThrow(
      "The traced function didn't return any values! Side-effects are not captured in traces, so it would be a no-op.",
    );
  });

  test("leave out what nobody uses, but not writes that are seen", () => {
    const traced = jitTrace(
      (x: Tensor) => {
        x.exp();
        const y = x.clone();
        y.select(0, 0).fill_(7);
        x.mul(3).add_(1);
        return y;
      },
      tensor([1, 2]),
    );
    expect(kinds(traced).filter((kind) => kind.startsWith("aten"))).toEqual([
      "aten::clone",
      "aten::select",
      "aten::fill_",
    ]);
    expect(traced(tensor([3, 4])).tolist()).toEqual([7, 4]);
  });
});

describe("exampleKwargInputs", () => {
  const scaled = (x: Tensor, scale: Tensor, shift: Tensor) => x.mul(scale).add(shift);

  test("names example inputs", () => {
    const [x, scale, shift] = [tensor([1]), tensor([2]), tensor([3])];
    const traced = jitTrace(scaled, { exampleKwargInputs: { shift, x, scale } });
    expect(traced(tensor([5]), tensor([6]), tensor([7])).tolist()).toEqual([37]);
    expect(traced.graph.inputs.map(({ name }) => name)).toEqual(["x", "scale", "shift"]);
  });

  test("must be parameters", () => {
    expect(() => jitTrace(scaled, { exampleKwargInputs: { size: tensor([1]) } })).toThrow(
      "'size' is not in forward() method's arguments, valid arguments name are [x,scale,shift]",
    );
  });
});

describe("constants", () => {
  test("made in a traced function are warned about", () => {
    const { warnings } = jitTrace((x: Tensor) => x.add(torch.tensor([1, 2])), tensor([1, 2]));
    expect(warnings.map(({ message }) => message)).toEqual([
      "torch.tensor results are registered as constants in the trace. You can safely ignore this warning if you use this function to create tensors out of constant variables that would be the same every time you call this function. In any other case, this might cause the trace to be incorrect.",
    ]);
  });

  test("stand in the graph as C++ prints them", () => {
    const weight = torch.tensor([[1, 2.5]]);
    const text = String(jitTrace((x: Tensor) => x.mul(weight), tensor([1, 2])).graph);
    expect(text).toContain("prim::Constant[value= 1.0000  2.5000 [ CPUFloatType{1,2} ]]()");
  });

  test("of factories are as Python's binding records them", () => {
    const text = String(jitTrace((x: Tensor) => torch.zeros(2).add(x), tensor([1, 2])).graph);
    const plain = text.replace(/ #.*/g, "").split("\n").slice(1, 9);
    expect(plain).toEqual([
      "  %1 : int = prim::Constant[value=2]()",
      "  %2 : int[] = prim::ListConstruct(%1)",
      "  %3 : NoneType = prim::Constant()",
      "  %4 : NoneType = prim::Constant()",
      '  %5 : Device = prim::Constant[value="cpu"]()',
      "  %6 : bool = prim::Constant[value=0]()",
      "  %7 : Float(2, strides=[1], requires_grad=0, device=cpu) = aten::zeros(%2, %3, %4, %5, %6)",
      "  %8 : int = prim::Constant[value=1]()",
    ]);
  });
});

describe("checkTrace", () => {
  test("is silent about a faithful trace", () => {
    const traced = jitTrace((x: Tensor) => x.mul(2), tensor([1, 2]), {
      checkTrace: true,
      checkInputs: [[tensor([[3, 4]])]],
    });
    expect(traced.warnings).toEqual([]);
  });

  test("finds results that depend on the data", () => {
    const fn = (x: Tensor) => (Number(x.sum()) > 0 ? x.mul(2) : x.mul(-1));
    const check = () => jitTrace(fn, tensor([1, 1]), { checkInputs: [[tensor([-1, -2])]] });
    expect(check).toThrow(TracingCheckError);
    expect(check).toThrow(
      /^Tracing failed sanity checks!\nERROR: Graphs differed across invocations!\n\tGraph diff:\n/,
    );
    expect(check).toThrow(
      /\t\t-\s+%1 : Tensor = prim::Constant\[value=\{2\}\]\(\)\n\t\t\+\s+%1 : Tensor = prim::Constant\[value=\{-1\}\]\(\)/,
    );
  });

  test("finds random operators", () => {
    const dropout = new nn.Dropout(0.5);
    const { warnings } = jitTrace(dropout, torch.ones(100), { checkTrace: true });
    const [first, second] = warnings.map(({ message }) => message);
    expect(first).toMatch(
      /^Trace had nondeterministic nodes\. Did you forget call \.eval\(\) on your model\? Nodes:\n\t%\d+ : Float\(100, .*aten::dropout\(/,
    );
    expect(second).toMatch(
      /^Output nr 1\. of the traced function does not match the corresponding output of the Python function\. Detailed error:\nTensor-likes are not close!\n\nMismatched elements: \d+ \/ 100/,
    );
    expect(jitTrace(dropout.eval(), torch.ones(100), { checkTrace: true }).warnings).toEqual([]);
  });

  test("says when the trace cannot run on other inputs", () => {
    const fn = (x: Tensor) => x.reshape([x.sizes[0]]);
    expect(() => jitTrace(fn, tensor([1, 2]), { checkInputs: [[torch.ones(3)]] })).toThrow(
      /^Tracing failed sanity checks!\nencountered an exception while running the trace with test inputs\.\nException:\n\t/,
    );
  });
});

describe("a trace within a trace", () => {
  test("made while another runs leaves the outer one going", () => {
    const outer = jitTrace(
      (x: Tensor) => {
        jitTrace((y: Tensor) => y.add(1), tensor([1]));
        return x.mul(2);
      },
      tensor([1]),
    );
    expect(kinds(outer).filter((kind) => kind.startsWith("aten"))).toEqual(["aten::mul"]);
  });
});

describe("names of values", () => {
  test("come from the user's variables where the source is known", async () => {
    const { runInThisContext } = await import("node:vm");
    const text = [
      "((first, index) => {",
      "  const hidden = first.matmul(first)",
      "    .relu();",
      "  let scaled = hidden.mul(2);",
      "  scaled = scaled.add(hidden);",
      "  const [values, places] = scaled.max(1);",
      "  const plain = values.add(1).add(places);",
      "  return plain.mul(index);",
      "})",
    ].join("\n");
    const key = Symbol.for("tracebook.sources");
    Object.assign(globalThis, { [key]: (file: string) => (file === "cell-9.ts" ? text : undefined) });
    try {
      const fn = runInThisContext(text, { filename: "cell-9.ts" }) as (a: Tensor, b: Tensor) => Tensor;
      const graph = String(jitTrace(fn, torch.ones(2, 2), tensor([1, 1])).graph);
      const names = [...graph.matchAll(/%([a-z][\w.]*) :/g)].map(([, name]) => name);
      expect(names).toEqual(["first", "index", "hidden", "scaled.1", "scaled", "values", "places", "plain"]);
    } finally {
      Object.assign(globalThis, { [key]: undefined });
    }
  });
});

describe("numbers read in a trace", () => {
  test("stay symbolic: numel as well as sizes", () => {
    const traced = jitTrace((x: Tensor) => x.reshape(x.numel()), torch.ones(2, 3));
    expect(kinds(traced)).toEqual([
      "aten::numel",
      "prim::NumToTensor",
      "aten::Int",
      "prim::ListConstruct",
      "aten::reshape",
    ]);
    expect(traced(torch.ones(4, 5)).sizes).toEqual([20]);
  });

  test("are warned about where the host computes with them", () => {
    const { warnings } = jitTrace((x: Tensor) => x.reshape(x.size(0) * x.size(1)), torch.ones(2, 3));
    expect(warnings.map(({ message, advice }) => [message.slice(0, 43), advice])).toEqual(
      [1, 2].map(() => [
        "Converting a tensor to a JavaScript number ",
        "a size read in a trace is a tensor: give it to operators as it is (x.view(x.size(0), -1)), and compute with torch.mul(h, w) instead of h * w",
      ]),
    );
  });
});
