"""Layers of torch.nn, and models that loop over them."""

from typing import *

import torch
import torch.nn.functional as F
from torch import nn

from record import R, T, save, script

X = R(3, 4)


def T1(x):
    return torch.ones(x.size(0))


@script((R(5, 3, 4),), (R(2, 3, 4),))
class Rnns(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5, 2, bidirectional=True)
        self.gru = nn.GRU(4, 3)
        self.rnn = nn.RNN(4, 3)
        self.cell = nn.LSTMCell(4, 2)
        self.gc = nn.GRUCell(4, 2)

    def forward(self, x):
        a, (h, c) = self.lstm(x)
        b, d = self.gru(x)
        e, _ = self.rnn(x)
        h2, c2 = self.cell(x[0])
        return a, h, c, b, d, e, h2, c2, self.gc(x[0])


@script((R(5, 2, 8),))
class MHA(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.MultiheadAttention(8, 2)
        self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
        self.dec = nn.TransformerDecoderLayer(8, 2, 16)
        self.eval()

    def forward(self, x):
        y, w = self.a(x, x, x)
        z, _ = self.a(x, x, x, need_weights=False, attn_mask=torch.zeros(5, 5))
        return y, w, z, self.enc(x), self.dec(x, x)


@script((R(2, 8), R(4, 2, 8)))
class Trans(nn.Module):
    def __init__(self):
        super().__init__()
        self.t = nn.Transformer(8, 2, 1, 1, 16).eval()

    def forward(self, x, y):
        return self.t(y, y)


@script((T([[1, 2], [3, 0]]),))
class Embeds(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(5, 3, padding_idx=0)
        self.b = nn.EmbeddingBag(5, 3, mode="mean")

    def forward(self, i):
        return self.e(i), self.b(i)


@script((R(2, 3, 8, 8),), (R(1, 3, 6, 6),), stateful=True)
class Convs(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.t = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.g = nn.GroupNorm(2, 4)
        self.i = nn.InstanceNorm2d(4)
        self.p = nn.AdaptiveAvgPool2d(1)
        self.l = nn.LayerNorm([2])
        self.q = nn.AvgPool2d(2)
        self.u = nn.Upsample(scale_factor=2.0)
        self.ub = nn.Upsample(scale_factor=2.0, mode="bilinear")
        self.pad = nn.ConstantPad2d(1, 0.5)
        self.rp = nn.ReflectionPad2d(1)
        self.cs = nn.Conv2d(3, 3, 3, padding="same")
        self.pr = nn.Conv2d(3, 2, 3, padding=1, padding_mode="reflect")
        self.ps = nn.PixelShuffle(2)

    def forward(self, x):
        y = self.c(x)
        return (
            y,
            self.t(y),
            self.g(y),
            self.i(y),
            self.p(y).flatten(1),
            self.q(y),
            self.u(y),
            self.ub(y),
            self.pad(x),
            self.rp(x),
            self.cs(x),
            self.pr(x),
            self.ps(y),
            F.interpolate(x, size=[5, 5]),
            F.pad(x, [1, 1, 0, 2]),
            F.unfold(x, [2, 2]),
        )


@script((R(3, 4),))
class Acts(nn.Module):
    def __init__(self):
        super().__init__()
        self.acts = nn.ModuleList(
            [
                nn.ReLU(),
                nn.ReLU6(),
                nn.ELU(),
                nn.SELU(),
                nn.CELU(),
                nn.GELU(),
                nn.SiLU(),
                nn.Mish(),
                nn.Hardswish(),
                nn.Hardsigmoid(),
                nn.Hardtanh(),
                nn.LeakyReLU(),
                nn.PReLU(),
                nn.Softplus(),
                nn.Softsign(),
                nn.Tanhshrink(),
                nn.Softshrink(),
                nn.Hardshrink(),
                nn.Threshold(0.1, 2.0),
                nn.GLU(),
                nn.Softmax(1),
                nn.LogSoftmax(1),
                nn.Sigmoid(),
                nn.Tanh(),
                nn.LogSigmoid(),
                nn.Identity(),
                nn.Flatten(),
                nn.Softmin(1),
                nn.Dropout(0.5),
            ]
        )

    def forward(self, x):
        r: List[torch.Tensor] = []
        for a in self.acts:
            r.append(a(x))
        return r


@script((R(3, 4), R(3, 4), T([0, 1, 2])))
class Losses(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.CrossEntropyLoss(label_smoothing=0.1)
        self.m = nn.MSELoss(reduction="sum")
        self.l1 = nn.L1Loss()
        self.n = nn.NLLLoss()
        self.b = nn.BCEWithLogitsLoss()
        self.s = nn.SmoothL1Loss()
        self.h = nn.HuberLoss()
        self.k = nn.KLDivLoss(reduction="batchmean")
        self.c = nn.CosineSimilarity()

    def forward(self, x, y, t):
        return (
            self.a(x, t),
            self.m(x, y),
            self.l1(x, y),
            self.n(F.log_softmax(x, 1), t),
            self.b(x, torch.sigmoid(y)),
            self.s(x, y),
            self.h(x, y),
            self.k(F.log_softmax(x, 1), F.softmax(y, 1)),
            self.c(x, y),
            F.one_hot(t, 5),
            F.normalize(x),
            F.cosine_similarity(x, y),
            F.pairwise_distance(x, y),
            F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(y)),
            F.triplet_margin_loss(x, y, x * 2),
            F.margin_ranking_loss(x[:, 0], y[:, 0], T1(x)),
        )


class Rec(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 8, batch_first=True)
        self.out = nn.Linear(8, 20)

    def forward(self, tok, steps: int = 5):
        h: Optional[Tuple[torch.Tensor, torch.Tensor]] = None
        res = torch.jit.annotate(List[int], [])
        for _ in range(steps):
            y, h = self.lstm(self.emb(tok), h)
            tok = self.out(y[:, -1:]).argmax(-1)
            res.append(int(tok[0, 0]))
        return torch.tensor(res), tok


save("decoder", lambda: torch.jit.script(Rec()), [(T([[1, 2, 3]]),), (T([[4]]), 3)])


class Beam(nn.Module):
    def forward(self, logits, k: int = 2):
        lp = F.log_softmax(logits, -1)
        beams: List[Tuple[List[int], float]] = [([0], 0.0)]
        for t in range(lp.size(0)):
            cand: List[Tuple[List[int], float]] = []
            for seq, sc in beams:
                v, i = lp[t].topk(k)
                for j in range(k):
                    cand.append((seq + [int(i[j])], sc + float(v[j])))
            best: List[Tuple[List[int], float]] = []
            while len(best) < k and len(cand) > 0:
                m = 0
                for q in range(len(cand)):
                    if cand[q][1] > cand[m][1]:
                        m = q
                best.append(cand.pop(m))
            beams = best
        return beams[0][0]


save("beam", lambda: torch.jit.script(Beam()), [(R(4, 6),), (R(3, 5), 3)])


class WNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Bilinear(4, 4, 2)
        self.ln = nn.LayerNorm(4)
        self.rms = nn.RMSNorm(4)
        self.bn = nn.BatchNorm1d(4).eval()
        self.dp = nn.Dropout1d(0.5).eval()

    def forward(self, x):
        return (
            self.l(x, x),
            self.ln(x),
            self.rms(x),
            self.bn(x),
            F.scaled_dot_product_attention(x[None, None], x[None, None], x[None, None]),
        )


save("norms", lambda: torch.jit.script(WNorm()), [(X,)])
