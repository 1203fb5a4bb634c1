import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { measureInTurns } from "./measure.mjs";

export const title =
  "Gradients of a convolution on the wasm backend, beside its forward pass of the same shape";

/** [height = width of the input, input channels, output channels, filter, stride, padding] */
const shapes = [
  [188, 1, 8, 3, 1, "valid"],
  [186, 8, 8, 3, 1, "valid"],
  [92, 8, 16, 3, 1, "valid"],
  [92, 16, 16, 3, 1, "valid"],
  [44, 32, 32, 3, 1, "valid"],
  [284, 16, 16, 3, 1, "valid"],
  [66, 64, 64, 3, 1, "valid"],
  [66, 128, 64, 3, 1, "valid"],
  [32, 128, 128, 3, 1, "valid"],
  [128, 16, 16, 3, 1, "same"],
  [100, 8, 2, 1, 1, "valid"],
  [100, 8, 16, 2, 2, "valid"],
];

export async function* measure() {
  await useBackend({ prefer: ["wasm"] });
  for (const [size, inputs, outputs, filterSize, stride, pad] of shapes) {
    const x = tf.randomNormal([1, size, size, inputs]);
    const filter = tf.randomNormal([filterSize, filterSize, inputs, outputs]);
    const y = tf.conv2d(x, filter, stride, pad);
    const dy = tf.randomNormal(y.shape);
    const strides = [stride, stride];
    const attributes = { strides, pad, dataFormat: "NHWC" };
    const run = (kernel, tensors, more) => () =>
      tf.dispose(tf.engine().runKernel(kernel, tensors, { ...attributes, ...more }));
    const { medians, runs } = await measureInTurns({
      forward: run("Conv2D", { x, filter }, { dilations: [1, 1] }),
      filter: run("Conv2DBackpropFilter", { x, dy }, { filterShape: filter.shape }),
      input: run("Conv2DBackpropInput", { dy, filter }, { inputShape: x.shape }),
    });
    tf.dispose([x, filter, y, dy]);
    const step = stride === 1 ? "" : `, stride ${stride}`;
    const shape = `${filterSize}×${filterSize} ${pad}${step}, ${size}²×${inputs} → ${outputs}`;
    for (const gradient of ["filter", "input"]) {
      const [ours, forward] = [medians[gradient], medians.forward];
      yield {
        case: `${gradient}, ${shape}`,
        unit: "ms",
        ours,
        peers: { forward },
        runs,
      };
    }
  }
}
