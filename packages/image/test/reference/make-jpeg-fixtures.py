"""Makes the JPEG files, and the TIFF files with JPEG inside, of ../fixtures/jpeg, and values.json with what Pillow and
tifffile decode of them: width, height, channels, values row by row.

    pip install numpy pillow tifffile imagecodecs && python make-jpeg-fixtures.py
"""
import json
import pathlib

import numpy as np
import tifffile
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "jpeg"
OUT.mkdir(exist_ok=True)
HEIGHT, WIDTH = 18, 27
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
grey = (9 * x).astype(np.uint8)
colour = np.stack([9 * x, 14 * y, 255 - 9 * x], axis=-1).astype(np.uint8)
values = {}


def record(name, pixels):
    height, width, *channels = pixels.shape
    values[name] = {"width": width, "height": height, "channels": (channels or [1])[0], "data": pixels.ravel().tolist()}


def jpeg(name, pixels, **options):
    Image.fromarray(pixels).save(OUT / name, quality=95, **options)
    record(name, np.asarray(ImageOps.exif_transpose(Image.open(OUT / name))))


jpeg("grey.jpg", grey)
jpeg("grey-progressive.jpg", grey, progressive=True)
jpeg("colour.jpg", colour, subsampling=0)
jpeg("colour-420.jpg", colour, subsampling=2)
jpeg("colour-progressive.jpg", colour, subsampling=0, progressive=True)
jpeg("colour-rgb.jpg", colour, keep_rgb=True)
for orientation in range(2, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg(f"orientation-{orientation}.jpg", colour, subsampling=0, exif=exif)
for name, pixels, options in (
    ("grey-strips.tif", grey, {"photometric": "minisblack", "rowsperstrip": 8}),
    ("colour-tiles.tif", colour, {"photometric": "rgb", "tile": (16, 16), "subsampling": (1, 1), "compressionargs": {"level": 95}}),
    ("colour-rgb.tif", colour, {"photometric": "rgb", "compressionargs": {"level": 95, "outcolorspace": "rgb"}}),
):
    tifffile.imwrite(OUT / name, pixels, compression="jpeg", metadata=None, **options)
    record(name, tifffile.imread(OUT / name))
# libtiff keeps the tables of all parts in one place.
Image.fromarray(colour).save(OUT / "colour-tables.tif", compression="jpeg", quality=95)
record("colour-tables.tif", np.asarray(Image.open(OUT / "colour-tables.tif")))
(OUT / "values.json").write_text(json.dumps(values) + "\n")
