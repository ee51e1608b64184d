"""Numbers, texts and containers."""

import math
from enum import Enum
from typing import *

import torch
from torch import nn

from record import R, T, script

X = R(3, 4)


@script(({"a": 1, "b": 2},))
def dictitems(d: Dict[str, int]):
    out: List[str] = []
    s = 0
    for k, v in d.items():
        out.append(k + str(v))
        s += v
    for k in d:
        out.append(k)
    for k in d.keys():
        out.append(k)
    for v in d.values():
        s += v
    d["c"] = 9
    d.update({"z": 0})
    e = {k: v * 2 for k, v in d.items()}
    return (
        out,
        s,
        d,
        len(d),
        "a" in d,
        "q" not in d,
        d.get("q"),
        d.get("a", 5),
        d.pop("a"),
        e,
        d.setdefault("n", 3),
    )


@script(({1: X, 2: X + 1},))
def intdict(d: Dict[int, torch.Tensor]):
    r: Dict[int, torch.Tensor] = {}
    for k, v in d.items():
        r[k * 10] = v * k
    del r[10]
    return r, sorted(list(d.keys())), 1 in d


@script(
    ([1.5, 2.5], [1, 2]),
)
def zips(a: List[float], b: List[int]):
    r = [x * y for x, y in zip(a, b)]
    q = 0.0
    for i, (x, y) in enumerate(zip(a, b)):
        q += x + y + i
    return r, q, [i for i in range(4)], sum(a), max(a), min(b), any([True, False]), all([True, False])


class Pt(NamedTuple):
    x: torch.Tensor
    n: int


@script((X, 3))
def named(x, n: int):
    p = Pt(x, n)
    q = Pt(x=p.x * 2, n=p.n + 1)
    a, b = q
    return p, q.n, a, b, q[0]


@script((3, "abc"), (0, ""))
def strings(n: int, s: str):
    a = f"n={n} s={s}"
    b = "{} and {}".format(n, s)
    c = "q"
    d = "%d %s" % (n, s)
    e = s.upper() + s.replace("b", "Z") + s.strip("a") + str(n) + str(1.5) + str(True)
    return (
        a,
        b,
        c,
        d,
        e,
        len(s),
        s == "abc",
        s.startswith("a"),
        s.endswith("c"),
        s.find("c"),
        "x,y,z".split(","),
        ",".join(["q", s]),
        s + "t",
        "b" in s,
    )


@script(
    ("hello World 12", "o"),
)
def strings2(s: str, t: str):
    return (
        s.lower(),
        s.title(),
        s.swapcase(),
        s.capitalize(),
        s.count(t),
        s.rfind(t),
        s.index(t),
        s.isdigit(),
        s.isalpha(),
        s.isalnum(),
        s.islower(),
        s.isupper(),
        s.isspace(),
        s.center(20),
        s.ljust(18, "*"),
        s.rjust(18, "."),
        s.zfill(18),
        s.split(),
        s.split(t, 1),
        s.rsplit(t, 1),
        s.partition(t),
        s.rpartition(t),
        s.lstrip("he"),
        s.rstrip("12"),
        s[1:4],
        s[-1],
        s[::2],
        s.splitlines(),
        s.expandtabs(4),
        [c for c in s],
        ord("a"),
        hex(255),
        oct(8),
        bin(5),
        chr(65),
    )


@script(
    (3, 2.0),
)
def strs(n: int, f: float):
    l = [1.0, 2.5]
    d = {"a": 1.0}
    t = (1, 2.0, "x", None, True)
    e = [[1.5]]
    return (
        str(f),
        "{} {}".format(f, n),
        "%s %f %d %e" % (f, f, n, f),
        str(l),
        str(d),
        str(t),
        str(["a"]),
        str(n),
        "{}".format(l),
        str(e),
        str(None),
        str(1e10),
        str(123456789.0),
        str(0.1),
        str(-0.0),
        str(1 / 3),
        str(1e300),
        str(float("nan")),
        str([True]),
    )


@script((7, -3), (-7, 2), (8, 3))
def ints(a: int, b: int):
    return (
        a + b,
        a - b,
        a * b,
        a / b,
        a // b,
        a % b,
        a**2,
        -a,
        a & b,
        a | b,
        a ^ b,
        a << 2,
        a >> 1,
        abs(b),
        min(a, b),
        max(a, b),
        float(a),
        bool(a),
        int(2.9),
        divmod(a, b),
        a == b,
        a != b,
        a < b,
        a >= b,
        pow(a, 2),
        a**-1,
    )


@script((7.5, -2.0), (-1.25, 3.5))
def floats(a: float, b: float):
    return (
        a + b,
        a - b,
        a * b,
        a / b,
        a // b,
        a % b,
        a**2,
        a**2.0,
        -a,
        abs(b),
        int(a),
        round(a),
        float(3),
        bool(a),
        a > b,
        min(a, b),
        max(a, 1.0),
        divmod(a, b),
        str(a),
        str(1e20),
        str(1e-7),
        str(100000.0),
        1e16 + a,
        float("inf"),
        float("-inf"),
        float("1.5"),
        int("12"),
    )


@script((0.5, 9), (1.0, 4))
def maths(x: float, n: int):
    return (
        math.sqrt(n),
        math.sqrt(x),
        math.exp(x),
        math.log(x),
        math.log(x, 2.0),
        math.log10(x),
        math.log1p(x),
        math.sin(x),
        math.cos(x),
        math.tan(x),
        math.asin(x),
        math.acos(x),
        math.atan(x),
        math.atan2(x, 2.0),
        math.sinh(x),
        math.cosh(x),
        math.tanh(x),
        math.floor(x),
        math.ceil(x),
        math.pow(x, 2.0),
        math.fabs(x),
        math.fmod(x, 0.3),
        math.pi,
        math.e,
        math.inf,
        math.isinf(x),
        math.isnan(x),
        math.isfinite(x),
        math.gcd(n, 6),
        math.factorial(n),
        math.degrees(x),
        math.radians(x),
        math.copysign(x, -1.0),
        math.erf(x),
        math.erfc(x),
        math.gamma(x),
        math.lgamma(x),
        math.expm1(x),
        math.ldexp(x, 3),
        math.modf(x),
        math.frexp(x),
        math.asinh(x),
        math.acosh(x + 1),
        math.atanh(x / 2),
    )


@script((X,))
def annotate(x):
    a = torch.jit.annotate(List[torch.Tensor], [])
    a.append(x)
    a += [x + 1]
    a.extend([x])
    a.insert(0, x * 2)
    b = torch.jit.annotate(Optional[int], None)
    c = torch.jit.annotate(Dict[str, List[int]], {})
    c["k"] = [1]
    c["k"].append(3)
    d: List[List[int]] = [[1, 2], [3]]
    t: Tuple[int, Optional[torch.Tensor]] = (1, None)
    return torch.stack(a), b, c, d, len(a), a.pop().sum(), a[0:1], t


@script(([3, 1, 2], ["b", "a"], [2.5, 0.5], [True, False]))
def lists(a: List[int], b: List[str], c: List[float], d: List[bool]):
    e = a.copy()
    e.sort()
    f = sorted(b)
    a.reverse()
    g = a + e
    c.sort(reverse=True)
    h = a.index(1)
    i = a.count(3)
    a.remove(3)
    a[0] = 7
    j = [1] * 3
    a += [5]
    k = a == e
    del a[0]
    b.clear()
    return a, b, c, d, e, f, g, h, i, j, k, list(range(3)), [0, 1] != [1], 3 in g, e.pop(0), e, [[1]]


@script((X,))
def tuples(x):
    t = (x, 1, "a")
    a, b, c = t
    u = (x, 1)
    v = ((1, 2), (3, x))
    (p, q), (r, s) = v
    return t, t[0], t[-1], t[1:], p + q + r, s, u


@script((2, 3))
def bigints(a: int, b: int):
    m = 9223372036854775807
    k = a << 40
    return k + a, m, -m, a**b, 0x10, 1_000


@script((True, False))
def bools(a: bool, b: bool):
    return a and b, a or b, not a, a == b, a != b, int(a), float(b), a & b, a | b, a ^ b, str(a)


@script((X, [1, 2]))
def shapes(x, s: List[int]):
    b, c = x.shape
    y = x.view(b * c)
    z = x.new_zeros([b, c])
    w = x.new_ones(b)
    v = torch.zeros(x.shape)
    u = torch.rand_like(x) * 0
    q = torch.ones(s)
    r = x.expand(s[0], b, c)
    return b, c, y, z, w, v, u, q, r, list(x.shape), x.shape[-1], x.size()[0:1]
