export { UnreadableNetworkError, UnsupportedLayerError } from "./errors.js";
export { type OnnxOptions, toOnnx } from "./onnx/to-onnx.js";
