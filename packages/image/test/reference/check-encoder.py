"""Reads with tifffile what our encoder wrote, and compares every value.

    node check-encoder.mjs FOLDER && python check-encoder.py FOLDER

The files hold (7x + 13y + 29c + 41p) mod 251, as their names say of which type, channels and pages.
"""
import pathlib
import sys

import numpy as np
import tifffile

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.tif")):
    dtype, channels, pages = path.stem.split("-")
    stack = tifffile.imread(path).reshape(int(pages), 207, 301, int(channels))
    p, y, x, c = np.mgrid[0 : int(pages), 0:207, 0:301, 0 : int(channels)]
    expected = (7 * x + 13 * y + 29 * c + 41 * p) % 251
    assert stack.dtype == np.dtype(dtype), (path, stack.dtype)
    assert (stack == expected).all(), path
    print("agrees:", path.name)
