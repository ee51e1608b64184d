"""Transformers whose parameters need no gradient: in eval mode they take PyTorch's fast path, nested tensors included."""

import torch
import torch.nn.functional as F
from torch import nn

from record import R, T, save

X = R(2, 4, 8)
PADDED = T([[False, False, True, True], [False, False, False, False]])
GAPS = T([[False, True, False, True], [False, False, False, False]])
LATER = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
ADDED = torch.triu(torch.full((4, 4), float("-inf")), 1)


def fixed(module):
    return torch.jit.script(module.eval().requires_grad_(False))


def encoder(layers=2, norm=None, nested=True, **options):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)
    return nn.TransformerEncoder(layer, layers, norm, enable_nested_tensor=nested)


MASKS = [(X,), (X, None, PADDED), (X, LATER), (X, ADDED), (X, LATER, PADDED), (X, None, GAPS)]

save("encoder", lambda: fixed(encoder()), MASKS)

save("encoder_gelu", lambda: fixed(encoder(activation="gelu", norm=nn.LayerNorm(8))), MASKS)

save("encoder_norm_first", lambda: fixed(encoder(norm_first=True)), MASKS)

save("encoder_dense", lambda: fixed(encoder(nested=False)), MASKS)

save("encoder_training", lambda: torch.jit.script(encoder(dropout=0.0)), [(X,), (X, None, PADDED)])

save(
    "encoder_layer",
    lambda: fixed(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)),
    [(X,), (X, LATER), (X, None, PADDED), (X[0],)],
)

save(
    "encoder_layer_length_first",
    lambda: fixed(nn.TransformerEncoderLayer(8, 2, 16)),
    [(X,), (X, torch.zeros(2, 2))],
)

save(
    "attention",
    lambda: fixed(nn.MultiheadAttention(8, 2, batch_first=True)),
    [
        (X, X, X),
        (X, X, X, PADDED),
        (X, X, X, None, False),
        (X, X, X, None, True, LATER),
        (X, X, X, None, True, ADDED, False),
        (X, X + 1, X * 2),
        (X, X, X, None, True, None, False),
        (X[0], X[0], X[0]),
    ],
)

save("transformer", lambda: fixed(nn.Transformer(8, 2, 1, 1, 16, batch_first=True)), [(X, X), (X, X[:, :3])])


class Resized(nn.Module):
    """Resizing in every mode, as scripts call it."""

    def forward(self, x, v):
        return (
            F.interpolate(v, scale_factor=[2.0, 1.5, 0.5], mode="trilinear", align_corners=False),
            F.interpolate(v, size=[3, 3, 3], mode="trilinear", align_corners=True),
            F.interpolate(v, scale_factor=2.0),
            F.interpolate(x, size=[5, 3], mode="nearest-exact"),
            F.interpolate(v, size=[5, 3, 4], mode="nearest-exact"),
            F.interpolate(x, size=[2, 3], mode="area"),
            F.interpolate(x, scale_factor=1.6, mode="bicubic", recompute_scale_factor=True),
            F.interpolate(x, size=[2, 3], mode="bilinear", antialias=True),
            F.interpolate(x, scale_factor=0.6, mode="bicubic", antialias=True),
            F.adaptive_max_pool3d(v, [2, 1, 3]),
            F.adaptive_max_pool2d(x, [2, 3], return_indices=True),
        )


save("resized", lambda: torch.jit.script(Resized()), [(R(1, 2, 6, 7), R(1, 2, 4, 4, 4))])


class Unpooled(nn.Module):
    def forward(self, x):
        y, i = F.max_pool2d(x, [2, 2], return_indices=True)
        return F.max_unpool2d(y, i, [2, 2]), F.max_unpool2d(y, i, [2, 2], output_size=[5, 5])


save("unpooled", lambda: torch.jit.script(Unpooled()), [(R(1, 2, 5, 5),), (R(2, 5, 5),)])
