"""The paper's U-Net and its recipe in PyTorch, on tiles and initial weights that bench/parity.mjs wrote.

Needs python3-torch (Debian). usage: parity.py FOLDER, with recipe.json, NAME.f32 for each weight, and for step k
k.image.f32, k.labels.i32, k.weights.f32. Prints the loss of each step as JSON.
"""

import json
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F

folder = pathlib.Path(sys.argv[1])
recipe = json.loads((folder / "recipe.json").read_text())
size, output, depth = recipe["inputSize"], recipe["outputSize"], recipe["depth"]


def read(name, shape, dtype=numpy.float32):
    return torch.from_numpy(numpy.fromfile(folder / name, dtype).reshape(shape))


# TensorFlow.js: [height, width, in, out]; transposed [height, width, out, in]. PyTorch: [out, in, …], [in, out, …].
parameters = {
    name: (
        value.permute(3, 2, 0, 1).contiguous() if value.dim() == 4 else value.clone()
    ).requires_grad_()
    for name, shape in recipe["shapes"].items()
    for value in [read(f"{name.replace('/', '.')}.f32", shape)]
}


def convolve(maps, name):
    return F.conv2d(maps, parameters[f"{name}/kernel"], parameters[f"{name}/bias"])


def twice(maps, name):
    return F.relu(convolve(F.relu(convolve(maps, f"{name}.conv0")), f"{name}.conv1"))


def crop(maps, like):
    y, x = ((maps.shape[i] - like.shape[i]) // 2 for i in (2, 3))
    return maps[:, :, y : y + like.shape[2], x : x + like.shape[3]]


def unet(maps):
    skips = []
    for level in range(depth):
        maps = twice(maps, f"enc{level}")
        skips.append(maps)
        maps = F.max_pool2d(maps, 2)
    maps = twice(maps, "bottom")
    for level in reversed(range(depth)):
        up = f"dec{level}.up"
        maps = F.conv_transpose2d(maps, parameters[f"{up}/kernel"], parameters[f"{up}/bias"], stride=2)
        maps = twice(torch.cat([crop(skips[level], maps), maps], 1), f"dec{level}")
    return convolve(maps, "head")


optimizer = torch.optim.SGD(parameters.values(), lr=recipe["rate"], momentum=recipe["momentum"])
losses = []
for step in range(recipe["steps"]):
    image = read(f"{step}.image.f32", (1, 1, size, size))
    labels = read(f"{step}.labels.i32", (1, output, output), numpy.int32).long()
    weights = read(f"{step}.weights.f32", (1, output, output))
    optimizer.zero_grad()
    loss = (F.cross_entropy(unet(image), labels, reduction="none") * weights).sum() / weights.sum()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(json.dumps({"version": torch.__version__, "losses": losses}))
