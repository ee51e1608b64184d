"""The same work as eager.ts in PyTorch: prints one JSON object of medians in microseconds. Argument: the number of threads."""

import json
import sys
import time

import torch
import torch.nn.functional as F


def median_of(run, calls, rounds=15):
    for _ in range(3):
        for _ in range(calls):
            run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        times.append((time.perf_counter() - start) / calls * 1e6)
    return sorted(times)[rounds // 2]


def training_step(model, optimizer, x, y):
    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def mlp():
    model = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
    return training_step(
        model, torch.optim.SGD(model.parameters(), lr=0.01), torch.randn(64, 784), torch.randint(0, 10, (64,))
    )


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)

    def add(size):
        a, b = torch.randn(size), torch.randn(size)
        return lambda: a + b

    def matmul(size):
        a, b = torch.randn(size, size), torch.randn(size, size)
        return lambda: a @ b

    image, kernel = torch.randn(1, 64, 56, 56), torch.randn(64, 64, 3, 3)
    work = {
        "add of 3": (add(3), 20_000),
        "add of 64": (add(64), 20_000),
        "add of 1e6": (add(1_000_000), 20),
        "matmul 128": (matmul(128), 50),
        "matmul 512": (matmul(512), 5),
        "conv2d 64x56x56, 64 kernels of 3x3": (lambda: F.conv2d(image, kernel, padding=1), 3),
        "training step, MLP 784-256-10, batch 64": (mlp(), 10),
    }
    print(json.dumps({name: median_of(run, calls) for name, (run, calls) in work.items()}))


main()
