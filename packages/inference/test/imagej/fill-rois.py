"""Reads a zip of regions with roifile, and prints each as FillRois.java does."""
import json
import sys

import numpy as np
import roifile

path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
y, x = np.mgrid[:height, :width] + 0.5


def inside(corners):
    """Pixel centres with an odd number of the ring's vertical edges to their left."""
    crossings = np.zeros((height, width), int)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0)):
        if x0 == x1:
            crossings += (x0 < x) & (min(y0, y1) < y) & (y < max(y0, y1))
    return crossings % 2 == 1


for roi in roifile.roiread(path):
    if roi.composite:
        path = roi.multi_coordinates
        rings, i = [], 0
        while i < len(path):
            kind = int(path[i])
            if kind == 0:
                rings.append([])
            if kind < 2:
                rings[-1].append(path[i + 1 : i + 3])
            i += 3 if kind < 2 else 1
    else:
        rings = [roi.integer_coordinates + [roi.left, roi.top]]
    filled = np.zeros((height, width), bool)
    for ring in rings:
        filled ^= inside(np.asarray(ring, float))
    print(
        json.dumps(
            {
                "file": f"{roi.name}.roi",
                "name": roi.name,
                "position": int(roi.position),
                "slice": int(roi.z_position),
                "frame": int(roi.t_position),
                "filled": np.flatnonzero(filled).tolist(),
            }
        )
    )
