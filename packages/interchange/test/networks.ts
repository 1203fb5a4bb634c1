import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { randomAt } from "@unet/image";
import { createUNet, tileGeometry, type UNetConfig } from "@unet/model";

/** One of each option of `createUNet`, and some together. */
export const configurations: ReadonlyArray<Partial<UNetConfig>> = [
  { depth: 2 },
  { depth: 1, inputChannels: 3, classes: 1 },
  { depth: 2, variant: "released", classes: 3 },
  { depth: 1, padding: "same" },
  { depth: 2, upsampling: "nearest", variant: "released" },
  { depth: 2, upsampling: "bilinear" },
  { depth: 2, upsampling: "bilinear", padding: "same", batchNormalisation: true },
  { depth: 2, padding: "same", batchNormalisation: true, dropout: 0 },
];

/** A tiny network none of whose weights is as it begins: biases, means and variances too. */
export function tinyNetwork(config: Partial<UNetConfig>): LayersModel {
  const model = createUNet({ filters: 2, seed: 4, ...config });
  for (const layer of model.layers) {
    const random = randomAt(7, layer.name, 0);
    tf.tidy(() => {
      const changed = layer.getWeights().map((weight, i) => {
        if (weight.rank !== 1) return weight;
        // of a normalisation the last is the variance
        const least = layer.getClassName() === "BatchNormalization" && i % 3 === 0 ? 0.5 : -0.4;
        return tf.tensor1d(Array.from({ length: weight.size }, () => least + 0.8 * random()));
      });
      layer.setWeights(changed);
    });
  }
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), normalisation: "z-score" });
  return model;
}

/** A batch of noise of a size that the network takes, `[count, height, width, channels]`. */
export function noiseFor(model: LayersModel, count = 2, more = [1, 2]) {
  const { architecture } = model.getUserDefinedMetadata() as { architecture: UNetConfig };
  const geometry = tileGeometry(architecture);
  const [height, width] = more.map((steps) => geometry.inputSize(1) + steps * geometry.multiple);
  const shape: [number, number, number, number] = [count, height, width, architecture.inputChannels];
  const random = randomAt(3, "noise", 0);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 4 * random() - 2);
  return { shape, values };
}

/** The logits of a network, as TensorFlow.js computes them. */
export function logitsOf(
  model: LayersModel,
  { shape, values }: { shape: [number, number, number, number]; values: Float32Array },
) {
  return tf.tidy(() => {
    const logits = model.predictOnBatch(tf.tensor4d(values, shape)) as tf.Tensor4D;
    return { shape: logits.shape, values: logits.dataSync() as Float32Array };
  });
}

/** The largest difference of two lists, relative to the largest value of the second. */
export function difference(given: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (given.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [most, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(given[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return most / largest;
}
