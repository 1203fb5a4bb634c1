import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

type Layer = LayersModel["layers"][number];

/** max(0, x ∗ filter + bias) in one, and the part of its gradient that no convolution's gradient is. */
const FORWARD = "UNetConv2DBiasRelu";
const GRADIENT = "UNetReluBiasGradient";

/**
 * Lets a model's convolutions with bias and ReLU be computed in one, in training, too, where the running backend has kernels
 * for it; the values and gradients are the same. TensorFlow.js by itself keeps three maps of each until the gradients
 * are taken; so it is one. Nothing of it is saved.
 */
export function fuseConvolutions(model: LayersModel): void {
  registerGradient();
  for (const layer of model.layers) if (isFusable(layer)) fuse(layer);
}

function isFusable(layer: Layer): boolean {
  if (layer.getClassName() !== "Conv2D") return false;
  const { activation, useBias, dataFormat, dilationRate } = layer.getConfig();
  const dilation = [dilationRate].flat().every((rate) => rate === 1);
  return activation === "relu" && useBias === true && dataFormat === "channelsLast" && dilation;
}

function fuse(layer: Layer): void {
  const call = layer.call.bind(layer);
  const { strides, padding } = layer.getConfig();
  layer.call = (inputs, options) => {
    if (!tf.getKernel(FORWARD, tf.getBackend())) return call(inputs, options);
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const [filter, bias] = layer.weights.map((weight) => weight.read());
    const attributes = { strides: [strides].flat(), pad: padding } as unknown as tf.NamedAttrMap;
    return tf.engine().runKernel(FORWARD, { x, filter, bias }, attributes) as tf.Tensor;
  };
}

function registerGradient(): void {
  if (tf.getGradient(FORWARD)) return;
  tf.registerGradient({
    kernelName: FORWARD,
    inputsToSave: ["x", "filter"],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, filter, y] = saved as tf.Tensor4D[];
      const inputs = { dy: dy as tf.Tensor, y };
      const [dz, db] = tf.engine().runKernel(GRADIENT, inputs) as unknown as tf.Tensor[];
      const run = (kernel: string, tensors: tf.NamedTensorMap, more: object) =>
        tf.engine().runKernel(kernel, tensors, { ...attrs, dataFormat: "NHWC", ...more }) as tf.Tensor;
      return {
        x: () => run("Conv2DBackpropInput", { dy: dz, filter }, { inputShape: x.shape }),
        filter: () => run("Conv2DBackpropFilter", { x, dy: dz }, { filterShape: filter.shape }),
        bias: () => {
          // the last of the three: the others don't need it any more
          dz.dispose();
          return db;
        },
      };
    },
  });
}
