"""The program of digits-mlp.md in PyTorch: the same seed gives the same losses."""
import gzip
from pathlib import Path

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

with gzip.open(Path(__file__).parent / "../../notebooks/data/digits.csv.gz", "rt") as lines:
    rows = torch.tensor([[float(value) for value in line.split(",")] for line in lines])
pixels, digits = rows[:, :64] / 16, rows[:, 64].long()
train = TensorDataset(pixels[:1500], digits[:1500])

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
loader = DataLoader(train, batch_size=50, shuffle=True)
optimizer = optim.Adam(model.parameters(), lr=3e-3)


def accuracy():
    model.eval()
    with torch.no_grad():
        right = model(pixels[1500:]).argmax(1) == digits[1500:]
    model.train()
    return right.float().mean().item()


losses = []
print(f"before: {100 * accuracy():.1f} % right")
for epoch in range(1, 11):
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 2 == 0:
        print(f"epoch {epoch}: loss {losses[-1]:.4f}, {100 * accuracy():.1f} % right")
