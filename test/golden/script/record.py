"""Writes scripted archives with what they give, in the form of the trace goldens; all.py runs it for every file here.

A case is a folder: `model.pt`, its code as PyTorch prints it once loaded, and `case.json` with the inputs, what the
loaded module gives for them (or the error it raises) and its state. A case that is `refused` is one that Tracebook
cannot read; the text is part of what it says. Each case is made in a process of its own, so that one that ends it is
only left out.
"""

import json
import math
import os
import sys
import warnings

import torch

warnings.filterwarnings("ignore")
folder = sys.argv[1]
# A forked process has none of the other threads.
torch.set_num_threads(1)
torch.manual_seed(7)
T = torch.tensor
R = torch.randn


def plain(number):
    if isinstance(number, float) and math.isnan(number):
        return "NaN"
    if isinstance(number, float) and math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def encoded(value):
    if isinstance(value, torch.Tensor):
        data = value.detach()
        data = (data.double() if data.dtype.is_floating_point else data).reshape(-1).tolist()
        dtype = str(value.dtype).replace("torch.", "")
        return {"dtype": dtype, "shape": list(value.shape), "data": [plain(number) for number in data]}
    if isinstance(value, list):
        return {"list": [encoded(part) for part in value]}
    if isinstance(value, tuple):
        return {"tuple": [encoded(part) for part in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {"dict": {key: encoded(part) for key, part in value.items()}}
        return {"map": [[encoded(key), encoded(part)] for key, part in value.items()]}
    return str(value) if isinstance(value, torch.device) else plain(value)


def cloned(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, (list, tuple)):
        return type(value)(cloned(part) for part in value)
    return {key: cloned(part) for key, part in value.items()} if isinstance(value, dict) else value


def run(method, inputs):
    torch.manual_seed(0)
    recorded = {"inputs": encoded(tuple(inputs))}
    try:
        recorded["outputs"] = encoded(method(*cloned(list(inputs))))
    except Exception as error:
        recorded["raises"] = {"class": type(error).__name__, "message": str(error).strip().split("\n")[-1]}
    return recorded


def write(name, make, inputs, methods, stateful, saver, refused):
    path = f"{folder}/{name}"
    os.makedirs(path, exist_ok=True)
    saver(make(), f"{path}/model.pt")
    module = torch.jit.load(f"{path}/model.pt")
    case = {"name": name, "options": {"random": False, "stateful": stateful}}
    if refused is not None:
        case |= {"refused": refused, "runs": []}
    else:
        state = lambda: {key: encoded(value) for key, value in module.state_dict().items()}
        case["state"] = state()
        case["runs"] = [run(module, given) for given in inputs]
        case["methods"] = {
            key: [run(getattr(module, key), given) for given in all] for key, all in methods.items()
        }
        if stateful:
            case["state_after"] = state()
        with open(f"{path}/code.txt", "w") as file:
            file.write(module.code)
    with open(f"{path}/case.json", "w") as file:
        json.dump(case, file)


def save(name, make, inputs, methods={}, stateful=False, saver=torch.jit.save, refused=None):
    """Records a case: what `make` gives, saved by `saver` and run on each tuple of `inputs`."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        write(name, make, inputs, methods, stateful, saver, refused)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        print(f"{name} could not be recorded")


def script(*inputs, **options):
    """Records the function or module class that it decorates, scripted, under its name."""

    def record(target):
        make = lambda: torch.jit.script(target() if isinstance(target, type) else target)
        tuples = [given if isinstance(given, tuple) else (given,) for given in inputs]
        save(target.__name__, make, tuples, **options)
        return target

    return record
