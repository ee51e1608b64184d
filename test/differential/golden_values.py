"""The golden form of values: PyTorch's into JSON and back, as test/golden/op-values.ts reads it.

Beside the plain form of the recorded goldens, an argument may say how it lies in memory: then `memory` holds the elements
of its storage, and `strides` and `offset` say where the tensor's are.
"""

import math

import torch

NAMES = {dtype: str(dtype).removeprefix("torch.") for dtype in vars(torch).values() if isinstance(dtype, torch.dtype)}
DTYPES = {
    name: getattr(torch, name)
    for name in "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()
}


class NotGolden(Exception):
    """A value that has no golden form: complex, sparse, quantised."""


def number(value):
    """A JSON number, or a string for what JSON has no number for."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value) if abs(value) > 2**53 else value


def elements(tensor):
    """The elements row by row; float32 as its shortest decimal."""
    values = tensor.detach().flatten().tolist()
    if tensor.dtype == torch.float32:
        values = [float(f"{value:.9g}") for value in values]
    return [int(value) if isinstance(value, bool) else number(value) for value in values]


def encode_tensor(tensor):
    if tensor.layout != torch.strided or NAMES[tensor.dtype] not in DTYPES or tensor.is_quantized:
        raise NotGolden
    return {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data": elements(tensor)}


def encode_lying(tensor):
    """A tensor with its place in memory, unless it lies as a new one of its shape and fills its storage."""
    plain = encode_tensor(tensor)
    storage = tensor.untyped_storage().nbytes() // tensor.element_size()
    if tensor.stride() == torch.empty(tensor.shape).stride() and storage == tensor.numel():
        return plain
    memory = torch.as_strided(tensor.detach(), [storage], [1], 0)
    return {
        "dtype": plain["dtype"],
        "shape": plain["shape"],
        "memory": elements(memory),
        "strides": list(tensor.stride()),
        "offset": tensor.storage_offset(),
    }


def encode(value, tensor=encode_tensor):
    if isinstance(value, torch.Tensor):
        return tensor(value)
    if isinstance(value, (list, tuple)):
        return [encode(item, tensor) for item in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, float):
        return {"float": number(value)}
    if isinstance(value, int):
        return {"int": str(value)} if abs(value) > 2**53 else value
    if isinstance(value, torch.dtype):
        return {"scalar_type": NAMES[value]}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    if isinstance(value, torch.layout):
        return {"layout": str(value).removeprefix("torch.")}
    if isinstance(value, torch.memory_format):
        return {"memory_format": str(value).removeprefix("torch.")}
    raise NotGolden


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "shape" in value:
        dtype = getattr(torch, value["dtype"])
        numbers = [float(item) if isinstance(item, str) and dtype.is_floating_point else int(item) if isinstance(item, str) else item
                   for item in value.get("memory", value.get("data"))]
        flat = torch.tensor(numbers, dtype=dtype)
        if "memory" in value:
            return flat.as_strided(value["shape"], value["strides"], value["offset"])
        return flat.reshape(value["shape"])
    if "float" in value:
        return float(value["float"])
    if "int" in value:
        return int(value["int"])
    if "device" in value:
        return torch.device(value["device"])
    return getattr(torch, value.get("scalar_type") or value.get("layout") or value["memory_format"])


def tensors_in(value):
    """All tensors in a value, depth first."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for item in value for tensor in tensors_in(item)] if isinstance(value, (list, tuple)) else []
