"""Calls that are nearly recorded ones: other elements, other memory, and mostly one thing changed that may not fit."""

import random

import torch
from arguments import FLOATS
from tensors import changed_shape, lay, random_dtype, tensor_of, with_dtype


def varied_call(rng: random.Random, args, kwargs):
    """A variation of a call of the same operator."""
    values = [*args, *kwargs.values()]
    fresh = rng.random() < 0.6
    values = [refreshed(rng, value, fresh) for value in values]
    if rng.random() < 0.2:
        dtype = random_dtype(rng)
        values = [each(value, lambda tensor: with_dtype(tensor, dtype) if tensor.is_floating_point() else tensor) for value in values]
    for _ in range(rng.choice([0, 0, 1, 1, 1, 2])):
        if values:
            at = rng.randrange(len(values))
            values[at] = changed(rng, values[at])
    args, rest = values[: len(args)], values[len(args) :]
    if rng.random() < 0.005 and args:
        args.pop()
    return args, dict(zip(kwargs, rest))


def each(value, change):
    """The value with every tensor in it changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    return [each(item, change) for item in value] if isinstance(value, list) else value


def refreshed(rng: random.Random, value, fresh):
    """Floats get other elements; integers may be indices and are kept."""
    def again(tensor):
        renewed = tensor_of(rng, tensor.shape, tensor.dtype) if fresh and tensor.is_floating_point() else tensor
        return lay(rng, renewed)

    return each(value, again)


def changed(rng: random.Random, value):
    """Another value of the same kind, or null."""
    if rng.random() < 0.02:
        return None
    if isinstance(value, torch.Tensor):
        return changed_tensor(rng, value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([value + 1, value - 1, -value, 0, 1, 2, -1, 100])
    if isinstance(value, float):
        return rng.choice([*FLOATS, value / 2, -value, 3])
    if isinstance(value, list) and value:
        at = rng.randrange(len(value))
        kind = rng.random()
        if kind < 0.6:
            return [*value[:at], changed(rng, value[at]), *value[at + 1 :]]
        return [*value[:at], *value[at + 1 :]] if kind < 0.8 else [*value, value[at]]
    if isinstance(value, torch.dtype):
        return random_dtype(rng)
    return value


def changed_tensor(rng: random.Random, tensor):
    kind = rng.random()
    if kind < 0.35:
        return with_dtype(tensor, random_dtype(rng))
    if kind < 0.85:
        return lay(rng, tensor_of(rng, changed_shape(rng, list(tensor.shape)), tensor.dtype))
    if kind < 0.9:
        return tensor_of(rng, [], tensor.dtype)
    return tensor_of(rng, tensor.shape, tensor.dtype)
