"""Random arguments for a schema: mostly such as the operator is made for, judged by their names, some that it is not."""

import random

import torch
from golden_values import DTYPES
from tensors import random_dtype, random_shape, random_tensor, related_shape

INDEX_NAMES = {"index", "indices", "target", "offsets", "input_lengths", "target_lengths", "max_indices", "pivots"}
BOOL_NAMES = {"mask", "condition"}
CHOICES = {
    "reduce": ["sum", "prod", "mean", "amax", "amin"],
    "approximate": ["none", "tanh"],
    "rounding_mode": ["floor", "trunc"],
    "indexing": ["ij", "xy"],
    "mode": ["constant", "reflect", "replicate", "circular", "reduced", "complete"],
    "padding": ["same", "valid"],
    "interpolation": ["linear", "lower", "higher", "midpoint", "nearest"],
    "side": ["left", "right"],
    "UPLO": ["L", "U"],
    "ord": ["fro", "nuc"],
    "driver": ["gels"],
}
SMALL = [0, 1, 1, 1, 2, 2, 3]
FLOATS = [0.0, 0.1, 0.5, 0.5, 1.0, 1.0, 2.0, 1e-5, -1.0, -0.5, 3.7, float("inf"), float("nan")]


class Call:
    """The choices that the arguments of one call share."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.shape = random_shape(rng)
        self.dtype = random_dtype(rng)
        self.mixed = rng.random() < 0.25

    def tensor(self, name):
        rng = self.rng
        dtype = random_dtype(rng) if self.mixed else self.dtype
        if name in INDEX_NAMES and rng.random() < 0.9:
            dtype = torch.int64
        if name in BOOL_NAMES and rng.random() < 0.9:
            dtype = torch.bool
        return random_tensor(rng, related_shape(rng, self.shape), dtype)

    def dim(self):
        rank = max(len(self.shape), 1)
        return self.rng.randint(-rank, rank - 1) if self.rng.random() < 0.93 else self.rng.choice([rank, -rank - 1, 7])

    def integer(self, name):
        rng = self.rng
        if "dim" in name or name in ("axis", "source", "destination"):
            return self.dim()
        if name == "reduction":
            return rng.choice([0, 1, 2, 1, 2, 3]) if rng.random() < 0.3 else rng.choice([0, 1, 2])
        return rng.choice([-1, -2, 5, 10, 100]) if rng.random() < 0.12 else rng.choice(SMALL)

    def integers(self, name, length):
        rng = self.rng
        if name in ("dim", "dims", "axis", "axes", "source", "destination", "dims_self", "dims_other"):
            if name == "dims" and rng.random() < 0.5:
                order = list(range(len(self.shape)))
                rng.shuffle(order)
                return order
            return [self.dim() for _ in range(rng.choice([0, 1, 1, 2, 2, 3]))]
        if name in ("size", "shape", "sizes", "normalized_shape", "input_sizes") and rng.random() < 0.6:
            return related_shape(rng, self.shape)
        count = length if length and rng.random() < 0.9 else rng.choice([0, 1, 2, 2, 3, 4])
        return [self.integer(name) for _ in range(count)]

    def scalar(self):
        kind = self.rng.random()
        if kind < 0.4:
            return self.rng.randint(-4, 4)
        if kind < 0.5:
            return self.rng.random() < 0.5
        return self.rng.choice(FLOATS) if kind < 0.8 else round(self.rng.gauss(0, 2), 3)


def random_call(rng: random.Random, schema):
    """Arguments in schema order and by name; an operator may well refuse them."""
    call = Call(rng)
    args, kwargs, leaving_out = [], {}, False
    for argument in schema.arguments:
        leaving_out = leaving_out or (argument.has_default_value() and rng.random() < 0.4)
        if argument.kwarg_only:
            if not argument.has_default_value() or rng.random() < 0.4:
                kwargs[argument.name] = value(call, argument.name, argument.real_type, argument.N)
        elif not (leaving_out and argument.has_default_value()):
            args.append(value(call, argument.name, argument.real_type, argument.N))
    return args, kwargs


def value(call: Call, name, kind, length=None):
    rng = call.rng
    text = str(kind)
    if text.startswith("Optional["):
        return None if rng.random() < 0.45 else value(call, name, kind.getElementType(), length)
    if rng.random() < 0.004:
        return None
    if text in ("List[int]", "List[SymInt]"):
        return call.integers(name, length)
    if text.startswith("List["):
        return [value(call, name, kind.getElementType()) for _ in range(length or rng.choice([0, 1, 2, 2, 3]))]
    if text == "str":
        return rng.choice(CHOICES.get(name, ["mean"])) if rng.random() < 0.95 else "bogus"
    if text == "ScalarType":
        return random_dtype(rng) if rng.random() < 0.8 else rng.choice(list(DTYPES.values()))
    if text == "MemoryFormat":
        return torch.contiguous_format
    plain = {
        "Tensor": lambda: call.tensor(name),
        "int": lambda: call.integer(name),
        "SymInt": lambda: call.integer(name),
        "float": lambda: rng.choice(FLOATS),
        "bool": lambda: rng.random() < 0.5,
        "number": call.scalar,
        "Scalar": call.scalar,
    }
    return plain[text]() if text in plain else None
