import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type PixelLoss, weightedCrossEntropy } from "@unet/loss";
import { DivergedError } from "./optimisation/diverged.js";
import type { Optimizer } from "./optimisation/optimizer.js";
import type { Tile } from "./samples/tile.js";

/** What a step learnt from, in numbers. */
export interface StepResult {
  /** The mean of the tiles' losses before the update. */
  loss: number;
  /** Length of the gradient of all weights together, before clipping. */
  gradientNorm: number;
}

/**
 * One step of gradient descent: for each tile a forward pass with dropout, the loss and its
 * gradients; then the optimiser's update by the mean of the gradients.
 *
 * @param tiles one, as in the paper, or several whose gradients are accumulated, in the memory of one
 * @param options `rate`: the optimiser's step size; `loss`: default weighted cross-entropy; `limit`: the loss that
 *   counts as exploded, default infinity
 * @throws DivergedError where the loss or a gradient is no finite number, or the loss is above the limit; the
 *   weights, and the moving statistics of batch normalisation, are then as before the step
 */
export async function trainingStep(
  model: LayersModel,
  optimizer: Optimizer,
  tiles: readonly Tile[],
  {
    rate,
    loss: lossOf = weightedCrossEntropy,
    limit = Number.POSITIVE_INFINITY,
  }: { rate: number; loss?: PixelLoss; limit?: number },
): Promise<StepResult> {
  let sums: tf.Tensor[] = [];
  let loss = 0;
  let gradientNorm = 0;
  // What changes without a gradient: the statistics that batch normalisation takes as it goes.
  const moving = model.nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = moving.map((variable) => tf.clone(variable));
  try {
    for (const [index, tile] of tiles.entries()) {
      const { value, gradients } = gradientsOf(model, optimizer.variables, tile, lossOf);
      const soFar = sums;
      sums =
        index === 0 ? gradients : tf.tidy(() => gradients.map((gradient, i) => tf.add(soFar[i], gradient)));
      if (index > 0) tf.dispose([soFar, gradients]);
      if (index === tiles.length - 1 && index > 0) {
        const whole = sums;
        sums = tf.tidy(() => whole.map((sum) => tf.div(sum, tiles.length)));
        tf.dispose(whole);
      }
      const [tileLoss, norm] = await readBoth(
        value,
        tf.tidy(() => normOf(sums)),
      );
      if (!Number.isFinite(tileLoss) || !Number.isFinite(norm) || tileLoss > limit) {
        throw new DivergedError({ loss: tileLoss, gradientNorm: norm, tile });
      }
      loss += tileLoss / tiles.length;
      gradientNorm = norm;
    }
    optimizer.update(sums, rate, gradientNorm);
    return { loss, gradientNorm };
  } catch (error) {
    moving.forEach((variable, i) => {
      variable.assign(before[i]);
    });
    throw error;
  } finally {
    tf.dispose([sums, before]);
  }
}

/** The loss of one tile, and its gradient for each variable. */
function gradientsOf(
  model: LayersModel,
  variables: readonly tf.Variable[],
  { image, labels, weights }: Tile,
  lossOf: PixelLoss,
) {
  return tf.tidy(() => {
    const input = tf.tensor4d(image.data, [1, image.height, image.width, image.channels]);
    const truth = tf.tensor3d(labels.data, [1, labels.height, labels.width], "int32");
    const weight = tf.tensor3d(weights.data, [1, weights.height, weights.width]);
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(input, { training: true }) as tf.Tensor4D;
      return lossOf(logits, truth, weight);
    }, [...variables]);
    return { value, gradients: variables.map(({ name }) => grads[name]) };
  });
}

function normOf(gradients: readonly tf.Tensor[]): tf.Scalar {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar);
  // Two by two: WebGPU can't bind as many tensors to one sum as a network has.
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
}

/** Two scalars, in one wait for the backend. */
async function readBoth(first: tf.Scalar, second: tf.Scalar): Promise<[number, number]> {
  try {
    return (await Promise.all([first.data(), second.data()])).map(([value]) => value) as [number, number];
  } finally {
    tf.dispose([first, second]);
  }
}
