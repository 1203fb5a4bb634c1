"""Reads zips of regions with roifile, and prints each region as FillRois.java does."""
import json
import sys

import numpy as np
import roifile


def inside(corners, width, height):
    """Pixel centres with an odd number of the ring's vertical edges to their left."""
    y, x = np.mgrid[:height, :width] + 0.5
    crossings = np.zeros((height, width), int)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0)):
        if x0 == x1:
            crossings += (x0 < x) & (min(y0, y1) < y) & (y < max(y0, y1))
    return crossings % 2 == 1


def rings_of(roi):
    if not roi.composite:
        return [roi.integer_coordinates + [roi.left, roi.top]]
    path, rings, i = roi.multi_coordinates, [], 0
    while i < len(path):
        kind = int(path[i])
        if kind == 0:
            rings.append([])
        if kind < 2:
            rings[-1].append(path[i + 1 : i + 3])
        i += 3 if kind < 2 else 1
    return rings


given = sys.argv[1:]
for zipped, width, height in zip(given[::3], map(int, given[1::3]), map(int, given[2::3])):
    for roi in roifile.roiread(zipped):
        filled = np.zeros((height, width), bool)
        for ring in rings_of(roi):
            filled ^= inside(np.asarray(ring, float), width, height)
        print(
            json.dumps(
                {
                    "zip": zipped,
                    "file": f"{roi.name}.roi",
                    "name": roi.name,
                    "position": int(roi.position),
                    "slice": int(roi.z_position),
                    "frame": int(roi.t_position),
                    "filled": np.flatnonzero(filled).tolist(),
                }
            )
        )
