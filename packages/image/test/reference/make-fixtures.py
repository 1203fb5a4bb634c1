"""Makes the PNG and TIFF files of ../fixtures with Pillow and tifffile, so that what we read was written by others.
The kinds of PNG that Pillow reads but doesn't write are put together here and read back by it.

    pip install numpy pillow tifffile imagecodecs && python make-fixtures.py

The value of channel c at row y, column x of page p is (7x + 13y + 29c + 41p) mod m, with m as manifest.json says;
for floats that number / 8 − 3. Of palette files these are the indices; of files of 1, 2 and 4 bits the values as
they are stored.
"""
import json
import pathlib
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

HEIGHT, WIDTH = 37, 45
OUT = pathlib.Path(__file__).parent.parent / "fixtures"
manifest = []


def values(channels, modulus, page=0):
    y, x, c = np.mgrid[0:HEIGHT, 0:WIDTH, 0:channels]
    return (7 * x + 13 * y + 29 * c + 41 * page) % modulus


def record(name, channels, modulus, kind, pages=1, **more):
    manifest.append({"file": name, "channels": channels, "modulus": modulus, "kind": kind, "pages": pages, **more})


def tiff(name, dtype, channels=1, modulus=None, pages=1, planar=False, **options):
    modulus = modulus or {1: 256, 2: 65536, 4: 100000, 8: 100000}[np.dtype(dtype).itemsize]
    stack = np.stack([values(channels, modulus, p) for p in range(pages)])
    if np.dtype(dtype).kind == "f":
        stack = stack / 8 - 3
    stack = stack.astype(dtype)
    if channels == 1:
        stack = stack[..., 0]
    elif planar:
        stack = np.moveaxis(stack, -1, 1)
    options.setdefault("photometric", "rgb" if channels == 3 else "minisblack")
    if channels > 1:
        options["planarconfig"] = "separate" if planar else "contig"
    tifffile.imwrite(OUT / name, stack if pages > 1 else stack[0], metadata=None, **options)
    record(name, channels, modulus, np.dtype(dtype).name, pages)


OUT.mkdir(exist_ok=True)
for order, byteorder in (("le", "<"), ("be", ">")):
    for dtype in ("uint8", "uint16", "uint32", "int16", "int32", "float32"):
        tiff(f"{dtype}-{order}.tif", dtype, byteorder=byteorder, rowsperstrip=8)
for compression in ("lzw", "zlib", "packbits"):
    for dtype in ("uint8", "uint16", "float32"):
        tiff(f"{dtype}-{compression}-strips.tif", dtype, compression=compression, rowsperstrip=10)
    tiff(f"uint8-{compression}-tiles.tif", "uint8", compression=compression, tile=(16, 16))
tiff("uint16-zstd-strips.tif", "uint16", compression="zstd", rowsperstrip=10)
tiff("uint8-zstd-tiles.tif", "uint8", compression="zstd", predictor=2, tile=(16, 16))
tiff("uint16-lzw-predictor.tif", "uint16", compression="lzw", predictor=2, rowsperstrip=10)
tiff("float32-zlib-predictor.tif", "float32", compression="zlib", predictor=3, rowsperstrip=10)
tiff("uint16-be-predictor.tif", "uint16", byteorder=">", compression="lzw", predictor=2, rowsperstrip=10)
tiff("uint32-be-predictor-tiles.tif", "uint32", byteorder=">", compression="zlib", predictor=2, tile=(16, 16))
tiff("float32-be-predictor.tif", "float32", byteorder=">", compression="zlib", predictor=3, rowsperstrip=10)
tiff("uint16-rgb-planar-predictor.tif", "uint16", channels=3, planar=True, compression="zlib", predictor=2)
tiff("uint16-rgb-be-predictor.tif", "uint16", channels=3, byteorder=">", compression="zlib", predictor=2)
tiff("float16.tif", "float16", modulus=1000, compression="zlib")
tiff("float64.tif", "float64", compression="zlib")
# long enough for codes of 12 bits and a full table
tiff("float64-rgb-lzw.tif", "float64", channels=3, compression="lzw", rowsperstrip=37)
tiff("uint8-rgb-planar.tif", "uint8", channels=3, planar=True)
tiff("uint8-rgb.tif", "uint8", channels=3, compression="lzw")
tiff("uint16-rgb-tiles.tif", "uint16", channels=3, tile=(16, 32))
tiff("uint8-pages.tif", "uint8", pages=3, compression="zlib")
tiff("float32-pages-big-endian.tif", "float32", pages=2, byteorder=">")
tiff("uint16-bigtiff.tif", "uint16", bigtiff=True)
tiff("uint8-bigtiff-be-tiles.tif", "uint8", bigtiff=True, byteorder=">", tile=(32, 16), compression="lzw")

rgba = values(4, 256).astype("uint8")
tifffile.imwrite(OUT / "uint8-rgba.tif", rgba, photometric="rgb", extrasamples=["unassalpha"], metadata=None)
record("uint8-rgba.tif", 3, 256, "uint8")
white = (255 - values(1, 256)[..., 0]).astype("uint8")
tifffile.imwrite(OUT / "uint8-minis-white.tif", white, photometric="miniswhite", metadata=None)
record("uint8-minis-white.tif", 1, 256, "uint8")

white = (65535 - values(1, 65536)[..., 0]).astype("uint16")
tifffile.imwrite(OUT / "uint16-minis-white.tif", white, photometric="miniswhite", compression="zlib", metadata=None)
record("uint16-minis-white.tif", 1, 65536, "uint16")
bits = values(1, 2)[..., 0].astype(bool)
for name, photometric in (("one-bit", "minisblack"), ("one-bit-minis-white", "miniswhite")):
    stored = bits if photometric == "minisblack" else ~bits
    tifffile.imwrite(OUT / f"{name}.tif", stored, photometric=photometric, compression="packbits", metadata=None)
    record(f"{name}.tif", 1, 2, "bits1")
for mode in ("CMYK", "YCbCr"):
    Image.fromarray(values(3, 256).astype("uint8")).convert(mode).save(OUT / f"{mode.lower()}.tif")

palette = [(5 * i) % 256 if c == 0 else (3 * i + 80 * c) % 256 for i in range(256) for c in range(3)]
indices = Image.fromarray(values(1, 200)[..., 0].astype("uint8"), "P")
indices.putpalette(palette)
for name in ("palette.png", "palette.tif"):
    indices.save(OUT / name)
    record(name, 1, 200, "palette")
colours = np.array(palette, "uint16").reshape(256, 3).T * 257
tifffile.imwrite(
    OUT / "palette-be.tif",
    values(1, 200)[..., 0].astype("uint8"),
    photometric="palette",
    colormap=colours,
    byteorder=">",
    compression="zlib",
    metadata=None,
)
record("palette-be.tif", 1, 200, "palette")

for name, mode, channels in (("grey", "L", 1), ("rgb", "RGB", 3), ("rgba", "RGBA", 4), ("grey-alpha", "LA", 2)):
    array = values(channels, 256).astype("uint8")
    Image.fromarray(array[..., 0] if channels == 1 else array, mode).save(OUT / f"uint8-{name}.png")
    record(f"uint8-{name}.png", channels if channels % 2 else channels - 1, 256, "uint8")
Image.fromarray(values(1, 65536)[..., 0].astype("uint16")).save(OUT / "uint16-grey.png")
record("uint16-grey.png", 1, 65536, "uint16")
Image.fromarray((values(1, 2)[..., 0] * 255).astype("uint8")).convert("1").save(OUT / "one-bit.png")
record("one-bit.png", 1, 2, "bits1")

GREY, RGB, PALETTE, RGBA = 0, 2, 3, 6
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(rows, depth):
    """Each row after its filter, none."""
    for row in rows.reshape(len(rows), -1):
        if depth < 8:
            row = np.packbits((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1)
        yield b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes()


def png(name, kind, depth, colour, channels=1, interlaced=False, palette=b"", modulus=None):
    modulus = modulus or 2**depth
    array = values(channels, modulus)
    passes = [array[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [array]
    raw = b"".join(row for part in passes for row in packed(part, depth))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, interlaced)
    chunks = chunk(b"IHDR", header) + palette + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    (OUT / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    Image.open(OUT / name).load()
    if kind:
        record(name, 3 if channels == 4 else channels, modulus, kind)


plte = chunk(b"PLTE", bytes(palette[:48]))
png("two-bits.png", "bits2", 2, GREY)
png("four-bits.png", "bits4", 4, GREY)
png("palette-four-bits.png", "palette", 4, PALETTE, palette=plte)
png("palette-transparent.png", "palette", 4, PALETTE, palette=plte + chunk(b"tRNS", b"\0"))
png("uint8-rgb-suggested-palette.png", "uint8", 8, RGB, channels=3, palette=plte)
png("uint16-rgb.png", "uint16", 16, RGB, channels=3)
png("uint16-rgba.png", "uint16", 16, RGBA, channels=4)
png("uint8-rgb-interlaced.png", "uint8", 8, RGB, channels=3, interlaced=True)
png("uint16-interlaced.png", "uint16", 16, GREY, interlaced=True)
png("one-bit-interlaced.png", None, 1, GREY, interlaced=True)

(OUT / "manifest.json").write_text(json.dumps({"width": WIDTH, "height": HEIGHT, "files": manifest}, indent=1) + "\n")
