"""The program of linear-regression.md in PyTorch: the same seed gives the same losses."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
area = torch.rand(200, 1) * 100 + 20
rooms = torch.randint(1, 6, (200, 1)).float()
rent = 150 + 9 * area + 40 * rooms + 50 * torch.randn(200, 1)

flats = torch.cat([area / 100, rooms], 1)
prices = rent / 1000
loader = DataLoader(TensorDataset(flats, prices), batch_size=20, shuffle=True)

model = nn.Linear(2, 1)
optimizer = optim.SGD(model.parameters(), lr=0.05)
losses = []
for epoch in range(1, 61):
    for features, target in loader:
        loss = nn.functional.mse_loss(model(features), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 15 == 0:
        print(f"epoch {epoch}: loss {losses[-1]:.4f}")

(per_area, per_room), base = model.weight[0] * 1000, model.bias[0] * 1000
print(f"{base.item():.0f} + {per_area.item() / 100:.2f} per m2 + {per_room.item():.0f} per room")
