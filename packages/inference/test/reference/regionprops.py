"""Makes regionprops.json: labels, an image, and what scikit-image tells of the objects.

pip install scikit-image && python regionprops.py > regionprops.json
"""

import json

import numpy as np
import skimage
from scipy import ndimage
from skimage.measure import label, regionprops_table

random = np.random.default_rng(1)
noise = ndimage.gaussian_filter(random.standard_normal((48, 56)), 1.6)
labels = label(noise > 0.02, connectivity=1).astype(int)
# Beside each other, with a hole, single pixels, lines along all directions, convex ones, a ring, and two parts of one object.
extra = np.zeros((34, 56), int)
extra[1:7, 1:9] = 900
extra[1:7, 9:13] = 901
extra[3:5, 3:6] = 0
extra[1, 15] = 902
extra[3, 15:25] = 903
extra[5:15, 15] = 904
for i in range(9):
    extra[6 + i, 17 + i] = 905
    extra[14 - i, 30 + i] = 906
y, x = np.mgrid[:34, :56]
extra[(y - 24) ** 2 + (x - 8) ** 2 <= 49] = 907
extra[((y - 24) / 4) ** 2 + ((x - 30 - (y - 24)) / 8) ** 2 <= 1] = 908
extra[((y - 16) ** 2 + (x - 47) ** 2 <= 60) & ((y - 16) ** 2 + (x - 47) ** 2 >= 30)] = 909
extra[30:32, 45:47] = 910
extra[32:34, 52:56] = 910
labels = np.vstack([labels, extra])
image = random.integers(0, 4096, (*labels.shape, 2)).astype(np.uint16)

names = ["area", "perimeter", "equivalent_diameter_area", "axis_major_length", "axis_minor_length", "eccentricity"]
names += ["orientation", "solidity", "centroid", "bbox", "label", "intensity_mean", "intensity_min", "intensity_max"]
pixels = regionprops_table(labels, image, properties=names)
spacing = (0.25, 0.25)
scaled = ["area", "perimeter", "equivalent_diameter_area", "axis_major_length", "axis_minor_length", "centroid"]
micrometres = regionprops_table(labels, spacing=spacing, properties=scaled)
oblong = (0.25, 0.5)
names = ["area", "equivalent_diameter_area", "axis_major_length", "axis_minor_length", "centroid"]
oblong_micrometres = regionprops_table(labels, spacing=oblong, properties=names)


def columns(table):
    return {name: [float(f"{value:.12g}") for value in column] for name, column in table.items()}


print(
    json.dumps(
        {
            "by": f"scikit-image {skimage.__version__}",
            "width": labels.shape[1],
            "height": labels.shape[0],
            "labels": labels.ravel().tolist(),
            "image": image.ravel().tolist(),
            "pixels": columns(pixels),
            "micrometres": columns(micrometres),
            "oblong": columns(oblong_micrometres),
        },
        separators=(",", ":"),
    )
)
