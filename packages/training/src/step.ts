import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { weightedCrossEntropy } from "@unet/loss";
import type { Tile } from "./tile.js";

/**
 * One step of gradient descent on one tile: forward pass with dropout, weighted cross-entropy, gradients,
 * and the optimiser's update of `model`'s weights.
 *
 * @returns the loss before the update
 */
export async function trainingStep(
  model: LayersModel,
  optimizer: tf.Optimizer,
  { image, labels, weights }: Tile,
): Promise<number> {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = tf.tidy(() => {
    const input = tf.tensor4d(image.data, [1, image.height, image.width, image.channels]);
    const truth = tf.tensor3d(labels.data, [1, labels.height, labels.width], "int32");
    const weight = tf.tensor3d(weights.data, [1, weights.height, weights.width]);
    const energy = () => {
      const logits = model.apply(input, { training: true }) as tf.Tensor4D;
      return weightedCrossEntropy(logits, truth, weight);
    };
    return optimizer.minimize(energy, true, variables) as tf.Scalar;
  });
  try {
    return (await loss.data())[0];
  } finally {
    loss.dispose();
  }
}
