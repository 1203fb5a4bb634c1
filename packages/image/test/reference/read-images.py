"""Says of images whether Pillow or tifffile read the pixels from their bytes that they come with.

Each begins with a line of JSON, then its bytes, then the pixels that another reader made of it. The answer is a line.
"""
import io
import json
import sys
import warnings

try:
    import imagecodecs  # noqa: F401
    import numpy as np
    import PIL
    import tifffile
    from PIL import Image
except ImportError:
    sys.exit(0)

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = None
tifffile.tifffile.logger().setLevel(100)


def read_png(data):
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        if image.mode == "P":
            image.apply_transparency()
            image = image.convert("RGB")
        elif image.mode == "1":
            image = image.convert("L")
        pixels = np.asarray(image)
    if image.mode in ("LA", "RGBA"):
        pixels = pixels[..., :-1]
    return pixels


def read_tiff(data):
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages[0]
        pixels = page.asarray()
        photometric = page.tags[262].value if 262 in page.tags else 1
        bits = page.bitspersample
        extra = page.extrasamples
        samples = page.samplesperpixel
        separate = page.planarconfig == 2 and samples > 1
        colours = page.colormap if photometric == 3 else None
    if separate:
        pixels = np.moveaxis(pixels, 0, -1)
    if extra and samples > 1 and int(extra[-1]) in (1, 2):
        pixels = pixels[..., :-1]
    if colours is not None:
        return (colours >> 8).astype(np.uint8).T[pixels]
    if pixels.dtype not in (np.bool_, np.uint8, np.uint16):
        pixels = pixels.astype(np.float32)
    elif pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8)
    if photometric == 0:
        pixels = (1 if pixels.dtype == np.float32 else 2**bits - 1) - pixels
    return (pixels * (255 / (2**bits - 1))).astype(np.uint8) if bits < 8 else pixels


def read_tiff_with_pillow(data):
    with Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
        image.load()
        if image.mode in ("P", "1"):
            image = image.convert("RGB" if image.mode == "P" else "L")
        pixels = np.asarray(image)
    if image.mode in ("LA", "RGBA", "RGBX"):
        pixels = pixels[..., :-1]
    return pixels.astype(pixels.dtype.newbyteorder("="))


def without_side_chunks(data):
    """The PNG without the chunks that readers may pass over: those with a small first letter."""
    kept, at = data[:8], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if not data[at + 4] & 32:
            kept += data[at:end]
        at = end
    return kept


def compare(read, data, theirs):
    try:
        ours = read(data)
    except Exception as error:
        return f"{read.__name__}: {type(error).__name__}: {error}"
    ours = ours.reshape(ours.shape[0], ours.shape[1], -1) if ours.ndim in (2, 3) else ours
    if ours.shape != theirs.shape:
        return f"{read.__name__}: shape {ours.shape}"
    # Pillow keeps the high byte of 16-bit colours.
    if theirs.dtype == np.uint16 and ours.dtype == np.uint8:
        theirs = theirs >> 8
    same = np.array_equal(ours, theirs, equal_nan=theirs.dtype == np.float32)
    return "same pixels" if same else f"{read.__name__}: {(ours != theirs).sum()} other values"


def verdict(data, theirs):
    if data[:1] == b"\x89":
        answer = compare(read_png, data, theirs)
        if answer != "same pixels" and compare(read_png, without_side_chunks(data), theirs) == "same pixels":
            return "read past a side chunk that Pillow refuses"
        return answer
    answer = compare(read_tiff, data, theirs)
    if answer != "same pixels" and compare(read_tiff_with_pillow, data, theirs) == "same pixels":
        return "same pixels"
    return answer


print(f"Pillow {PIL.__version__}, tifffile {tifffile.__version__}", flush=True)
stream = sys.stdin.buffer
while line := stream.readline():
    head = json.loads(line)
    data = stream.read(head["bytes"])
    pixels = np.frombuffer(stream.read(head["size"]), head["type"])
    answer = verdict(data, pixels.reshape(head["height"], head["width"], head["channels"]))
    print(answer.replace("\n", " ")[:160], flush=True)
