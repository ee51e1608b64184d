"""The program of char-rnn.md in PyTorch: the same seed gives the same losses, and the same invented verse."""
from pathlib import Path

import torch
from torch import nn, optim

text = (Path(__file__).parent / "../../notebooks/data/jabberwocky.txt").read_text()
alphabet = sorted(set(text))
codes = torch.tensor([alphabet.index(letter) for letter in text])
windows = codes.unfold(0, 33, 1)


class CharRNN(nn.Module):
    def __init__(self, letters, width=64):
        super().__init__()
        self.embedding = nn.Embedding(letters, 24)
        self.rnn = nn.GRU(24, width, batch_first=True)
        self.head = nn.Linear(width, letters)

    def forward(self, letters, state=None):
        output, state = self.rnn(self.embedding(letters), state)
        return self.head(output), state


torch.manual_seed(0)
model = CharRNN(len(alphabet))
optimizer = optim.Adam(model.parameters(), lr=1e-2)
losses = []
for step in range(1, 121):
    batch = windows[torch.randint(0, len(windows), (16,))]
    logits, _ = model(batch[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    losses.append(loss.item())
    if step % 30 == 0:
        print(f"step {step}: loss {losses[-1]:.4f}")


def write(beginning, length):
    written = [alphabet.index(letter) for letter in beginning]
    with torch.no_grad():
        logits, state = model(torch.tensor([written]))
        for _ in range(length):
            chances = (logits[0, -1] / 0.7).softmax(0)
            letter = torch.multinomial(chances, 1)
            written.append(letter.item())
            logits, state = model(letter.unsqueeze(0), state)
    return "".join(alphabet[code] for code in written)


print(write("'Twas ", 120))
