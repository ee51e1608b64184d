"""Random tensors: dtypes, shapes that do or do not broadcast, ways of lying in memory, and elements of all kinds."""

import random

import torch
from golden_values import DTYPES

FLOATS = [torch.float32] * 6 + [torch.float64] * 2 + [torch.float16, torch.bfloat16]
INTEGERS = [torch.int64] * 3 + [torch.int32, torch.int16, torch.int8, torch.uint8]
SPECIAL = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1.0, -1.0, 0.5, 1e-8, 1e5, 3e38]


def random_dtype(rng: random.Random):
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(FLOATS)
    return rng.choice(INTEGERS) if kind < 0.9 else torch.bool


def random_shape(rng: random.Random, most=4):
    rank = rng.choice([0, 1, 1, 2, 2, 2, 3, 3, 4][: most + 5])
    return [rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 5]) if rng.random() < 0.3 else rng.choice([1, 2, 3, 4]) for _ in range(rank)]


def related_shape(rng: random.Random, shape):
    """The same shape, one that broadcasts with it, or one that may not."""
    kind = rng.random()
    if kind < 0.5:
        return list(shape)
    if kind < 0.65:
        return [1 if rng.random() < 0.4 else size for size in shape]
    if kind < 0.75:
        return list(shape[rng.randint(0, len(shape)) :])
    if kind < 0.8:
        return []
    return changed_shape(rng, shape) if kind < 0.9 else random_shape(rng)


def changed_shape(rng: random.Random, shape):
    """A shape with one dimension more, fewer, or of another size."""
    shape = list(shape)
    kind = rng.randrange(4)
    at = rng.randrange(len(shape)) if shape else 0
    if kind == 0 or not shape:
        shape.insert(at, rng.choice([1, 2, 3]))
    elif kind == 1:
        del shape[at]
    elif kind == 2:
        shape[at] = rng.choice([0, 1])
    else:
        shape[at] += rng.choice([-1, 1, 2]) if shape[at] > 0 else 1
    return shape


def random_elements(rng: random.Random, count, dtype):
    if dtype == torch.bool:
        return [rng.random() < 0.5 for _ in range(count)]
    if dtype.is_floating_point:
        kind = rng.random()
        if kind < 0.15:
            return [rng.choice(SPECIAL) if rng.random() < 0.3 else rng.gauss(0, 2) for _ in range(count)]
        if kind < 0.3:
            return [float(rng.randint(-3, 3)) for _ in range(count)]
        return [rng.random() if kind < 0.5 else rng.gauss(0, 2) for _ in range(count)]
    limits = torch.iinfo(dtype)
    least, most = (max(limits.min, -9), 9) if rng.random() < 0.8 else (max(limits.min, -(2**40)), min(limits.max, 2**40))
    if rng.random() < 0.4:
        least, most = 0, 3
    return [rng.choice([least, most]) if rng.random() < 0.1 else rng.randint(least, most) for _ in range(count)]


def tensor_of(rng: random.Random, shape, dtype):
    count = 1
    for size in shape:
        count *= size
    made = torch.tensor(random_elements(rng, count, dtype)).to(dtype).reshape(shape)
    # PyTorch's loops over vectors make NaN of bfloat16 negative, which no recording keeps.
    return made.masked_fill(made.isnan(), float("nan")) if dtype.is_floating_point else made


def random_tensor(rng: random.Random, shape, dtype=None):
    return lay(rng, tensor_of(rng, shape, dtype or random_dtype(rng)))


def lay(rng: random.Random, tensor):
    """The same elements, lying in memory in one of several ways."""
    kind = rng.random()
    if kind < 0.5 or tensor.dim() == 0:
        if kind < 0.05:
            return torch.stack([tensor, tensor])[1]
        return tensor
    dim = rng.randrange(tensor.dim())
    if kind < 0.65:
        order = list(range(tensor.dim()))
        rng.shuffle(order)
        inverse = sorted(range(len(order)), key=order.__getitem__)
        return tensor.permute(order).contiguous().permute(inverse)
    if kind < 0.75:
        return torch.stack([tensor, tensor_of(rng, tensor.shape, tensor.dtype)], -1).select(-1, 0)
    if kind < 0.9:
        edge = tensor_of(rng, [*tensor.shape[:dim], 1, *tensor.shape[dim + 1 :]], tensor.dtype)
        return torch.cat([edge, tensor], dim).narrow(dim, 1, tensor.shape[dim])
    if tensor.shape[dim] == 0:
        return tensor
    return tensor.narrow(dim, 0, 1).clone().expand(tensor.shape)


def with_dtype(tensor, dtype):
    return tensor.to(dtype) if dtype in DTYPES.values() else tensor
