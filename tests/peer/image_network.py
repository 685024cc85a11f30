#!/usr/bin/env python3
"""The network for images once more in PyTorch, to time it beside ours in the same minutes.

    python3 -m venv .venv && .venv/bin/pip install torch numpy && .venv/bin/python tests/peer/image_network.py
    cargo bench --bench images

It has the same layers, sizes and number of parameters (`src/model/sequence`), random weights, and a squared error in place
of the loss, which costs next to nothing here: what is timed is the network. Prints one JSON object: images per second of a
training step and of a pass over the images, and the seconds of 64 images in 64 cubic steps from masks, whose answers are
mixtures of five discretised logistics; ours are those of

    dfm-explorer sample images --denoiser network:cifar10 --n 64 --steps 64 --out wall.png --json

On a GPU it is run by `gpu.sh`, which stands beside it.
"""
import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

p = argparse.ArgumentParser()
p.add_argument("--net", choices=["small", "medium", "large"], default="small")
p.add_argument("--side", type=int, default=32)
p.add_argument("--classes", type=int, default=10)
p.add_argument("--batch", type=int, default=32)
p.add_argument("--images", type=int, default=64, help="sampled, and passed through at once")
p.add_argument("--steps", type=int, default=64)
p.add_argument("--device", default="cpu")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--seconds", type=float, default=15)
a = p.parse_args()
torch.set_num_threads(a.threads)
torch.set_default_device(a.device)
FEATURES, OUTPUTS, CONDITION = 75, 45, 64
# Widths and blocks of the stages, how much wider a block is inside, and in which stages attention follows each block.
WIDTHS, BLOCKS, EXPANSION, ATTENDS = {
    "small": ((48, 96, 192), (2, 2, 3), 2, (False, False, False)),
    "medium": ((96, 192, 384), (2, 3, 4), 3, (False, False, True)),
    "large": ((192, 384, 768), (2, 3, 5), 2, (False, True, True)),
}[a.net]


def now():
    """The time, once the device has done what it was told."""
    if torch.device(a.device).type == "cuda":
        torch.cuda.synchronize()
    return time.time()


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = max(h for h in range(1, c // 32 + 1) if c % h == 0)
        self.qkv, self.out = nn.Linear(c, 3 * c), nn.Linear(c, c)

    def forward(self, x):
        b, c, h, w = x.shape
        y = F.layer_norm(x.permute(0, 2, 3, 1).reshape(b, h * w, c), (c,))
        parts = self.qkv(y).view(b, h * w, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(*parts).transpose(1, 2).reshape(b, h, w, c)
        return x + self.out(y).permute(0, 3, 1, 2)


class Block(nn.Module):
    def __init__(self, c, attends):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 5, padding=2, groups=c)
        self.condition = nn.Linear(CONDITION, c, bias=False)
        self.first, self.second = nn.Linear(c, EXPANSION * c), nn.Linear(EXPANSION * c, c)
        self.attention = Attention(c) if attends else nn.Identity()

    def forward(self, x, told):
        y = self.conv(x) + self.condition(told)[:, :, None, None]
        y = F.layer_norm(y.permute(0, 2, 3, 1), (y.shape[1],))
        return self.attention(x + self.second(F.silu(self.first(y))).permute(0, 3, 1, 2))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        c, n = WIDTHS, BLOCKS
        stage = lambda s: nn.ModuleList(Block(c[s], ATTENDS[s]) for _ in range(n[s]))
        self.table = nn.Embedding(a.classes + 1, CONDITION)
        self.stem, self.head = nn.Linear(FEATURES, c[0]), nn.Linear(c[0], OUTPUTS)
        self.down, self.up = nn.ModuleList(map(stage, (0, 1))), nn.ModuleList(map(stage, (0, 1)))
        self.middle = stage(2)
        self.smaller = nn.ModuleList(nn.Conv2d(c[s], c[s + 1], 2, stride=2) for s in (0, 1))
        self.larger = nn.ModuleList(nn.ConvTranspose2d(c[s + 1], c[s], 2, stride=2) for s in (0, 1))

    def forward(self, rows, label):
        told = F.silu(self.table(label))
        x, kept = self.stem(rows).permute(0, 3, 1, 2), []
        for blocks, smaller in zip(self.down, self.smaller):
            for block in blocks:
                x = block(x, told)
            kept.append(x)
            x = smaller(x)
        for block in self.middle:
            x = block(x, told)
        for s in (1, 0):
            x = self.larger[s](x) + kept[s]
            for block in self.up[s]:
                x = block(x, told)
        x = x.permute(0, 2, 3, 1)
        return self.head(F.layer_norm(x, (x.shape[-1],)))


def rate(work, images):
    work()
    start, rounds = now(), 0
    while now() - start < a.seconds:
        work()
        rounds += 1
    return images * rounds / (now() - start)


torch.manual_seed(0)
net = Net().to(memory_format=torch.channels_last)
optimiser = torch.optim.AdamW(net.parameters(), 1e-3)


def step():
    rows, label = torch.randn(a.batch, a.side, a.side, FEATURES), torch.randint(0, a.classes, (a.batch,))
    optimiser.zero_grad(set_to_none=True)
    net(rows, label).square().mean().backward()
    optimiser.step()


def ask():
    with torch.inference_mode():
        net(torch.randn(a.images, a.side, a.side, FEATURES), torch.randint(0, a.classes, (a.images,)))


def sample():
    images, steps = a.images, a.steps
    state = torch.full((images, a.side, a.side, 3), 256)
    label = torch.randint(0, a.classes, (images,))
    with torch.inference_mode():
        for step in range(steps):
            kappa, later = (step / steps) ** 3, ((step + 1) / steps) ** 3
            out = net(torch.randn(images, a.side, a.side, FEATURES), label).view(images, a.side, a.side, 3, 5, 3)
            weight, mean, scale = out.unbind(-1)
            gumbel = -torch.log(-torch.log(torch.rand_like(weight)))
            chosen = (weight + gumbel).argmax(-1, keepdim=True)
            mean, scale = (x.gather(-1, chosen).squeeze(-1) for x in (mean, scale))
            u = torch.rand_like(mean).clamp(1e-6, 1 - 1e-6)
            value = (127.5 * (mean + scale.exp() * (u / (1 - u)).log()) + 127.5).round().clamp(0, 255)
            reveal = (state == 256) & (torch.rand(state.shape) < (later - kappa) / (1 - kappa))
            state = torch.where(reveal, value.long(), state)
    return state


def seconds(work):
    times = []
    for _ in range(3):
        start = now()
        work()
        times.append(now() - start)
    return min(times)


print(json.dumps({
    "torch": torch.__version__,
    "device": torch.cuda.get_device_name() if torch.device(a.device).type == "cuda" else "CPU",
    "threads": a.threads,
    "net": a.net,
    "parameters": sum(x.numel() for x in net.parameters()),
    "train_images_per_second": round(rate(step, a.batch), 1),
    "pass_images_per_second": round(rate(ask, a.images), 1),
    "sample_seconds": round(seconds(sample), 3),
}))
