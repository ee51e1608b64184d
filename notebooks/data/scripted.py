"""Writes scripted.pt beside this file: a function with a loop and a condition, scripted by PyTorch."""

from pathlib import Path

import torch


@torch.jit.script
def double_until_large(x: torch.Tensor) -> torch.Tensor:
    while bool(x.abs().max() < 100):
        x = x * 2
    if bool(x.sum() < 0):
        x = -x
    return x


double_until_large.save(str(Path(__file__).with_name("scripted.pt")))
