export { type CaffeOptions, fromCaffe } from "./caffe/from-caffe.js";
export { UnreadableNetworkError, UnsupportedLayerError } from "./errors.js";
export { fromOnnx } from "./onnx/from-onnx.js";
export { type OnnxGraph, onnxNetwork } from "./onnx/onnx-network.js";
export { type OnnxOptions, toOnnx } from "./onnx/to-onnx.js";
export { fromPyTorch } from "./torch/from-pytorch.js";
export { type SafetensorsOptions, toSafetensors } from "./torch/to-safetensors.js";
export type { ImportOptions } from "./weights/imported.js";
