"""Writes ../fixtures/pytorch-optimizers.json: what PyTorch's optimisers and schedules do with made-up numbers.

Needs python3-torch (Debian): /usr/bin/python3 make-optimizers.py
"""

import json
import pathlib
import warnings

import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam, AdamW, lr_scheduler

warnings.filterwarnings("ignore")
torch.manual_seed(8)
STEPS = 12
shapes = [(2, 3), (3,)]
start = [torch.randn(shape) for shape in shapes]
gradients = [[torch.randn(shape) * 2 for shape in shapes] for _ in range(2 * STEPS)]


def flat(tensors):
    return [tensor.detach().flatten().tolist() for tensor in tensors]


def run(make, clip=0.0, accumulate=1):
    weights = [tensor.clone().requires_grad_() for tensor in start]
    optimizer = make(weights)
    path = []
    for step in range(STEPS):
        parts = gradients[step * accumulate : (step + 1) * accumulate]
        for i, weight in enumerate(weights):
            weight.grad = sum(part[i] for part in parts) / accumulate
        if clip:
            clip_grad_norm_(weights, clip)
        optimizer.step()
        path.append(flat(weights))
    return path


sgd = {"optimizer": "sgd", "momentum": 0.9, "weightDecay": 0, "clipNorm": 0, "learningRate": 0.01, "accumulate": 1}
cases = [
    (sgd | {"momentum": 0.99}, lambda w: SGD(w, 0.01, momentum=0.99)),
    (sgd | {"momentum": 0}, lambda w: SGD(w, 0.01)),
    (sgd | {"weightDecay": 0.1}, lambda w: SGD(w, 0.01, momentum=0.9, weight_decay=0.1)),
    (sgd | {"clipNorm": 3}, lambda w: SGD(w, 0.01, momentum=0.9)),
    (sgd | {"accumulate": 2}, lambda w: SGD(w, 0.01, momentum=0.9)),
    (sgd | {"optimizer": "adam"}, lambda w: Adam(w, 0.01)),
    (sgd | {"optimizer": "adam", "weightDecay": 0.1}, lambda w: Adam(w, 0.01, weight_decay=0.1)),
    (sgd | {"optimizer": "adamw", "weightDecay": 0.1}, lambda w: AdamW(w, 0.01, weight_decay=0.1)),
    (sgd | {"optimizer": "adamw", "weightDecay": 0.01, "clipNorm": 3}, lambda w: AdamW(w, 0.01, weight_decay=0.01)),
]


def rates(make, steps):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], 0.1)
    schedule = make(optimizer)
    out = []
    for step in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return out


def after_warmup(count, make):
    def both(optimizer):
        rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / count, total_iters=count - 1)
        return lr_scheduler.SequentialLR(optimizer, [rise, make(optimizer)], milestones=[count])

    return both


plain = {"steps": 40, "learningRate": 0.1, "schedule": "constant", "decayFactor": 0.1}
schedules = [
    (plain, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    (plain | {"warmup": 5}, after_warmup(5, lambda o: lr_scheduler.LambdaLR(o, lambda _: 1.0))),
    (
        plain | {"schedule": "step", "decayEvery": 7, "decayFactor": 0.5},
        lambda o: lr_scheduler.StepLR(o, 7, gamma=0.5),
    ),
    (
        plain | {"schedule": "step", "warmup": 10},
        after_warmup(10, lambda o: lr_scheduler.StepLR(o, 10)),
    ),
    (plain | {"schedule": "cosine"}, lambda o: lr_scheduler.CosineAnnealingLR(o, 40)),
    (
        plain | {"schedule": "cosine", "warmup": 8},
        after_warmup(8, lambda o: lr_scheduler.CosineAnnealingLR(o, 32)),
    ),
    (plain | {"schedule": "one-cycle"}, lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=40)),
    (
        plain | {"schedule": "one-cycle", "warmup": 20},
        lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=40, pct_start=0.5),
    ),
]

out = {
    "torch": torch.__version__,
    "start": flat(start),
    "shapes": shapes,
    "gradients": [flat(step) for step in gradients],
    "optimizers": [
        {"options": options, "weights": run(make, options["clipNorm"], options["accumulate"])}
        for options, make in cases
    ],
    "schedules": [{"options": options, "rates": rates(make, 40)} for options, make in schedules],
}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "pytorch-optimizers.json"
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
