"""The work of eager.ts in PyTorch: answers each line, a workload's name, with the mean time of a call in microseconds. Argument: threads."""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)


def add(size):
    a, b = torch.randn(size), torch.randn(size)
    return lambda: a + b


def matmul(size):
    a, b = torch.randn(size, size), torch.randn(size, size)
    return lambda: a @ b


def convolution():
    image, kernel = torch.randn(1, 64, 56, 56), torch.randn(64, 64, 3, 3)
    return lambda: F.conv2d(image, kernel, padding=1)


def sigmoid(size):
    x = torch.randn(size)
    return lambda: x.sigmoid()


def gelu(size):
    x = torch.randn(size)
    return lambda: F.gelu(x)


def add_whole(size):
    a, b = torch.randint(0, 1000, [size]), torch.randint(0, 1000, [size])
    return lambda: a + b


def without_gradients(layer, x):
    def run():
        with torch.no_grad():
            return layer(x)

    return run


def group_norm():
    return without_gradients(nn.GroupNorm(8, 32), torch.randn(4, 32, 28, 28))


def recurrence():
    return without_gradients(nn.LSTM(64, 64), torch.randn(50, 8, 64))


def training_step(model, x):
    y = torch.randint(0, 10, (x.shape[0],))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def perceptron():
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    return training_step(model, torch.randn(64, 784))


def convolutional():
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
    )
    return training_step(model, torch.randn(64, 1, 28, 28))


workloads = {
    "add of 3": lambda: add(3),
    "add of 64": lambda: add(64),
    "add of 1e6": lambda: add(1_000_000),
    "matmul 128": lambda: matmul(128),
    "matmul 512": lambda: matmul(512),
    "conv2d 64x56x56, 64 kernels of 3x3": convolution,
    "sigmoid of 1e5": lambda: sigmoid(100_000),
    "gelu of 1e5": lambda: gelu(100_000),
    "add of 1e5 int64": lambda: add_whole(100_000),
    "group norm 4x32x28x28": group_norm,
    "LSTM of 64, 50 steps, batch 8": recurrence,
    "training step, MLP 784-256-10, batch 64": perceptron,
    "training step, CNN 1x28x28, batch 64": convolutional,
}


def mean_of(run):
    """Over a tenth of a second."""
    calls, batch = 0, 1
    start = time.perf_counter()
    while True:
        for _ in range(batch):
            run()
        calls += batch
        spent = time.perf_counter() - start
        if spent > 0.1:
            return spent / calls * 1e6
        batch *= 2


made = {}
for name in map(str.strip, sys.stdin):
    if name not in made:
        made[name] = workloads[name]()
        mean_of(made[name])
    print(json.dumps(mean_of(made[name])), flush=True)
