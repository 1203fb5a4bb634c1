"""The paper's network in PyTorch: forward pass, and training step with cross-entropy and momentum. Packages: torch numpy"""

from functools import cache

from serve import missing, serve

try:
    import torch
    from torch import nn
except ImportError as error:
    missing(error)


def twice(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3), nn.ReLU(inplace=True), nn.Conv2d(outputs, outputs, 3), nn.ReLU(inplace=True)
    )


class UNet(nn.Module):
    def __init__(self, filters, depth=4, classes=2):
        super().__init__()
        widths = [filters * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(twice(a, b) for a, b in zip([1, *widths], widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in reversed(widths[:-1]))
        self.join = nn.ModuleList(twice(2 * w, w) for w in reversed(widths[:-1]))
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Conv2d(filters, classes, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else self.pool(x))
            skips.append(x)
        skips.pop()
        for up, join in zip(self.up, self.join):
            x, skip = up(x), skips.pop()
            edge = (skip.shape[2] - x.shape[2]) // 2
            x = join(torch.cat([skip[:, :, edge : edge + x.shape[2], edge : edge + x.shape[3]], x], 1))
        return self.head(x)


@cache
def network(filters, size):
    torch.manual_seed(2015)
    model = UNet(filters)
    x = torch.sin(torch.arange(size * size, dtype=torch.float32)).reshape(1, 1, size, size)
    with torch.no_grad():
        side = model(x).shape[2]
    labels = torch.arange(side * side).reshape(1, side, side) % 2
    return model, x, labels, torch.optim.SGD(model.parameters(), 1e-5, 0.99)


def forward(filters, size, threads):
    torch.set_num_threads(threads)
    model, x, _, _ = network(filters, size)

    def run():
        with torch.inference_mode():
            model(x).numpy()

    return run


def step(filters, size, threads):
    torch.set_num_threads(threads)
    model, x, labels, optimizer = network(filters, size)

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return run


serve({"forward": forward, "step": step})
