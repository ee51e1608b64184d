"""Operators on tensors, indexing, dtypes and numbers out of tensors."""

import math
from enum import Enum
from typing import *

import torch
from torch import nn

from record import R, T, script

X = R(3, 4)


@script((R(4, 5, 6),))
def indexing(x):
    y = x.clone()
    y[0] = 0
    y[1, 2:4] = 1.5
    y[..., -1] = x[..., 0]
    y[:, 1, ::2] += 1
    y[2][3] = 7
    y[y > 2] = 2
    i = torch.tensor([0, 2])
    y[i] = y[i] * 3
    y[i, i] = 5
    y[3, i, 1:3] -= 1
    return (
        y,
        x[0],
        x[:, 1],
        x[1:3, ..., 2],
        x[None],
        x[:, None, 0],
        x[i],
        x[:, i],
        x[i, i],
        x[x > 1],
        x[0, i, 1:],
        x[-1, -1, -1],
        x[::2],
        x[:, :, [0, 1]],
    )


@script((X,))
def inplace(x):
    y = x.clone()
    z = y
    y += 1
    y *= 2
    y -= x
    y /= 3
    z.relu_()
    z.add_(1, alpha=2)
    z.mul_(2).clamp_(0, 3)
    w = 2 * x
    w **= 2
    w = w % 3
    return y, z, w, z is y


@script((X,))
def dtypes(x):
    a = x.to(torch.float64)
    b = x.int()
    c = torch.zeros(2, 3, dtype=torch.int64, device=x.device)
    d = torch.zeros_like(x, dtype=torch.bool)
    e = x.to(c.dtype)
    f = torch.arange(5, dtype=torch.float32)
    g = torch.ones([2], dtype=x.dtype)
    h = x.type_as(a)
    i = x.to("cpu")
    j = x.to(torch.device("cpu"), torch.float16)
    return (
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        x.dtype == torch.float32,
        x.device,
        str(x.device),
        x.is_floating_point(),
        x.device.type,
        j,
        torch.full((2,), 3),
        torch.full([2], 1.5),
        x.dim(),
        x.ndim,
        x.shape,
        x.size(),
        x.size(0),
        x.numel(),
        x.is_cuda,
        len(x),
        x.shape[0],
        torch.tensor([1, 2]),
        torch.tensor(1.5),
        torch.tensor([[True]]),
        torch.empty(0).shape,
    )


@script((T(3.0), T(5)))
def scalars(a, b):
    n = int(b)
    f = float(a)
    t = bool(a > 2)
    if a > 2:
        f += 1
    s = a.item()
    k = torch.ones(n)
    z = 1
    while a < 10:
        a = a * 2
    return n, f, t, s, k, z, a, int(a) + 1, n + f, a + n


@script((X,))
def torchfns(x):
    v, i = torch.max(x, dim=1)
    m, s = torch.std_mean(x)
    a, b, c = x.unbind(0)
    p, q = x.chunk(2, dim=1)
    r, t = torch.split(x, [1, 2])
    l = torch.split(x, 2)
    w = torch.where(x > 0, x, torch.zeros_like(x))
    sv, si = x.sort(dim=-1, descending=True)
    tv, ti = torch.topk(x, 2)
    return (
        v,
        i,
        m,
        s,
        a + b + c,
        p,
        q,
        l[0],
        w,
        sv,
        si,
        tv,
        ti,
        torch.cat([x, x], 1),
        torch.stack([x, x]),
        x.view(-1, 2),
        x.permute(1, 0),
        x.transpose(0, 1),
        x.sum(1, keepdim=True),
        x.mean(),
        x.argmax(1),
        torch.einsum("ij,kj->ik", x, x),
        x @ x.t(),
        torch.matmul(x, x.t()),
        x.norm(),
        torch.softmax(x, dim=-1),
        nn.functional.softmax(x, dim=1),
        nn.functional.gelu(x),
        x.masked_fill(x > 0, float("-inf")),
        x.unsqueeze(0).squeeze(0),
        x.flatten(),
        x.reshape(4, 3),
        x.expand(2, 3, 4),
        x.repeat(2, 1),
        torch.cumsum(x, 0),
        torch.clamp(x, min=0.1),
        torch.clamp(x, -1, 1),
        x.pow(2),
        2**x,
        1 / x,
        1 - x,
        x // 0.5,
        x % 0.3,
        -x,
        abs(x),
        x.abs(),
        torch.linspace(0, 1, 5),
        torch.eye(3),
        torch.arange(2, 8, 2),
        torch.triu(x),
        torch.norm(x, dim=1),
        torch.meshgrid(torch.arange(2), torch.arange(3)),
        x.tile(2),
        x.rot90(),
        x.roll(1),
        x.diagonal(),
        torch.bmm(x[None], x.t()[None]),
        x.addmm(torch.eye(3), x),
        x.scatter(0, i[None], x),
        x.gather(1, ti),
        x.index_select(0, torch.tensor([1])),
        x.var(),
        x.std(dim=1),
        x.prod(),
        x.cumprod(1),
        x.any(),
        x.all(),
        x.isnan(),
        x.isinf(),
        x.isfinite(),
        x.floor(),
        x.ceil(),
        x.round(),
        x.sign(),
        x.sqrt(),
        x.rsqrt(),
        x.exp(),
        x.log(),
        x.sigmoid(),
        x.tanh(),
        x.erf(),
        x.square(),
        x.reciprocal(),
        x.lt(0),
        x.eq(x),
        x.allclose(x),
        x.equal(x),
        x.nonzero(),
        torch.unique(x, return_inverse=True),
        x.median(),
        x.median(1),
        x.min(1),
        x.amin(),
        x.amax(1),
        torch.logsumexp(x, 1),
        torch.cdist(x, x),
        torch.cross(x[:, :3], x[:, :3], dim=1),
        torch.outer(x[0], x[0]),
        torch.dot(x[0], x[0]),
        torch.tensordot(x, x, dims=2),
        torch.kron(x, x),
        torch.bincount(torch.tensor([1, 1, 2])),
        torch.flip(x, [0]),
        x.movedim(0, 1),
        x.contiguous(),
        x.detach(),
        x.clone(),
        x.nan_to_num(),
        x.lerp(x, 0.5),
        x.addcmul(x, x),
        x.double(),
        x.long(),
        x.half(),
        x.float(),
        x.narrow(0, 1, 1),
        x.select(1, 0),
        x.tril(),
        x.masked_select(x > 0),
        x.repeat_interleave(2),
        x.swapaxes(0, 1),
        x.new_full([2], 5.0),
        x.unfold(1, 2, 1),
        torch.vstack([x, x]),
        torch.hstack([x, x]),
        torch.broadcast_tensors(x, x),
        torch.numel(x),
        torch.concat([x, x]),
        x.expand_as(x),
        x.view_as(x),
        x.subtract(x),
        x.multiply(x),
        x.divide(x),
        x.greater(0),
        x.less_equal(0),
        x.not_equal(x),
        x.negative(),
        x.absolute(),
        x.clip(0, 1),
        x.true_divide(2),
        x.trunc(),
        x.frac(),
        x.logical_not(),
        x.logical_and(x),
        x.moveaxis(0, 1),
        x.swapdims(0, 1),
        x.is_signed(),
        x.element_size(),
    )
