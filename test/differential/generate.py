"""Writes random calls with PyTorch's answers, one golden file an operator: generate.py REQUEST FOLDER.

REQUEST is a JSON file: the overloads to call, recorded calls to vary, how many calls and the seed. Each call has a random
generator of its own, seeded by its name and number, so that a file is the same whatever ran before it. The calls of an
operator run in a process of their own: some arguments end PyTorch itself, and such calls are left out.
"""

import json
import os
import random
import resource
import signal
import sys
import warnings
from pathlib import Path

import torch
import torch.fx.experimental.symbolic_shapes  # autograd loads it on first use, which takes a second in each child
from arguments import random_call
from golden_values import NotGolden, decode
from record import record
from variation import varied_call

SECONDS = 5
MEMORY = 4 << 30


def overload(name):
    _, packet, member = name.split(".")
    return getattr(getattr(torch.ops.aten, packet), member)


def make(name, op, samples, seed, number):
    """The case of one call; None if PyTorch's answer has no golden form."""
    rng = random.Random(f"{seed} {name} {number}")
    torch.manual_seed(rng.randrange(2**32))
    try:
        if samples and rng.random() < 0.6:
            sample = rng.choice(samples)
            args, kwargs = varied_call(rng, decode(sample["args"]), {k: decode(v) for k, v in sample["kwargs"].items()})
        else:
            args, kwargs = random_call(rng, op._schema)
        return record(op, args, kwargs, with_grads=rng.random() < 0.4)
    except NotGolden:
        return None


def write_all(name, samples, seed, first, count, path):
    """Appends the cases of the calls from `first` on, each after a line that says it was begun."""
    op = overload(name)
    with open(path, "a") as file:
        for number in range(first, count):
            print(number, file=file, flush=True)
            signal.alarm(SECONDS)
            case = make(name, op, samples, seed, number)
            signal.alarm(0)
            if case is not None:
                print(json.dumps(case, separators=(",", ":")), file=file, flush=True)


def cases_of(name, samples, seed, count, scratch):
    """The cases of one overload as JSON texts, made in a child process, which begins anew after a call that ended it."""
    scratch.write_text("")
    first = 0
    while first < count:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            write_all(name, samples, seed, first, count, scratch)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        begun = [int(line) for line in scratch.read_text().splitlines() if line.isdigit()]
        first = count if status == 0 else begun[-1] + 1
    return [line for line in scratch.read_text().splitlines() if line.startswith("{")]


def main(request, folder):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    names = [name for name in request["overloads"] if exists(name)]
    files = {}
    for i, name in enumerate(names):
        count = request["calls"] * (i + 1) // len(names) - request["calls"] * i // len(names)
        cases = cases_of(name, request["samples"].get(name, []), request["seed"], count, folder / ".calls")
        files.setdefault(name.split(".")[1], {})[name] = cases
    (folder / ".calls").unlink()
    for operator, overloads in files.items():
        schemas = {name: str(overload(name)._schema) for name in overloads}
        lines = ",\n".join(case for cases in overloads.values() for case in cases)
        head = json.dumps({"op": f"aten::{operator}", "schemas": schemas}, indent=0)[:-2]
        (folder / f"{operator}.json").write_text(f'{head},\n"cases": [\n{lines}\n]}}\n')


def exists(name):
    try:
        overload(name)
        return True
    except AttributeError:
        return False


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
