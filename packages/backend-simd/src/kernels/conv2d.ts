import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { filterGradient, forward, inputGradient } from "../convolution/passes.js";
import { areFloats, type Kernel } from "../register.js";

type Shape4D = [number, number, number, number];

interface Attributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat?: "NHWC" | "NCHW";
  dilations?: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The convolution of maps [batch, height, width, channels]; of [batch, channels, height, width] the CPU's. */
export const conv2d: Kernel<"x" | "filter", Attributes> = {
  name: "Conv2D",
  supports: ({ inputs: { x, filter }, attrs }) => areFloats(x, filter) && isChannelsLast(attrs),
  compute({ inputs: { x, filter }, attrs, backend }) {
    const info = infoOf(x.shape, filter.shape, attrs);
    const addresses = [x, filter].map((input) => backend.address(input));
    const y = backend.output(info.outShape);
    forward(backend, info, addresses[0], addresses[1], 0, false, backend.address(y));
    return y;
  },
};

interface FusedAttributes extends Attributes {
  activation: string;
}

/** Convolution, bias and ReLU in one. Other activations are the CPU's. */
export const fusedConv2d: Kernel<"x" | "filter" | "bias", FusedAttributes> = {
  name: "FusedConv2D",
  supports: ({ inputs: { x, filter, bias }, attrs }) =>
    areFloats(x, filter) &&
    isChannelsLast(attrs) &&
    ["linear", "relu"].includes(attrs.activation) &&
    (!bias || (areFloats(bias) && bias.shape.length === 1 && bias.shape[0] === filter.shape[3])),
  compute({ inputs: { x, filter, bias }, attrs, backend }) {
    const info = infoOf(x.shape, filter.shape, attrs);
    const addresses = [x, filter].map((input) => backend.address(input));
    const biasAddress = bias ? backend.address(bias) : 0;
    const y = backend.output(info.outShape);
    const relu = attrs.activation === "relu";
    forward(backend, info, addresses[0], addresses[1], biasAddress, relu, backend.address(y));
    return y;
  },
};

/** The gradient of Conv2D with respect to its input, which is also the transposed convolution. */
export const conv2dBackpropInput: Kernel<"dy" | "filter", Attributes & { inputShape: Shape4D }> = {
  name: "Conv2DBackpropInput",
  supports: ({ inputs: { dy, filter }, attrs }) =>
    areFloats(dy, filter) && isChannelsLast(attrs) && fits(dy, infoOf(attrs.inputShape, filter.shape, attrs)),
  compute({ inputs: { dy, filter }, attrs, backend }) {
    const info = infoOf(attrs.inputShape, filter.shape, attrs);
    const addresses = [dy, filter].map((input) => backend.address(input));
    const dx = backend.output(info.inShape);
    inputGradient(backend, info, addresses[0], addresses[1], backend.address(dx));
    return dx;
  },
};

/** The gradient of Conv2D with respect to its filters. */
export const conv2dBackpropFilter: Kernel<"x" | "dy", Attributes & { filterShape: Shape4D }> = {
  name: "Conv2DBackpropFilter",
  supports: ({ inputs: { x, dy }, attrs }) =>
    areFloats(x, dy) && isChannelsLast(attrs) && fits(dy, infoOf(x.shape, attrs.filterShape, attrs)),
  compute({ inputs: { x, dy }, attrs, backend }) {
    const info = infoOf(x.shape, attrs.filterShape, attrs);
    const addresses = [x, dy].map((input) => backend.address(input));
    const dw = backend.output(attrs.filterShape);
    filterGradient(backend, info, addresses[0], addresses[1], backend.address(dw));
    return dw;
  },
};

function infoOf(x: number[], filter: TensorInfo["shape"], attrs: Attributes): backend_util.Conv2DInfo {
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  return backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
}

/** Whether a gradient is of the result's size: a transposed convolution may be given any, of which the CPU's kernel takes a part. */
function fits({ shape }: TensorInfo, { outShape }: backend_util.Conv2DInfo): boolean {
  return shape.every((length, i) => length === outShape[i]);
}

function isChannelsLast({ dataFormat }: Attributes): boolean {
  return dataFormat !== "NCHW";
}
