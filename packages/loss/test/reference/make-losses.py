"""Makes ../fixtures/pytorch-losses.json: losses and their gradients by PyTorch's automatic differentiation, in float64.

    python make-losses.py        # needs torch

Cross-entropy is torch.nn.functional.cross_entropy; the region losses and the focal loss are written out here from
their papers' formulas. Logits are float32 values, of [batch, height, width, classes].
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

BATCH, HEIGHT, WIDTH, CLASSES = 2, 3, 4, 3
IGNORE = -1


def problem(kind):
    """Random scores with ignored pixels; class 2 doesn't occur in the second image of "usual"."""
    random = np.random.RandomState(5)
    shape = (BATCH, HEIGHT, WIDTH)
    logits = random.uniform(-4, 4, (*shape, CLASSES))
    labels = random.randint(-1, CLASSES, shape)
    weights = random.uniform(0, 5, shape)
    labels[1][labels[1] == 2] = 1
    if kind == "extreme":
        logits = random.choice([-1e4, 0, 1e4], (*shape, CLASSES))
    if kind == "absent":
        labels[labels == 2] = 0
    return {
        "logits": torch.tensor(logits.astype(np.float32), dtype=torch.float64),
        "labels": torch.tensor(labels),
        "weights": torch.tensor(weights.astype(np.float32), dtype=torch.float64),
    }


def pixel_entropy(logits, labels):
    """−log p of the true class; 0 where ignored."""
    return F.cross_entropy(logits.permute(0, 3, 1, 2), labels, ignore_index=IGNORE, reduction="none")


def cross_entropy(logits, labels, weights, reduction="mean"):
    energy = (weights * pixel_entropy(logits, labels)).sum()
    return energy / weights[labels != IGNORE].sum() if reduction == "mean" else energy


def focal(logits, labels, weights, gamma=2, reduction="mean"):
    entropy = pixel_entropy(logits, labels)
    # Where p rounds to 1 the derivative of (1 − p)^γ may be infinite, times 0.
    miss = -torch.expm1(-entropy) if gamma >= 1 else (-torch.expm1(-entropy)).clamp(min=1e-300)
    energy = (weights * miss**gamma * entropy).sum()
    return energy / weights[labels != IGNORE].sum() if reduction == "mean" else energy


def tversky(logits, labels, weights, alpha=0.3, beta=0.7, over="batch"):
    """1 − mean of TP / (TP + α·FP + β·FN) over the classes that occur (in the batch, or in each image)."""
    counted = torch.where(labels == IGNORE, torch.zeros_like(weights), weights)[..., None]
    p = torch.softmax(logits, -1)
    g = F.one_hot(labels.clamp(min=0), CLASSES)
    pixels = (0, 1, 2) if over == "batch" else (1, 2)
    tp = (counted * p * g).sum(pixels)
    fp = (counted * p * (1 - g)).sum(pixels)
    fn = (counted * (1 - p) * g).sum(pixels)
    occurs = (counted * g).sum(pixels) > 0
    return 1 - (tp / (tp + alpha * fp + beta * fn))[occurs].mean()


def dice(logits, labels, weights, over="batch"):
    """1 − mean of 2·Σ w·p·g / (Σ w·p + Σ w·g)."""
    counted = torch.where(labels == IGNORE, torch.zeros_like(weights), weights)[..., None]
    p = torch.softmax(logits, -1)
    g = F.one_hot(labels.clamp(min=0), CLASSES)
    pixels = (0, 1, 2) if over == "batch" else (1, 2)
    both = (counted * p * g).sum(pixels)
    truth = (counted * g).sum(pixels)
    return 1 - (2 * both / ((counted * p).sum(pixels) + truth))[truth > 0].mean()


CASES = [
    ("weightedCrossEntropy", cross_entropy, {}),
    ("weightedCrossEntropy", cross_entropy, {"reduction": "sum"}),
    ("focalLoss", focal, {}),
    ("focalLoss", focal, {"gamma": 1.5, "reduction": "sum"}),
    ("focalLoss", focal, {"gamma": 0.5}),
    ("tverskyLoss", tversky, {}),
    ("tverskyLoss", tversky, {"alpha": 1, "beta": 0.5, "over": "image"}),
    ("diceLoss", dice, {}),
    ("diceLoss", dice, {"over": "image"}),
]


def result(loss, given, options):
    logits = given["logits"].clone().requires_grad_()
    value = loss(logits, given["labels"], given["weights"], **options)
    value.backward()
    return {"value": value.item(), "gradient": logits.grad.flatten().tolist()}


problems = {kind: problem(kind) for kind in ("usual", "extreme", "absent")}

# What PyTorch calls weight is one for each class; ours, of each pixel, holds it too.
usual = problems["usual"]
class_weights = torch.tensor([0.5, 2.0, 3.25], dtype=torch.float64)
logits = usual["logits"].clone().requires_grad_()
by_class = F.cross_entropy(
    logits.permute(0, 3, 1, 2), usual["labels"], class_weights, ignore_index=IGNORE, reduction="mean"
)
by_class.backward()

fixture = {
    "source": f"PyTorch {torch.__version__}, float64; made by ../reference/make-losses.py",
    "shape": [BATCH, HEIGHT, WIDTH, CLASSES],
    "problems": {
        kind: {
            **{name: tensor.flatten().tolist() for name, tensor in given.items()},
            "results": [
                {"loss": name, "options": options, **result(loss, given, options)} for name, loss, options in CASES
            ],
        }
        for kind, given in problems.items()
    },
    "crossEntropyByClass": {
        "classWeights": class_weights.tolist(),
        "value": by_class.item(),
        "gradient": logits.grad.flatten().tolist(),
    },
}
path = pathlib.Path(__file__).parent.parent / "fixtures/pytorch-losses.json"
path.write_text(json.dumps(fixture, indent=1) + "\n")
for kind, given in fixture["problems"].items():
    for r in given["results"]:
        print(kind, r["loss"], r["options"], round(r["value"], 6), max(map(abs, r["gradient"])))
assert all(np.isfinite(r["value"]) and np.isfinite(r["gradient"]).all() for p in fixture["problems"].values() for r in p["results"])
