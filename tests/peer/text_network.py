#!/usr/bin/env python3
"""The network for texts once more in PyTorch, timed beside ours in the same minutes; prints one table.

    python3 -m venv .venv && .venv/bin/pip install torch && .venv/bin/python tests/peer/text_network.py --ours target/release/dfm-explorer

It has the same layers, sizes and number of parameters (`src/model/sequence/text`), the same batches of 16 windows of 128
letters of 34 symbols, m ~ U{1..128} of them masked, AdamW with the gradient clipped and the average of the weights kept; and
it samples 16 texts in 128 linear steps from masks, passing over a text in the steps in which one of its letters is drawn. Letters
are random: what is timed is the network. Both sides take turns, `--rounds` times, and the best of each counts. On a machine that
others use, too, `--cpu` counts seconds of the processor in place of those of the clock, best with `--threads 1`.
"""
import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

p = argparse.ArgumentParser()
p.add_argument("--ours", type=Path, help="the program to time beside it; without it only PyTorch is timed")
p.add_argument("--size", choices=["live", "shipped"], default="live")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--seconds", type=float, default=20)
p.add_argument("--rounds", type=int, default=2)
p.add_argument("--cpu", action="store_true", help="seconds of the processor")
p.add_argument("--json", action="store_true")
a = p.parse_args()
torch.set_num_threads(a.threads)
L, K, BATCH, TEXTS, STEPS = 128, 34, 16, 16, 128
WIDTH, BLOCKS = {"live": (128, 6), "shipped": (160, 8)}[a.size]


def now():
    return time.process_time() if a.cpu else time.time()


class Block(nn.Module):
    def __init__(self, dilation, causal):
        super().__init__()
        self.left = 8 * dilation if causal else 0
        padding = 0 if causal else 4 * dilation
        self.conv = nn.Conv1d(WIDTH, WIDTH, 9, padding=padding, dilation=dilation, groups=WIDTH)
        self.first, self.second = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        y = self.conv(F.pad(x.transpose(1, 2), (self.left, 0))).transpose(1, 2)
        return x + self.second(F.silu(self.first(F.layer_norm(y, (WIDTH,)))))


class Net(nn.Module):
    def __init__(self, causal=False):
        super().__init__()
        self.table = nn.Embedding(K + 1, WIDTH)
        self.blocks = nn.Sequential(*(Block(1 << n % 4, causal) for n in range(BLOCKS)))
        self.head = nn.Linear(WIDTH, K)

    def forward(self, x):
        return self.head(F.layer_norm(self.blocks(self.table(x)), (WIDTH,)))


def training(seconds):
    """Letters a second of training."""
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01, fused=True)
    average = [w.detach().clone() for w in net.parameters()]

    def step():
        data = torch.randint(K, (BATCH, L))
        masked = torch.rand(BATCH, L).argsort(1) < torch.randint(1, L + 1, (BATCH, 1))
        logits = net(torch.where(masked, K, data))
        each = F.cross_entropy(logits.reshape(-1, K), data.reshape(-1), reduction="none").view(BATCH, L)
        loss = ((each * masked).sum(1) / masked.sum(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0, foreach=True)
        optimizer.step()
        torch._foreach_lerp_(average, list(net.parameters()), 0.001)

    step()
    start, steps = now(), 0
    while now() - start < seconds:
        step()
        steps += 1
    return BATCH * L * steps / (now() - start)


@torch.no_grad()
def sampling():
    """Letters a second of texts out of masks."""
    net = Net()
    start = now()
    x = torch.full((TEXTS, L), K)
    for n in range(STEPS):
        left = 1 - n / STEPS
        drawn = torch.rand(TEXTS, L) < (1 / STEPS) / left
        if n == STEPS - 1:
            drawn[:] = True
        rows = ((x == K) & drawn).any(1)
        if rows.any():
            p = F.softmax(net(x[rows]), 2)
            letters = torch.multinomial(p.view(-1, K), 1).view(-1, L)
            x[rows] = torch.where((x[rows] == K) & drawn[rows], letters, x[rows])
    return TEXTS * L / (now() - start)


@torch.no_grad()
def writing():
    """Letters a second of the twin, from left to right, keeping what its convolutions need."""
    net = Net(causal=True)
    start = now()
    token = torch.full((TEXTS,), K)
    before = [torch.zeros(TEXTS, WIDTH, 8 * (1 << n % 4) + 1) for n in range(BLOCKS)]
    weights = [block.conv.weight[:, 0] for block in net.blocks]
    for _ in range(L):
        x = net.table(token)
        for n, block in enumerate(net.blocks):
            before[n] = torch.cat((before[n][:, :, 1:], x[:, :, None]), 2)
            y = (before[n][:, :, :: 1 << n % 4] * weights[n]).sum(2) + block.conv.bias
            x = x + block.second(F.silu(block.first(F.layer_norm(y, (WIDTH,)))))
        token = torch.multinomial(F.softmax(net.head(F.layer_norm(x, (WIDTH,))), 1), 1)[:, 0]
    return TEXTS * L / (now() - start)


def ours(folder):
    """The same three of this program: what more steps take than few."""
    def run(*args):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
        subprocess.run([a.ours, *args, "--device", "cpu", "--quiet", "--json"], capture_output=True, check=True,
                       env={**os.environ, "RAYON_NUM_THREADS": str(a.threads)})
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = sum(getattr(after, kind) - getattr(before, kind) for kind in ("ru_utime", "ru_stime"))
        return cpu if a.cpu else time.time() - start

    def train(name, steps, *more):
        return run("train", "text", "--language", "text", "--size", a.size, "--steps", str(steps),
                   "--out", folder / name, "--overwrite", *more)

    def sample(texts, *who):
        return run("sample", "text", "-n", str(texts), "--steps", str(STEPS), "--denoiser", *who)

    few, many = 2, 2 + max(10, int(a.seconds * 4))
    trained = BATCH * L * (many - few) / (train("net.safetensors", many) - train("few.safetensors", few))
    train("twin.safetensors", 2, "--ar")
    rates = [trained]
    for who in (f"network:{folder / 'net.safetensors'}", f"ar:{folder / 'twin.safetensors'}"):
        rates.append((TEXTS - 1) * L / (sample(TEXTS, who) - sample(1, who)))
    return rates


if __name__ == "__main__":
    best = {"ours": [0.0] * 3, "PyTorch": [0.0] * 3}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(a.rounds):
            found = {"PyTorch": [training(a.seconds), sampling(), writing()]}
            if a.ours:
                found["ours"] = ours(Path(folder))
            for side, rates in found.items():
                best[side] = [max(pair) for pair in zip(best[side], rates)]
    names = ["training", "sampling, 128 steps from masks", "writing from left to right"]
    parameters = sum(w.numel() for w in Net().parameters())
    if a.json:
        print(json.dumps({"parameters": parameters, "letters_per_second": best}))
    else:
        clock = "second of the processor" if a.cpu else "second"
        print(f"{a.size}: {parameters} parameters, {a.threads} threads, letters a {clock}")
        print(f"{'':34}{'ours':>10}{'PyTorch':>10}{'time, ours / PyTorch':>23}")
        for n, name in enumerate(names):
            mine, other = best["ours"][n], best["PyTorch"][n]
            share = f"{other / mine:.2f}" if mine else "-"
            print(f"{name:34}{mine:>10.0f}{other:>10.0f}{share:>23}")
