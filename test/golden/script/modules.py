"""Modules with attributes of all kinds, submodules, interfaces, objects, hooks and states of their own."""

from typing import *

import torch
import torch.nn.functional as F
from torch import nn

from record import R, T, save, script

X = R(3, 4)


def X_like(x):
    return torch.ones_like(x)


def T_(k: int):
    return torch.tensor([float(k)])


def helper(x, n: int):
    return x * n


@script((X,))
class ModList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.d = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Linear(4, 2)})
        self.pl = nn.ParameterList([nn.Parameter(R(4)) for _ in range(2)])
        self.seq = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Dropout(0.1)).eval()
        self.eval()

    def forward(self, x):
        outs: List[torch.Tensor] = []
        for i, l in enumerate(self.layers):
            x = F.relu(l(x))
            outs.append(x)
        for l in self.layers[1:]:
            x = l(x)
        for k, m in self.d.items():
            x = m(x)
        for a, b in zip(self.layers, self.layers):
            outs.append(a(X_like(outs[0])) + b(outs[0]))
        outs.append(self.layers[0](outs[0]))
        outs.append(self.seq(outs[0]))
        return x, outs, len(self.layers)


@script((X,), stateful=True, methods={"get": [()], "bump": [(2,)]})
class Attrs(nn.Module):
    counts: List[int]
    table: Dict[str, torch.Tensor]
    opt: Optional[torch.Tensor]
    names: List[str]
    empty: Dict[int, List[str]]
    scale: Final[float]

    def __init__(self):
        super().__init__()
        self.counts = [1, 2]
        self.table = {"a": T([1.0, 2.0]), "b": T([3.0])}
        self.opt = None
        self.names = ["x", "y"]
        self.scale = 2.5
        self.flag = True
        self.n = 3
        self.s = "text"
        self.f = 1.0
        self.t = (1, "a", T(2.0))
        self.dims: List[float] = [0.5, 1.0]
        self.empty = {}
        self.dev = torch.device("cpu")
        self.dt = torch.float64
        self.register_buffer("buf", torch.zeros(4))
        self.register_buffer("np", torch.ones(2), persistent=False)
        self.register_buffer("none", None)
        self.plain = T([5, 6])
        self.bl = [True, False]
        self.nested = [[1, 2], [3]]
        self.otab: Dict[str, Optional[int]] = {"a": None, "b": 2}

    @torch.jit.export
    def get(self):
        return self.counts, self.table, self.names, self.t, self.dims, self.nested, self.otab, self.bl

    @torch.jit.export
    def bump(self, k: int):
        self.n += k
        self.counts.append(k)
        self.table["n"] = T_(k)
        self.flag = not self.flag
        self.s = self.s + "!"
        self.empty[k] = ["q"]
        return self.n, self.counts, self.s, self.flag, self.empty

    def forward(self, x):
        self.buf += x.sum(0)
        o = self.opt
        if o is not None:
            x = x + o
        else:
            self.opt = x.mean()
        return (
            x * self.scale + self.buf,
            self.n,
            self.f,
            self.plain,
            self.np,
            self.s,
            self.flag,
            x.to(self.dt),
        )


@torch.jit.interface
class Iface(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class ImplA(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


class ImplB(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(T([2.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.w


@script((X,))
class UsesIface(nn.Module):
    a: Iface
    b: Iface

    def __init__(self):
        super().__init__()
        self.a = ImplA()
        self.b = ImplB()

    def forward(self, x):
        return self.b.forward(self.a.forward(x))


@torch.jit.script
class Counter:
    def __init__(self, n: int):
        self.n = n
        self.names: List[str] = ["a"]

    def inc(self, k: int = 1) -> int:
        self.n += k
        return self.n


@script((X,), (X,))
class HasObject(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = Counter(4)

    def forward(self, x):
        self.c.inc()
        self.c.names.append("b")
        d = Counter(1)
        d.inc(5)
        return x * self.c.n, self.c.names, d.n


@script((X,))
class Ignored(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 2)

    @torch.jit.unused
    def bad(self, x):
        return x.numpy()

    def forward(self, x):
        if torch.jit.is_scripting():
            y = self.l(x)
        else:
            y = self.bad(x)
        if x.size(0) > 100:
            y = self.bad(x)
        return y


@script((X,))
class Hooks(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 2)

        def pre(self, input: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
            return (input[0] * 2,)

        def post(self, input: Tuple[torch.Tensor], out: torch.Tensor):
            return out + 1

        self.l.register_forward_pre_hook(pre)
        self.l.register_forward_hook(post)

    def forward(self, x):
        return self.l(x)


class State(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(R(4))
        self.k = 3

    @torch.jit.export
    def __getstate__(self):
        return (self.w * 2, self.k + 10, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[torch.Tensor, int, bool]):
        self.w = state[0] / 2
        self.k = state[1] - 10
        self.training = state[2]

    def forward(self, x):
        return x * self.w + self.k


@script((X,))
class WithState(State):
    pass


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = self.a
        self.c = nn.Linear(4, 4)
        self.c.weight = self.a.weight

    def forward(self, x):
        return self.c(self.b(self.a(x)))


save("shared", lambda: torch.jit.script(Shared()), [(X,)])


class Mix(nn.Module):
    def __init__(self):
        super().__init__()
        self.t = torch.jit.trace(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), X)
        self.fn = torch.jit.trace(lambda a, b: a * b + 1, (X, X))

    def forward(self, x):
        if x.sum() > 0:
            x = -x
        return self.fn(self.t(x), x)


save("mixed", lambda: torch.jit.script(Mix()), [(X,), (-X,)])


@torch.jit.script
def sfn(x, n: int):
    for i in range(n):
        x = x * 2
    return x


class TrSc(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        self.m = torch.jit.script(ImplA())

    def forward(self, x):
        return self.m(sfn(self.l(x), 3))


save("trace_calls_script", lambda: torch.jit.trace(TrSc(), X), [(X,), (X[:2],)])


class Checkp(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(
        self,
        x: Dict[str, torch.Tensor],
        y: List[Tuple[torch.Tensor, int]],
        z: Tuple[int, Optional[float]] = (1, None),
    ) -> Dict[str, List[torch.Tensor]]:
        out: Dict[str, List[torch.Tensor]] = {}
        for k in x:
            out[k] = [self.l(x[k])]
        for t, i in y:
            out[str(i)] = [t]
        w = z[1]
        if w is not None:
            out["z"] = [torch.tensor(w)]
        return out


save("containers", lambda: torch.jit.script(Checkp()), [({"a": X}, [(X, 1)]), ({"a": X}, [(X, 1)], (2, 0.5))])


@script((X,))
class SelfCall(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = 2

    def helper(self, x, n: int = 1) -> torch.Tensor:
        return x * n * self.k

    @torch.jit.export
    def infer(self, x):
        return self.helper(x, n=5)

    def forward(self, x):
        return self.helper(x) + self.infer(x) + helper(x, 3)


@script((X,))
class PropModule(nn.Module):
    def __init__(self):
        super().__init__()
        self._k = 2

    @property
    def k(self) -> int:
        return self._k

    @k.setter
    def k(self, v: int):
        self._k = v

    def forward(self, x):
        self.k = self.k + 1
        return x * self.k


@script((X,))
class Autocast(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            y = x * 2
            if bool(y.sum() > 1000):
                return y
        with torch.no_grad():
            z = y + 1
        torch._assert(x.size(0) == 3, "bad")
        return z
