"""The program of digits-cnn.md in PyTorch: the same seed gives the same losses."""
import gzip
from pathlib import Path

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

with gzip.open(Path(__file__).parent / "../../notebooks/data/digits.csv.gz", "rt") as lines:
    rows = torch.tensor([[float(value) for value in line.split(",")] for line in lines])
images, digits = rows[:, :64].reshape(-1, 1, 8, 8) / 16, rows[:, 64].long()
train = TensorDataset(images[:1500], digits[:1500])


def block(channels, features):
    return nn.Sequential(
        nn.Conv2d(channels, features, 3, padding=1), nn.BatchNorm2d(features), nn.GELU(), nn.AvgPool2d(2)
    )


torch.manual_seed(0)
model = nn.Sequential(block(1, 16), block(16, 32), nn.Flatten(), nn.Linear(128, 10))
loader = DataLoader(train, batch_size=50, shuffle=True)
epochs = 3
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, epochs=epochs, steps_per_epoch=len(loader))


def accuracy():
    model.eval()
    with torch.no_grad():
        right = model(images[1500:]).argmax(1) == digits[1500:]
    model.train()
    return right.float().mean().item()


losses = []
for epoch in range(1, epochs + 1):
    for batch, labels in loader:
        loss = nn.functional.cross_entropy(model(batch), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    print(f"epoch {epoch}: loss {losses[-1]:.4f}, {100 * accuracy():.1f} % right")
