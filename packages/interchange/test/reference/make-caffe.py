"""Writes test/fixtures/caffe: a small network of the U-Net authors' layers, as .caffemodel of both ages by Python's
protobuf, its prototxt, and the scores that OpenCV gives.

    pip install protobuf 'opencv-python-headless<5' && python make-caffe.py
"""
import json
import os

import cv2
import numpy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

folder = os.path.join(os.path.dirname(__file__), "../fixtures/caffe")
os.makedirs(folder, exist_ok=True)

F = descriptor_pb2.FieldDescriptorProto


def define(file, name, fields):
    message = file.message_type.add(name=name)
    for field, number, kind, repeated in fields:
        made = message.field.add(name=field, number=number, label=F.LABEL_REPEATED if repeated else F.LABEL_OPTIONAL)
        if isinstance(kind, str):
            made.type, made.type_name = F.TYPE_MESSAGE, f".caffe.{kind}"
        else:
            made.type = kind
        if repeated and kind in (F.TYPE_FLOAT, F.TYPE_INT64):
            made.options.packed = True


file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
define(file, "BlobShape", [("dim", 1, F.TYPE_INT64, True)])
define(file, "BlobProto", [
    ("num", 1, F.TYPE_INT32, False), ("channels", 2, F.TYPE_INT32, False), ("height", 3, F.TYPE_INT32, False),
    ("width", 4, F.TYPE_INT32, False), ("data", 5, F.TYPE_FLOAT, True), ("shape", 7, "BlobShape", False)])
define(file, "ConvolutionParameter", [
    ("num_output", 1, F.TYPE_UINT32, False), ("kernel_size", 4, F.TYPE_UINT32, True), ("stride", 6, F.TYPE_UINT32, True)])
define(file, "LayerParameter", [
    ("name", 1, F.TYPE_STRING, False), ("type", 2, F.TYPE_STRING, False), ("bottom", 3, F.TYPE_STRING, True),
    ("top", 4, F.TYPE_STRING, True), ("blobs", 7, "BlobProto", True),
    ("convolution_param", 106, "ConvolutionParameter", False)])
define(file, "V1LayerParameter", [
    ("bottom", 2, F.TYPE_STRING, True), ("top", 3, F.TYPE_STRING, True), ("name", 4, F.TYPE_STRING, False),
    ("type", 5, F.TYPE_INT32, False), ("blobs", 6, "BlobProto", True)])
define(file, "NetParameter", [
    ("name", 1, F.TYPE_STRING, False), ("layers", 2, "V1LayerParameter", True), ("layer", 100, "LayerParameter", True)])
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Net = message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))

SIZE, F0, DEPTH, CLASSES = 52, 2, 2, 2
random = numpy.random.default_rng(5)
layers = []


def layer(name, kind, bottoms, top, text="", weights=()):
    layers.append((name, kind, bottoms, top, text, weights))
    return top


def convolve(name, bottom, top, i, o, size, relu=True):
    weights = [random.normal(0, 0.4, (o, i, size, size)), random.normal(0, 0.1, o)]
    text = f"convolution_param {{ num_output: {o} kernel_size: {size} pad: 0 }}"
    layer(name, "Convolution", [bottom], top, text, weights)
    if relu:
        layer(f"relu_{top}", "ReLU", [top], top)
    return top


maps, channels, skips = "data", 1, []
for level in range(DEPTH + 1):
    o = F0 << level
    maps = convolve(f"conv_d{level}a-b", maps, f"d{level}b", channels, o, 3)
    maps = convolve(f"conv_d{level}b-c", maps, f"d{level}c", o, o, 3)
    channels = o
    if level == DEPTH:
        break
    skips.append(maps)
    text = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
    maps = layer(f"pool_d{level}c-{level + 1}a", "Pooling", [maps], f"d{level + 1}a", text)
# what a skip is larger on each side than what comes up to it
surplus = 4
for level in reversed(range(DEPTH)):
    f = F0 << level
    o = 2 * f if level == 0 else f
    below = f"d{DEPTH}c" if level == DEPTH - 1 else f"u{level + 1}d"
    weights = [random.normal(0, 0.4, (channels, o, 2, 2)), random.normal(0, 0.1, o)]
    text = f"convolution_param {{ num_output: {o} kernel_size: 2 stride: 2 pad: 0 }}"
    up = layer(f"upconv_{below}_u{level}a", "Deconvolution", [below], f"u{level}a", text, weights)
    layer(f"relu_u{level}a", "ReLU", [up], up)
    text = f"crop_param {{ axis: 2 offset: {surplus} offset: {surplus} }}"
    crop = layer(f"crop_d{level}c-d{level}cc", "Crop", [skips[level], up], f"d{level}cc", text)
    joined = layer(f"concat_d{level}cc_u{level}a-b", "Concat", [up, crop], f"u{level}b")
    maps = convolve(f"conv_u{level}b-c", joined, f"u{level}c", o + f, f, 3)
    maps = convolve(f"conv_u{level}c-d", maps, f"u{level}d", f, f, 3)
    channels, surplus = f, 2 * (surplus + 4)
convolve("conv_u0d-score", maps, "score", channels, CLASSES, 1, relu=False)

prototxt = f"""# the layers of the authors' network, two poolings deep
name: "unet"
input: "data"
input_shape {{ dim: 1 dim: 1 dim: {SIZE} dim: {SIZE} }}
"""
for name, kind, bottoms, top, text, _ in layers:
    ins = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
    prototxt += f'layer {{ name: "{name}" type: "{kind}" {ins} top: "{top}" {text} }}\n'
with open(f"{folder}/unet.prototxt", "w") as out:
    out.write(prototxt)

numbers = {"Concat": 3, "Convolution": 4, "Pooling": 17, "ReLU": 18, "Deconvolution": 39, "Crop": 0}
new, old = Net(name="unet"), Net(name="unet")
for name, kind, bottoms, top, text, weights in layers:
    made = new.layer.add(name=name, type=kind, bottom=bottoms, top=[top])
    older = old.layers.add(name=name, type=numbers[kind], bottom=bottoms, top=[top])
    for values in weights:
        values = values.astype("float32")
        blob = made.blobs.add()
        blob.shape.dim.extend(values.shape)
        blob.data.extend(values.ravel().tolist())
        num, channels, height, width = [1] * (4 - values.ndim) + list(values.shape)
        older.blobs.add(num=num, channels=channels, height=height, width=width).data.extend(values.ravel().tolist())
for name, net in (("new", new), ("old", old)):
    with open(f"{folder}/{name}.caffemodel", "wb") as out:
        out.write(net.SerializeToString())

network = cv2.dnn.readNetFromCaffe(f"{folder}/unet.prototxt", f"{folder}/new.caffemodel")
image = (((37 * numpy.arange(SIZE * SIZE)) % 101).astype("float32") / numpy.float32(101) - numpy.float32(0.5))
network.setInput(image.reshape(1, 1, SIZE, SIZE))
scores = network.forward("score")
with open(f"{folder}/scores.json", "w") as out:
    values = [float(f"{value:.8g}") for value in scores.ravel().tolist()]
    json.dump({"opencv": cv2.__version__, "shape": scores.shape, "scores": values}, out)
print(scores.shape, numpy.abs(scores).max())
