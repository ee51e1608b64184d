"""Archives written in other ways, and of other dtypes; some cannot be read here."""

from typing import *

import torch
import torch.nn.functional as F
from torch import nn

from record import R, save

X = R(3, 4)


class Fz(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 4, 3)
        self.b = nn.BatchNorm2d(4)
        self.l = nn.Linear(4, 2)
        self.k = 5
        self.sub = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    def forward(self, x):
        return self.sub(self.l(F.relu(self.b(self.c(x))).mean([2, 3]))) * self.k


I = R(2, 3, 6, 6)

save("frozen", lambda: torch.jit.freeze(torch.jit.script(Fz().eval())), [(I,)])

save("frozen_traced", lambda: torch.jit.freeze(torch.jit.trace(Fz().eval(), I)), [(I,)])

save(
    "lite", lambda: torch.jit.script(Fz().eval()), [(I,)], saver=lambda m, p: m._save_for_lite_interpreter(p)
)

save(
    "extra",
    lambda: torch.jit.script(Fz().eval()),
    [(I,)],
    saver=lambda m, p: torch.jit.save(m, p, _extra_files={"a.txt": "x", "d/b.bin": b"\x00\xff"}),
)

save("bf16", lambda: torch.jit.script(nn.Linear(4, 2).bfloat16()), [(X.bfloat16(),)])

save("half", lambda: torch.jit.script(nn.Linear(4, 2).half()), [(X.half(),)])

save("double", lambda: torch.jit.script(nn.Linear(4, 2).double()), [(X.double(),)])


class Cx(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, dtype=torch.cfloat))

    def forward(self, x):
        return self.w.abs() * x.sum()


save("complex", lambda: torch.jit.script(Cx()), [], refused="Tracebook has no complex numbers")


class Quant(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = torch.ao.nn.quantized.dynamic.Linear(4, 2)

    def forward(self, x):
        return self.l(x)


torch.backends.quantized.engine = "qnnpack"

save("quantized", lambda: torch.jit.script(Quant()), [], refused="these are not supported")
