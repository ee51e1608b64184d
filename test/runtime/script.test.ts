/** `jitCompile`: TorchScript text with control flow, containers and texts, run by the interpreter. */
import { expect, test } from "vitest";
import { jitCompile, type Tensor, torch } from "../../runtime/index.ts";

/** Compiles one function and calls it. */
function run(source: string, ...args: unknown[]): unknown {
  const [fn] = Object.values(jitCompile(source));
  return fn(...args);
}

const errorOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

test("a text's functions are called by name and can call one another", () => {
  const unit = jitCompile(`
def relu_sum(a, b):
  return torch.sum(torch.relu(a + b))

def twice(a, b):
  return relu_sum(a, b) * 2
`);
  const [a, b] = [torch.tensor([-1, 2]), torch.tensor([0.5, 3])];
  expect((unit.relu_sum(a, b) as Tensor).item()).toBe(5);
  expect((unit.twice(a, b) as Tensor).item()).toBe(10);
  expect(Object.keys(unit)).toEqual(["relu_sum", "twice"]);
});

test("branches and loops carry the variables they assign", () => {
  const source = `
def f(x, n: int):
  total = 0
  for i in range(1, n, 2):
    if i % 3 == 0:
      x = x + i
    elif i > 4:
      x = x * 2
    else:
      total += i
  while total < 10:
    total = total + 3
  return x, total
`;
  const [x, total] = run(source, torch.tensor([1]), 8) as [Tensor, number];
  expect([x.tolist(), total]).toEqual([[16], 10]);
});

test("break, continue and returns in the middle leave where they stand", () => {
  const source = `
def first(xs: List[int], wanted: int) -> int:
  seen = 0
  for i, x in enumerate(xs):
    if x < 0:
      continue
    for k in range(10):
      if k == x:
        break
      seen += 1
    if x == wanted:
      return i * 100 + seen
  return -1
`;
  expect(run(source, [-1, 2, 3], 3)).toBe(205);
  expect(run(source, [1, 2], 7)).toBe(-1);
  expect(run("def f(x: int) -> str:\n  if x > 0:\n    return 'plus'\n  return 'other'\n", 1)).toBe("plus");
});

test("numbers follow Python's arithmetic", () => {
  const numbers = `
def f(a: int, b: int):
  return a // b, a % b, a / b, a ** b, -a, ~a, a << b, a & b, a | b, min(a, b), abs(a), float(a), int(-2.7), round(2.5), 1e3
`;
  expect(run(numbers, -7, 2)).toEqual([-4, 1, -3.5, 49, 7, 6, -28, 0, -5, -7, 7, -7, -2, 2, 1000]);
  expect(errorOf(() => run("def f(a: int):\n  return a // 0\n", 1))).toBe("division by 0");
});

test("lists, dicts, tuples and texts work as in Python", () => {
  const source = `
def f(words: List[str]):
  lengths: Dict[str, int] = {}
  for word in words:
    lengths[word] = len(word)
  ordered = sorted([w.upper() for w in words])
  pair = (ordered[0], lengths)
  name, table = pair
  ordered.append("end")
  return name, table, ordered[1:], "b" in table, ", ".join(ordered), "{} of {}".format(1, 2), ordered[-1]
`;
  expect(run(source, ["b", "aa"])).toEqual([
    "AA",
    { b: 1, aa: 2 },
    ["B", "end"],
    true,
    "AA, B, end",
    "1 of 2",
    "end",
  ]);
  expect(errorOf(() => run("def f(d: Dict[str, int]):\n  return d['x']\n", {}))).toBe("KeyError: x");
  expect(errorOf(() => run("def f(l: List[int]):\n  return l[3]\n", [1]))).toBe("list index out of range");
});

test("a text key such as __proto__ is a key like any other", () => {
  const source = `
def f(key: str):
  d: Dict[str, int] = {}
  d[key] = 1
  return d, len(d), key in d
`;
  const [dict, length, has] = run(source, "__proto__") as [object, number, boolean];
  expect([Object.keys(dict), length, has]).toEqual([["__proto__"], 1, true]);
  expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
});

test("optional values lose their None where it was ruled out", () => {
  const source = `
def f(x, y: Optional[Tensor] = None):
  if y is None:
    y = x
  assert y is not None
  return x + y
`;
  expect((run(source, torch.tensor([1])) as Tensor).tolist()).toEqual([2]);
  expect((run(source, torch.tensor([1]), torch.tensor([5])) as Tensor).tolist()).toEqual([6]);
});

test("tensors are indexed and written to as in Python", () => {
  const source = `
def f(x):
  y = x.clone()
  y[0] = 9
  y[1, 1:] = x[0, 1:]
  return y, x[:, -1], x[..., None].shape, x[x > 2], x[None, 0]
`;
  const [y, last, shape, large, first] = run(
    source,
    torch.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  ) as [Tensor, Tensor, number[], Tensor, Tensor];
  expect(y.tolist()).toEqual([
    [9, 9, 9],
    [4, 2, 3],
  ]);
  expect([last.tolist(), shape, large.tolist(), first.tolist()]).toEqual([
    [3, 6],
    [2, 3, 1],
    [3, 4, 5, 6],
    [[1, 2, 3]],
  ]);
});

test("texts of floats have a dot, as PyTorch writes them", () => {
  const source = `
def f(x: float, n: int):
  return str(x), "{} {}".format(x, n), "%s %d" % (x, n), str([x]), str((n, x)), "a-b".split("-"), "ab".center(5, "x")
`;
  expect(run(source, 2, 3)).toEqual(["2.", "2. 3", "2. 3", "[2.]", "(3, 2.)", ["a", "b"], "xxabx"]);
});

test("operators that are others by a second name compute as those", () => {
  const source = `
def f(x):
  return x.cpu().mT, x.reshape_as(x.t()), torch.atleast_3d(x[0]).size(), torch.argwhere(x > 1), torch.rrelu(x, 0.25, 0.75)
`;
  const given = torch.tensor([
    [1, -2],
    [3, 4],
    [5, 6],
  ]);
  const [turned, reshaped, sizes, places, bent] = run(source, given) as [
    Tensor,
    Tensor,
    number[],
    Tensor,
    Tensor,
  ];
  expect(turned.tolist()).toEqual([
    [1, 3, 5],
    [-2, 4, 6],
  ]);
  expect([reshaped.sizes, sizes, places.tolist()[0], bent.tolist()[0]]).toEqual([
    [2, 3],
    [1, 2, 1],
    [1, 0],
    [1, -1],
  ]);
});

test("gradients flow through compiled code", () => {
  const x = torch.tensor([1, 2, 3]).requiresGrad_();
  const source = `
def f(x):
  for i in range(2):
    x = x * x
  return x.sum()
`;
  (run(source, x) as Tensor).backward();
  expect(x.grad?.tolist()).toEqual([4, 32, 108]);
});

test("the code of a compiled function is printed as PyTorch prints it", () => {
  const { f } = jitCompile(`
def f(x, n: int = 3):
  while bool(x.sum() < n):
    x = x + 1
  return x
`);
  expect(f.code).toBe(`def f(x: Tensor,
    n: int=3) -> Tensor:
  x0 = x
  _0 = bool(torch.lt(torch.sum(x), n))
  while _0:
    x1 = torch.add(x0, 1)
    _0, x0 = bool(torch.lt(torch.sum(x1), n)), x1
  return x0
`);
  expect(String(f.graph)).toContain("prim::Loop");
});

test("mistakes are shown with their place in the text", () => {
  expect(errorOf(() => jitCompile("def f(x):\n  return y + 1\n"))).toBe(
    "undefined value y\n  <string>:2:10\n      return y + 1\n             ^",
  );
  expect(errorOf(() => jitCompile("def f(x):\n  return torch.nothing(x)\n"))).toBe(
    "the code calls aten::nothing, which Tracebook does not have\n  <string>:2:23\n      return torch.nothing(x)\n                          ^",
  );
  expect(errorOf(() => jitCompile("def f(x:\n  return x\n"))).toContain("<string>:2:3");
  expect(errorOf(() => jitCompile("def f(x: Foo):\n  return x\n"))).toContain("Unknown type name 'Foo'");
  expect(errorOf(() => jitCompile(""))).toContain("found no function");
  expect(errorOf(() => jitCompile("def f(x):\n  if x:\n    return x\n  return 1\n"))).toContain(
    "Previous return statement returned a value of type Tensor but this return statement returns a value of type int",
  );
  expect(errorOf(() => run("def f(x: int):\n  return x\n", 1, 2))).toBe(
    "f() expected 1 argument(s) but received 2. Declaration: f(int x)",
  );
});

test("a raised error carries its message", () => {
  const source = `
def f(n: int):
  if n > 2:
    raise ValueError("too large: {}".format(n))
  assert n > 0, "must be positive"
  return n
`;
  expect(errorOf(() => run(source, 5))).toBe("too large: 5");
  expect(errorOf(() => run(source, 0))).toBe("must be positive");
  expect(run(source, 2)).toBe(2);
});
