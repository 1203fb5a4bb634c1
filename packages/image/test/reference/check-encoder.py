"""Reads with tifffile and Pillow what our encoders wrote, and compares every value.

    node check-encoder.mjs FOLDER && python check-encoder.py FOLDER

The files hold (7x + 13y + 29c + 41p) mod 251, as their names say of which type, channels and pages; the first label of
each label file is what its name ends in.
"""
import pathlib
import sys

import numpy as np
import tifffile
from PIL import Image

for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    dtype, channels, pages, *labels = path.stem.split("-", 3)
    read = np.array(Image.open(path)) if path.suffix == ".png" else tifffile.imread(path)
    stack = read.reshape(int(pages), 207, 301, int(channels))
    p, y, x, c = np.mgrid[0 : int(pages), 0:207, 0:301, 0 : int(channels)]
    expected = (7 * x + 13 * y + 29 * c + 41 * p) % 251
    if labels:
        expected[0, 0, 0, 0] = int(labels[0].removeprefix("labels"))
    assert stack.dtype == np.dtype(dtype), (path, stack.dtype)
    assert (stack == expected).all(), path
    print("agrees:", path.name)
