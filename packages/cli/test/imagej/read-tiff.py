"""Opens each file with tifffile and prints what it sees as a line of JSON, as ReadTiff.java does."""
import json
import sys

import numpy as np
import tifffile

for path in sys.argv[1:]:
    with tifffile.TiffFile(path) as tiff:
        [series] = tiff.series
        said = tiff.imagej_metadata or {}
        sizes = dict(zip(series.axes, series.shape))
        # Pages of a channel each, or colours within a page: channels first.
        pixels = np.asarray(series.asarray())
        if series.axes.endswith("S"):
            pixels = np.moveaxis(pixels, -1, -3)
        unit = said.get("unit")
        x, y = (1 / value for value in tiff.pages[0].resolution) if unit else (1, 1)
        print(
            json.dumps(
                {
                    "width": sizes["X"],
                    "height": sizes["Y"],
                    "channels": sizes.get("C", 1) * sizes.get("S", 1),
                    "slices": sizes.get("Z", 1),
                    "frames": sizes.get("T", 1),
                    "x": x,
                    "y": y,
                    "z": said.get("spacing", 1),
                    "unit": unit or "pixel",
                    "values": pixels.ravel().tolist(),
                }
            )
        )
