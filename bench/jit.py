"""
The workloads of bench/jit.ts in PyTorch. Reads lines `build NAME`, `export PATH NAME` and `time NAME`, answers each with a line of JSON.
Arguments: the number of threads, and `compile` for torch.compile beside the rest.
"""

import json
import statistics
import sys
import time
import warnings

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.set_grad_enabled(False)
with_compile = "compile" in sys.argv[2:]


def relu(x):
    return torch.relu(x)


def chain(x):
    for _ in range(5):
        x = torch.tanh(torch.relu(x * 1.01 + 0.1) - 0.05) * 0.99
    return x


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(784, 256)
        self.second = nn.Linear(256, 64)
        self.third = nn.Linear(64, 10)

    def forward(self, x):
        return self.third(torch.relu(self.second(torch.relu(self.first(x)))))


class Encoder(nn.Module):
    def __init__(self, width=256, heads=4):
        super().__init__()
        self.heads = heads
        self.width = width
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def split(self, x):
        return x.view(1, 128, self.heads, self.width // self.heads).transpose(1, 2)

    def forward(self, x):
        query, key, value = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = query.matmul(key.transpose(2, 3)) / 8.0
        mixed = scores.softmax(3).matmul(value).transpose(1, 2).reshape(1, 128, self.width)
        x = self.norm1(x + self.out(mixed))
        return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))


class Cell(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.width = width
        self.from_input = nn.Linear(width, 4 * width)
        self.from_state = nn.Linear(width, 4 * width)

    def forward(self, x):
        h = torch.zeros(1, self.width)
        c = torch.zeros(1, self.width)
        for step in range(50):
            i, f, g, o = (self.from_input(x[step]) + self.from_state(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return h


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(64, 64, 1), Block(64, 64, 1))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128, 1))
        self.layer3 = nn.Sequential(Block(128, 256, 2), Block(256, 256, 1))
        self.layer4 = nn.Sequential(Block(256, 512, 2), Block(512, 512, 1))
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean([2, 3]))


workloads = {
    "relu of 3": (lambda: relu, [[3]]),
    "30 elementwise ops, [64]": (lambda: chain, [[64]]),
    "30 elementwise ops, [1e6]": (lambda: chain, [[1000000]]),
    "MLP 784-256-64-10, batch 1": (Perceptron, [[1, 784]]),
    "MLP, batch 256": (Perceptron, [[256, 784]]),
    "MLP, a new batch size each call": (Perceptron, [[n, 784] for n in range(3, 33)]),
    "encoder layer d=256 T=128": (Encoder, [[1, 128, 256]]),
    "LSTM-like cell, 50 steps": (Cell, [[50, 1, 128]]),
    "ResNet-18, 1x3x224x224": (ResNet18, [[1, 3, 224, 224]]),
}


class TrainedPerceptron(Perceptron):
    def loss(self, x, target):
        return nn.functional.cross_entropy(self(x), target)


class TrainedConvolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 16, 3, padding=1)
        self.second = nn.Conv2d(16, 32, 3, padding=1)
        self.last = nn.Linear(32 * 7 * 7, 10)

    def loss(self, x, target):
        x = nn.functional.max_pool2d(torch.relu(self.first(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.second(x)), 2)
        return nn.functional.cross_entropy(self.last(x.flatten(1)), target)


trainings = {
    "training step, MLP, batch 64": (TrainedPerceptron, [64, 784]),
    "training step, CNN, batch 32": (TrainedConvolutions, [32, 1, 28, 28]),
}

learning_rate = 0.01
built = {}


def warmed(variants, inputs):
    for run in variants.values():
        for _ in range(5):
            for x in inputs:
                run(x)
    return variants


def build(name):
    make, shapes = workloads[name]
    torch.manual_seed(7)
    model = make()
    inputs = [torch.randn(shape) for shape in shapes]
    if isinstance(model, nn.Module):
        model.eval()
    traced = torch.jit.trace(model, inputs[0])
    variants = {"eager": model, "trace": traced}
    if isinstance(model, nn.Module):
        variants["frozen"] = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    if with_compile:
        variants["compile"] = torch.compile(model)
    built[name] = (warmed(variants, inputs), inputs)
    result = model(inputs[-1]).flatten()
    return {"sum": result.double().sum().item(), "first": result[:16].tolist(), "count": result.numel()}


def build_training(name):
    """The losses of the first steps; a step is zero_grad, forward, backward and SGD."""
    make, shape = trainings[name]
    torch.manual_seed(7)
    model = make()
    x = torch.randn(shape)
    target = torch.randint(0, 10, [shape[0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

    def step_with(loss_of):
        def step(_=None):
            with torch.enable_grad():
                optimizer.zero_grad()
                loss = loss_of(x, target)
                loss.backward()
                optimizer.step()
            return loss

        return step

    losses = [step_with(model.loss)().item() for _ in range(8)]
    variants = {"eager": step_with(model.loss)}
    if with_compile:
        variants["compile"] = step_with(torch.compile(model.loss))
    built[name] = (warmed(variants, [None]), [None])
    return {"sum": sum(losses), "first": losses, "count": len(losses)}


class Called(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def export(name, path):
    """The model as PyTorch's own exporter writes it."""
    make, shapes = workloads[name]
    torch.manual_seed(7)
    model = make()
    inputs = [torch.randn(shape) for shape in shapes]
    module = model if isinstance(model, nn.Module) else Called(model)
    axes = {"x": {0: "batch"}} if len(shapes) > 1 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (inputs[0],),
            path,
            input_names=["x"],
            output_names=["y"],
            opset_version=17,
            dynamic_axes=axes,
            dynamo=False,
        )
    return path


def measure(name):
    variants, inputs = built[name]
    times = {}
    for kind, run in variants.items():
        samples = []
        stop = time.perf_counter() + 0.2
        calls = 1
        while time.perf_counter() < stop or len(samples) < 3:
            start = time.perf_counter()
            for _ in range(calls):
                for x in inputs:
                    run(x)
            spent = time.perf_counter() - start
            samples.append(spent / calls / len(inputs) * 1e6)
            if spent < 0.002:
                calls *= 2
                samples.clear()
        times[kind] = statistics.median(samples)
    return times


def answer(line):
    verb, rest = line.rstrip("\n").split(" ", 1)
    if verb == "build":
        return build_training(rest) if rest in trainings else build(rest)
    if verb == "export":
        path, name = rest.split(" ", 1)
        return export(name, path)
    return measure(rest)


for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
