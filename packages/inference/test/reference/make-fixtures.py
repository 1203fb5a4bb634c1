"""Makes the files of ../fixtures with zarr-python, tifffile and onnx, so that what we read was written by others.

    pip install numpy zarr tifffile onnx && python make-fixtures.py [codecs]

The value at row y, column x, channel c, plane z is (7x + 13y + 29c + 41z) mod 251, of images of 45 × 37 px.
"""
import base64
import gzip
import json
import pathlib
import sys

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

HEIGHT, WIDTH = 37, 45
OUT = pathlib.Path(__file__).parent.parent / "fixtures"


def make_codecs():
    """Arrays of every codec that we read, as files in JSON, compressed: `{ name: { key: base64 } }`.

    The value at row y, column x is (7x + 13y) mod 251 + (x y) mod 3, of arrays of 20 × 24 px; bool where it is even,
    a tenth of it where it is scaled.
    """
    y, x = np.mgrid[0:20, 0:24]
    values = (7 * x + 13 * y) % 251 + (x * y) % 3
    arrays = {}

    def add(name, dtype="<u2", **options):
        store = zarr.storage.MemoryStore()
        data = values % 2 == 0 if dtype == "b1" else (values / 10 if "scaled" in name else values).astype(dtype)
        array = zarr.create_array(store, shape=(20, 24), chunks=options.pop("chunks", (16, 16)), dtype=dtype, **options)
        array[:] = data
        files = {key: base64.b64encode(value.to_bytes()).decode() for key, value in store._store_dict.items()}
        arrays[name] = files

    v2 = {"zarr_format": 2, "compressors": None}
    for dtype in ("b1", "u1", ">u2", "<i2", ">i4", "<i8", ">u8", "<f2", ">f4", "<f8"):
        add(f"v2 {dtype}", dtype, **v2)
        add(f"v2 {dtype} F", dtype, order="F", **v2)
    for cname in ("blosclz", "lz4", "lz4hc", "zlib", "zstd"):
        for shuffle in (0, 1, 2):
            for blocksize in (0, 600):
                codec = numcodecs.Blosc(cname=cname, shuffle=shuffle, clevel=9, blocksize=blocksize)
                add(f"v2 blosc {cname} {shuffle} {blocksize}", "<f4", zarr_format=2, compressors=codec)
    for name, codec in {
        "zstd": numcodecs.Zstd(),
        "zstd checksum": numcodecs.Zstd(checksum=True),
        "lz4": numcodecs.LZ4(),
        "gzip": numcodecs.GZip(),
        "zlib": numcodecs.Zlib(),
    }.items():
        add(f"v2 {name}", zarr_format=2, compressors=codec)
    zlib = {"zarr_format": 2, "compressors": numcodecs.Zlib()}
    add("v2 delta", filters=[numcodecs.Delta("<u2")], **zlib)
    add("v2 shuffle", filters=[numcodecs.Shuffle(2)], **zlib)
    scaled = numcodecs.FixedScaleOffset(offset=-1, scale=10, dtype="<f4", astype="<u2")
    add("v2 scaled", "<f4", filters=[scaled], **zlib)
    for name, codecs in {
        "none": [],
        "gzip": [GzipCodec()],
        "zstd": [ZstdCodec(checksum=True)],
        "blosc": [BloscCodec(cname="lz4", shuffle="bitshuffle")],
        "crc32c": [Crc32cCodec()],
        "zstd crc32c": [ZstdCodec(), Crc32cCodec()],
    }.items():
        add(f"v3 {name}", compressors=codecs)
        add(f"v3 transpose {name}", compressors=codecs, filters=[TransposeCodec(order=(1, 0))])
        add(f"v3 shards {name}", compressors=codecs, chunks=(8, 8), shards=(16, 16))
    add("v3 big", serializer=BytesCodec(endian="big"))
    add("v3 shards, index first", serializer=ShardingCodec(chunk_shape=(8, 8), index_location="start"), compressors=[])
    (OUT / "codecs.json.gz").write_bytes(gzip.compress(json.dumps(arrays).encode(), mtime=0))


if "codecs" in sys.argv:
    make_codecs()
    sys.exit()

import onnx
import tifffile
from onnx import TensorProto, helper, numpy_helper

OUT.mkdir(exist_ok=True)
make_codecs()


def values(channels, planes):
    c, z, y, x = np.mgrid[0:channels, 0:planes, 0:HEIGHT, 0:WIDTH]
    return (7 * x + 13 * y + 29 * c + 41 * z) % 251


def multiscales(axes, levels=1):
    kinds = {"t": "time", "c": "channel"}
    return [
        {
            "axes": [{"name": axis, "type": kinds.get(axis, "space")} for axis in axes],
            "datasets": [
                {"path": str(i), "coordinateTransformations": [{"type": "scale", "scale": [1.0] * len(axes)}]}
                for i in range(levels)
            ],
        }
    ]


# OME-Zarr 0.4: Zarr v2, five axes, big-endian, Blosc
group = zarr.open_group(OUT / "v2.zarr", mode="w", zarr_format=2)
group.attrs["multiscales"] = [dict(multiscales("tczyx", 2)[0], version="0.4")]
data = values(2, 2)[None].astype(">u2")
for level, step in enumerate((1, 2)):
    part = data[..., ::step, ::step]
    array = group.create_array(
        str(level), shape=part.shape, chunks=(1, 1, 1, 20, 32), dtype=">u2",
        chunk_key_encoding={"name": "v2", "separator": "/"},
    )
    array[:] = part

# OME-Zarr 0.5: Zarr v3, sharded, zstd
group = zarr.open_group(OUT / "v3.zarr", mode="w", zarr_format=3)
group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales("cyx")}
array = group.create_array(
    "0", shape=(3, HEIGHT, WIDTH), chunks=(1, 8, 16), shards=(3, 16, 32), dtype="uint8", dimension_names="cyx"
)
array[:] = values(3, 1)[:, 0]

# a plain array: Zarr v2, float, not compressed
array = zarr.create_array(
    OUT / "plain.zarr", shape=(HEIGHT, WIDTH), chunks=(20, 20), dtype="<f8", zarr_format=2, compressors=None
)
array[:] = values(1, 1)[0, 0] / 8 - 3

# OME-TIFF: two channels and three planes in pages of their own, planes first
tifffile.imwrite(
    OUT / "planes.ome.tif", values(2, 3).astype("uint16"), metadata={"axes": "CZYX"}, tile=(16, 16),
    compression="zlib", photometric="minisblack",
)

# ONNX: two valid 3 × 3 convolutions with ReLU between, 2 channels in, 3 classes out, weights from a formula
def weights(name, *shape):
    index = np.arange(np.prod(shape)).reshape(shape)
    return numpy_helper.from_array((((37 * index) % 19) / 19 - 0.5).astype("float32"), name)


graph = helper.make_graph(
    [
        helper.make_node("Conv", ["image", "w0", "b0"], ["hidden"], kernel_shape=[3, 3]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("Conv", ["active", "w1", "b1"], ["logits"], kernel_shape=[3, 3]),
    ],
    "two convolutions",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 2, "h", "w"])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3, "h4", "w4"])],
    [weights("w0", 4, 2, 3, 3), weights("b0", 4), weights("w1", 3, 4, 3, 3), weights("b1", 3)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, OUT / "two-convolutions.onnx")
# the same, channels last: transposed on the way in and out
graph.node.insert(0, helper.make_node("Transpose", ["pixels"], ["image"], perm=[0, 3, 1, 2]))
graph.node.append(helper.make_node("Transpose", ["logits"], ["scores"], perm=[0, 2, 3, 1]))
graph.input[0].CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", "h", "w", 2]))
graph.output[0].CopyFrom(helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", "h4", "w4", 3]))
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, OUT / "two-convolutions-nhwc.onnx")
