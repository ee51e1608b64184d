"""Branches, loops, early exits, optional values, errors and what runs beside."""

import math
from enum import Enum
from typing import *

import torch
from torch import nn

from record import R, T, script

X = R(3, 4)


def helper(x, n: int, k: int = 5):
    return x * n + k


def helper2(x) -> Tuple[torch.Tensor, int]:
    if x.size(0) > 2:
        return x, 1
    return x + 1, 2


@script((X, 2), (X, 7), (X, -3))
def ifs(x: torch.Tensor, n: int):
    if n > 5:
        y = x * 2
    elif n < 0:
        y = -x
        if n < -2:
            y = y + 1
    else:
        y = x
    return y if n % 2 == 0 else y.t()


@script((5,), (17,), (1,))
def collatz(n: int):
    steps = 0
    seen: List[int] = []
    while n != 1:
        seen.append(n)
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
        if steps > 8:
            break
    return steps, seen


@script(([1, 2, 3, 4, 5, 6],), ([],))
def forlist(xs: List[int]):
    total = 0
    for i, v in enumerate(xs):
        if v == 2:
            continue
        if v == 5:
            break
        total += v * i
    else_ = total
    return total, else_, xs[::-1], xs[-2:], xs[:2]


@script((X,))
def fortensor(x):
    acc = torch.zeros(4)
    for row in x:
        acc = acc + row
    for i in range(x.size(0)):
        for j in range(0, x.size(1), 2):
            acc[j] += x[i, j]
    for k in range(3, 0, -1):
        acc = acc * k
    return acc


@script((5,), (2,), (11,))
def early(n: int):
    for i in range(n):
        if i == 3:
            return i * 100
        if i > 8:
            return -1
    return n


@script((5,), (0,))
def early2(n: int) -> int:
    while True:
        n += 1
        if n > 7:
            return n
        for k in range(n):
            if k > 4:
                return k
            if k == 2:
                continue
    return -5


@script((3,), (0,))
def loopopt(n: int):
    h: Optional[int] = None
    seen: List[Optional[int]] = []
    for i in range(n):
        if i > 1:
            h = i
        seen.append(h)
    while n > 0:
        n -= 1
    return h, seen


@script((3,), (0,))
def ifopt(n: int):
    h: Optional[int] = None
    if n > 2:
        h = 5
    else:
        assert n < 100
    g = h
    if n > 1:
        k = "a" if n == 3 else None
    else:
        k = None
    u: Union[int, str] = 3
    if n > 1:
        u = "x"
    return h, g, k, u


@script((X,))
def singles(x):
    o: List[Optional[torch.Tensor]] = [x, None]
    r: List[torch.Tensor] = []
    for a in o:
        if a is not None:
            r.append(a)
    b: Optional[torch.Tensor] = None
    for i in range(2):
        b = x * i
    assert b is not None
    z: Dict[str, Optional[int]] = {"a": None}
    z["b"] = 3
    w = z["b"]
    if w is not None:
        w = w + 1
    return r, b, z, w


@script((X, None), (X, X + 1), (X,))
def optional(x, y: Optional[torch.Tensor] = None):
    if y is not None:
        z = x + y
    else:
        z = x
    w = y if y is not None else x * 3
    if y is None or y.sum() > 100:
        z = z * 2
    if y is not None and y.sum() < 100:
        z = z - 1
    return z, w, y is None


@script((X, 1), (X, -1))
def raising(x, n: int):
    if n < 0:
        raise ValueError("negative: {}".format(n))
    assert x.size(0) == 3, "three rows"
    assert n < 10
    return x + n


@script((X, X, 3), (X, "a", [1, 2]), (X, 2.5, {"a": X}), (X, [X], (1, X)))
def isinst(x, a: Any, b: Any):
    c = b
    r: List[str] = []
    if isinstance(a, torch.Tensor):
        r.append("tensor")
    if isinstance(b, int):
        r.append("int")
    if isinstance(b, (float, str)):
        r.append("floatstr")
    if isinstance(c, List[int]):
        r.append("list")
    return r


@script((X, 3), (X, "s"), (X, [1, 2]), (X, None))
def unions(x, u: Union[int, str, List[int], None]):
    if u is None:
        return x
    if isinstance(u, int):
        return x + u
    elif isinstance(u, str):
        return x * len(u)
    else:
        return x - u[0]


@script((X,))
def logical(x):
    a = x.sum() > 0 and x.size(0) > 2
    b = not a or x.size(1) == 4
    c = 1 < x.size(0) <= 3
    d = bool(x.size(0)) or False
    e = (x > 0) & (x < 1) | (x == 2)
    f = ~e
    return a, b, c, d, e, f, 1 if a else 2, x is x, None is None


@script((X,))
def nestedfn(x):
    def_ = helper(x, 2)
    return helper(def_, k=3, n=1), helper2(x)


@script((X,))
def forked(x):
    f = torch.jit.fork(helper, x, 3)
    g = torch.jit.fork(helper2, x)
    return torch.jit.wait(f), torch.jit.wait(g)[0]


@script((X,))
def noGrad(x):
    with torch.no_grad():
        y = x * 2
    return y


@script(X)
def prints(x):
    print("shape", x.size(0), 1.5, True, None, [1, 2], "a")
    return x


class Color(Enum):
    RED = 1
    GREEN = 2


@script((1,), (2,))
def enums(n: int):
    c = Color.RED if n == 1 else Color.GREEN
    if c == Color.RED:
        return 10, c.value
    return 20, c.value


@torch.jit.script
class Acc(object):
    def __init__(self, start: int):
        self.total = start
        self.items: List[int] = []

    def add(self, n: int) -> int:
        self.total += n
        self.items.append(n)
        return self.total

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: int) -> int:
        return self.total + other


@script((3,))
def scriptclass(n: int):
    a = Acc(5)
    for i in range(n):
        a.add(i)
    b = a
    b.total = b.total + 100
    return a.total, a.items, len(a), a + 1000
