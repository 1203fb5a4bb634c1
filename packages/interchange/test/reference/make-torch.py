"""Writes test/fixtures/torch with PyTorch (1.13): state dicts and the logits that their networks give.

    python3 make-torch.py

The networks have the parameters of milesial/Pytorch-UNet under its names, and one other names in a U-Net's order.
"""
import json
import os
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F

folder = os.path.join(os.path.dirname(__file__), "../fixtures/torch")


class Double(nn.Module):
    def __init__(self, inputs, outputs, middle=None):
        super().__init__()
        middle = middle or outputs
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, middle, 3, padding=1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
        )

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), Double(inputs, outputs))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, inputs, outputs, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = Double(inputs, outputs, inputs // 2)
        else:
            self.up = nn.ConvTranspose2d(inputs, inputs // 2, 2, 2)
            self.conv = Double(inputs, outputs)

    def forward(self, x, skip):
        x = self.up(x)
        # for sides that are odd, as the original has it
        dy, dx = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([skip, x], 1))


class Out(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x):
        return self.conv(x)


class Network(nn.Module):
    """Two poolings; the original has four."""

    def __init__(self, channels, classes, bilinear, f=2):
        super().__init__()
        factor = 2 if bilinear else 1
        self.inc = Double(channels, f)
        self.down1 = Down(f, 2 * f)
        self.down2 = Down(2 * f, 4 * f // factor)
        self.up1 = Up(4 * f, 2 * f // factor, bilinear)
        self.up2 = Up(2 * f, f, bilinear)
        self.outc = Out(f, classes)

    def forward(self, x):
        a = self.inc(x)
        b = self.down1(a)
        return self.outc(self.up2(self.up1(self.down2(b), b), a))


class Unpadded(nn.Module):
    """One pooling, no padding, names of its own."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 2, 3)
        self.second = nn.Conv2d(2, 2, 3)
        self.deep = nn.Conv2d(2, 4, 3)
        self.deeper = nn.Conv2d(4, 4, 3)
        self.expand = nn.ConvTranspose2d(4, 2, 2, 2)
        self.third = nn.Conv2d(4, 2, 3)
        self.fourth = nn.Conv2d(2, 2, 3)
        self.last = nn.Conv2d(2, 3, 1)

    def forward(self, x):
        skip = F.relu(self.second(F.relu(self.first(x))))
        x = F.relu(self.deeper(F.relu(self.deep(F.max_pool2d(skip, 2)))))
        x = self.expand(x)
        dy, dx = (skip.size(2) - x.size(2)) // 2, (skip.size(3) - x.size(3)) // 2
        skip = skip[:, :, dy : dy + x.size(2), dx : dx + x.size(3)]
        x = torch.cat([skip, x], 1)
        return self.last(F.relu(self.fourth(F.relu(self.third(x)))))


def image(*shape):
    index = torch.arange(torch.Size(shape).numel())
    return (((37 * index) % 101).float() / 101 - 0.5).reshape(shape)


def write(name, network, shape, wrap=lambda state: state, export=True, **options):
    torch.manual_seed(3)
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0.1, 0.4)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    network.eval()
    with torch.no_grad():
        logits = network(image(*shape))
    if export:
        for kind, axes in (("fixed", None), ("free", {"x": {0: "n", 2: "h", 3: "w"}, "y": {0: "n", 2: "h", 3: "w"}})):
            torch.onnx.export(network, image(*shape), f"{folder}/{name}-{kind}.onnx", opset_version=13,
                              input_names=["x"], output_names=["y"], dynamic_axes=axes)
    torch.save(wrap(network.state_dict()), f"{folder}/{name}.pth", **options)
    with open(f"{folder}/{name}.json", "w") as file:
        values = [float(f"{value:.8g}") for value in logits.ravel().tolist()]
        json.dump({"input": shape, "shape": list(logits.shape), "logits": values}, file)


os.makedirs(folder, exist_ok=True)
transposed = Network(1, 2, False)
write("transposed", transposed, [1, 1, 16, 20], lambda state: OrderedDict({**state, "mask_values": [0, 1]}))
write("bilinear", Network(3, 2, True), [1, 3, 12, 16], lambda state: {
    "epoch": 3, "model_state_dict": OrderedDict((f"module.{name}", value) for name, value in state.items())})
unpadded = Unpadded()
write("unpadded", unpadded, [1, 1, 28, 24])
half = {name: value.half().contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value.bfloat16()
        for name, value in unpadded.state_dict().items()}
torch.save({name: value.clone() for name, value in half.items()}, f"{folder}/half.pth")
torch.save(transposed.state_dict(), f"{folder}/old.pth", _use_new_zipfile_serialization=False)
with open(f"{folder}/whole.pth", "wb") as file:
    torch.save(transposed, file)
