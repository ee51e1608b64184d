"""One call of an operator, replayed on PyTorch and written down as a golden case (test/golden/ops.ts says what is in one)."""

import torch
from golden_values import NotGolden, encode, encode_lying, tensors_in

UNINITIALISED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "empty_permuted", "resize_", "resize_as_"}
MOST_ELEMENTS = 4096


def record(op, args, kwargs, with_grads):
    """The case of a call; None if its result has no golden form."""
    schema = op._schema
    optional = {
        argument.name
        for argument in schema.arguments
        if argument.has_default_value() and argument.default_value is None
    }
    given = {name: value for name, value in kwargs.items() if value is not None or name not in optional}
    case = {"op": str(op), "args": encode(args, encode_lying), "kwargs": {name: encode(value, encode_lying) for name, value in given.items()}}
    mutable = [i for i, argument in enumerate(schema.arguments) if argument.alias_info and argument.alias_info.is_write]
    before = copies(args), copies(kwargs)
    try:
        out = op(*args, **kwargs)
    except Exception as error:
        return case | {"raises": {"type": type(error).__name__, "message": str(error)}}
    if sum(tensor.numel() for tensor in tensors_in(out)) > MOST_ELEMENTS:
        return None
    try:
        case["out"] = encode(out)
        case["mutates"] = {str(i): encode(args[i]) for i in mutable if i < len(args)}
    except NotGolden:
        return None
    if not case["mutates"]:
        del case["mutates"]
    if any(result.alias_info for result in schema.returns) and not mutable:
        for golden, tensor in zip(goldens_in(case["out"]), tensors_in(out)):
            golden["strides"] = list(tensor.stride())
    if torch.Tag.nondeterministic_seeded in op.tags or schema.name.removeprefix("aten::") in UNINITIALISED:
        case["check"] = "shape"
    elif with_grads:
        grads = gradients(op, *before, mutable)
        if grads is not None:
            case["grads"] = grads
    return case


def goldens_in(value):
    if isinstance(value, list):
        return [golden for item in value for golden in goldens_in(item)]
    return [value] if isinstance(value, dict) and "shape" in value else []


def copies(value):
    """The same arguments with tensors of their own, lying in memory as these do."""
    if isinstance(value, torch.Tensor):
        memory = torch.as_strided(value.detach(), [value.untyped_storage().nbytes() // value.element_size()], [1], 0)
        return memory.clone().as_strided(value.shape, value.stride(), value.storage_offset())
    if isinstance(value, (list, tuple)):
        return [copies(item) for item in value]
    return {name: copies(item) for name, item in value.items()} if isinstance(value, dict) else value


def gradients(op, args, kwargs, mutable):
    """The gradients of the weighted sum of all results (golden/ops.ts names the weights); None if there are none."""
    inputs = tensors_in([*args, *kwargs.values()])
    for tensor in inputs:
        if tensor.is_floating_point():
            tensor.requires_grad_()
    call = [arg.clone() if i in mutable and isinstance(arg, torch.Tensor) and arg.requires_grad else arg for i, arg in enumerate(args)]
    asking = [tensor for tensor in inputs if tensor.requires_grad]
    try:
        out = op(*call, **kwargs)
        outputs = [(k, tensor) for k, tensor in enumerate(tensors_in(out)) if tensor.requires_grad]
        if not outputs or not asking:
            return None
        found = torch.autograd.grad(
            [tensor for _, tensor in outputs], asking, [weights(tensor, k) for k, tensor in outputs], allow_unused=True
        )
        given = iter(found)
        return [encode(next(given)) if tensor.requires_grad else None for tensor in inputs]
    except Exception:
        return None


def weights(tensor, k):
    values = [((7 * i + 3 + k) % 11 - 5) / 4 for i in range(tensor.numel())]
    return torch.tensor(values, dtype=tensor.dtype).reshape(tensor.shape)
