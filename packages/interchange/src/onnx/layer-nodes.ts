import { UnsupportedLayerError } from "../errors.js";
import type { Layer } from "../weights/layer-weights.js";
import { type TensorValues, transpose } from "../weights/transpose.js";
import type { GraphBuilder } from "./graph-builder.js";

/** What a layer's nodes are made of. */
export interface LayerInput {
  layer: Layer;
  /** The values that it is given. */
  inputs: string[];
  /** Its weights, as TensorFlow.js has them. */
  weights: TensorValues[];
}

/** Adds the nodes that compute what a layer does; answers the name of the value that it gives. */
type LayerNodes = (builder: GraphBuilder, given: LayerInput) => string;

/** TensorFlow.js keeps kernels as [height, width, in, out], transposed ones as [height, width, out, in]. */
const CHANNELS_FIRST = [3, 2, 0, 1];

/** The layers that can be written, by their classes. Maps are [batch, channels, height, width] in ONNX. */
export const layerNodes: Readonly<Record<string, LayerNodes>> = {
  Conv2D: convolution,
  Conv2DTranspose: upConvolution,
  BatchNormalization(builder, { layer, inputs: [x], weights }) {
    const names = weights.map((values, i) => builder.floats(`${layer.name}.${i}`, values));
    const epsilon = { f: layer.getConfig().epsilon as number };
    return builder.node("BatchNormalization", [x, ...names], layer.name, { epsilon });
  },
  MaxPooling2D: (builder, given) => pooling(builder, given, "MaxPool"),
  AveragePooling2D: (builder, given) => pooling(builder, given, "AveragePool"),
  UpSampling2D(builder, { layer, inputs: [x] }) {
    const { size, interpolation } = layer.getConfig() as { size: number[]; interpolation: string };
    const scales = { shape: [4], values: Float32Array.of(1, 1, ...size) };
    const linear = interpolation === "bilinear";
    return builder.node("Resize", [x, "", builder.floats(`${layer.name}.scales`, scales)], layer.name, {
      mode: linear ? "linear" : "nearest",
      coordinate_transformation_mode: "asymmetric",
      ...(!linear && { nearest_mode: "floor" }),
    });
  },
  Cropping2D(builder, { layer, inputs: [x] }) {
    const { cropping } = layer.getConfig() as { cropping: number[][] };
    return crop(builder, x, layer.name, cropping);
  },
  Concatenate: (builder, { layer, inputs }) => builder.node("Concat", inputs, layer.name, { axis: 1 }),
  Average(builder, { layer, inputs }) {
    // of a map and itself: says that its size is unknown, and changes nothing
    if (inputs.every((name) => name === inputs[0])) return inputs[0];
    return builder.node("Mean", inputs, layer.name);
  },
  Add: (builder, { layer, inputs }) => builder.node("Sum", inputs, layer.name),
  Dropout: (_, { inputs: [x] }) => x,
  ReLU: (builder, { layer, inputs: [x] }) => builder.node("Relu", [x], layer.name),
  LeakyReLU(builder, { layer, inputs: [x] }) {
    return builder.node("LeakyRelu", [x], layer.name, { alpha: { f: layer.getConfig().alpha as number } });
  },
  Softmax(builder, { layer, inputs: [x] }) {
    const { axis } = layer.getConfig();
    if (axis !== -1 && axis !== 3) throw unsupported(layer, `the axis ${axis}`);
    return builder.node("Softmax", [x], layer.name, { axis: 1 });
  },
  Activation: (builder, { layer, inputs: [x] }) => activated(builder, x, layer, layer.name),
};

/** A convolution, and its activation. */
export function convolution(builder: GraphBuilder, { layer, inputs, weights }: LayerInput): string {
  const { strides, dilationRate, padding, dataFormat } = layer.getConfig() as {
    strides: number[];
    dilationRate: number[];
    padding: string;
    dataFormat: string;
  };
  assertChannelsLast(layer, dataFormat);
  const [kernel, bias] = weights;
  const window = [kernel.shape[0], kernel.shape[1]];
  const [rates, steps] = [pair(dilationRate), pair(strides)];
  if (padding === "same" && steps.some((step) => step !== 1)) {
    throw unsupported(layer, 'a stride with padding "same", whose place depends on the size of the map');
  }
  const before = window.map((size, i) => Math.floor(((size - 1) * rates[i]) / 2));
  const after = window.map((size, i) => (size - 1) * rates[i] - before[i]);
  const pads = padding === "same" ? [...before, ...after] : [0, 0, 0, 0];
  const { name } = layer;
  const parameters = [builder.floats(`${name}.weight`, transpose(kernel, CHANNELS_FIRST))];
  if (bias) parameters.push(builder.floats(`${name}.bias`, bias));
  const settings = { kernel_shape: window, strides: steps, dilations: rates, pads };
  return withActivation(builder, "Conv", [...inputs, ...parameters], layer, settings);
}

function upConvolution(builder: GraphBuilder, { layer, inputs, weights }: LayerInput): string {
  const { strides, dataFormat } = layer.getConfig() as { strides: number[]; dataFormat: string };
  assertChannelsLast(layer, dataFormat);
  const [kernel, bias] = weights;
  const window = [kernel.shape[0], kernel.shape[1]];
  const steps = pair(strides);
  if (window.some((size, i) => size !== steps[i])) {
    throw unsupported(layer, `a window of ${window.join(" × ")} with strides of ${steps.join(" × ")}`);
  }
  const { name } = layer;
  const parameters = [builder.floats(`${name}.weight`, transpose(kernel, CHANNELS_FIRST))];
  if (bias) parameters.push(builder.floats(`${name}.bias`, bias));
  const settings = { kernel_shape: window, strides: steps };
  return withActivation(builder, "ConvTranspose", [...inputs, ...parameters], layer, settings);
}

function pooling(builder: GraphBuilder, { layer, inputs }: LayerInput, operator: string): string {
  const { poolSize, strides, padding } = layer.getConfig() as {
    poolSize: number[];
    strides: number[];
    padding: string;
  };
  if (padding === "same") throw unsupported(layer, 'padding "same"');
  return builder.node(operator, inputs, layer.name, { kernel_shape: poolSize, strides });
}

/** Cuts rows and columns off: `[[top, bottom], [left, right]]`. */
export function crop(builder: GraphBuilder, x: string, name: string, [rows, columns]: number[][]): string {
  const [starts, ends] = [
    [rows[0], columns[0]],
    // what nothing is cut off of ends far behind its end
    [rows[1], columns[1]].map((count) => (count > 0 ? -count : FAR)),
  ];
  const bounds = [
    builder.integers(`${name}.starts`, starts),
    builder.integers(`${name}.ends`, ends),
    builder.integers(`${name}.axes`, [2, 3]),
  ];
  return builder.node("Slice", [x, ...bounds], name);
}

const FAR = 2 ** 31 - 1;

function withActivation(
  builder: GraphBuilder,
  operator: string,
  inputs: string[],
  layer: Layer,
  settings: Record<string, number[]>,
): string {
  const { activation } = layer.getConfig();
  if (activation === "linear") return builder.node(operator, inputs, layer.name, settings);
  return activated(
    builder,
    builder.node(operator, inputs, `${layer.name}.linear`, settings),
    layer,
    layer.name,
  );
}

function activated(builder: GraphBuilder, x: string, layer: Layer, name: string): string {
  const { activation } = layer.getConfig() as { activation: string };
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return builder.node("Relu", [x], name);
    case "sigmoid":
      return builder.node("Sigmoid", [x], name);
    case "tanh":
      return builder.node("Tanh", [x], name);
    case "softmax":
      return builder.node("Softmax", [x], name, { axis: 1 });
    default:
      throw unsupported(layer, `the activation ${activation}`);
  }
}

function assertChannelsLast(layer: Layer, dataFormat: string): void {
  if (dataFormat === "channelsFirst") throw unsupported(layer, "its channels first");
}

/** The error for a layer that has what ONNX graphs are not made of here. */
function unsupported(layer: Layer, what: string): UnsupportedLayerError {
  return new UnsupportedLayerError(
    `toOnnx: the layer "${layer.name}", a ${layer.getClassName()}, has ${what}, which can't be written`,
  );
}

function pair(value: number | number[]): number[] {
  return typeof value === "number" ? [value, value] : value;
}
