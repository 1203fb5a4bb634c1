import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type PixelLoss, weightedCrossEntropy } from "@unet/loss";
import { setDropoutStep } from "@unet/model";
import { augmented, type OwnParts } from "./config/own.js";
import { DivergedError } from "./optimisation/diverged.js";
import type { Optimizer } from "./optimisation/optimizer.js";
import type { WeightAverage } from "./optimisation/weight-average.js";
import type { Tile } from "./samples/tile.js";

/** Loss and gradient of a step. */
export interface StepResult {
  /** The mean of the tiles' losses before the update. */
  loss: number;
  /** Length of the gradient of all weights together, before clipping. */
  gradientNorm: number;
}

/** The parts of a run that a step uses. */
export interface Learner {
  model: LayersModel;
  /** The tiles of the run in their order, without end. */
  tiles: AsyncGenerator<Tile, void, undefined>;
  /** Names of augmentations in `own` that each tile goes through, and how many tiles a step takes. */
  config: { augmentations: readonly string[]; accumulate: number };
  own: OwnParts;
  seed: number;
  loss: PixelLoss;
  optimizer: Optimizer;
  average?: WeightAverage;
}

/**
 * Step number `index` of a run, from 0:
 *
 * 1. takes the next tiles: deformed pieces of the samples, with a class and a weight for each pixel;
 * 2. puts each through the caller's own augmentations, where the configuration names some;
 * 3. runs the network on each with the dropout masks of this step, and takes the loss and its gradients;
 * 4. moves the weights against the mean of the gradients, at the learning rate of this step;
 * 5. takes the new weights into their moving average.
 *
 * Tiles and masks depend on the seed and `index` alone, so that a resumed run goes on with the same ones.
 *
 * @param options `rate`: the learning rate; `limit`: the loss that counts as exploded
 * @returns what it learnt from, and the seconds that it waited for tiles
 * @throws DivergedError as {@link trainingStep}
 */
export async function takeStep(
  { model, tiles, config, own, seed, loss, optimizer, average }: Learner,
  { index, rate, limit }: { index: number; rate: number; limit: number },
): Promise<StepResult & { waitedSeconds: number }> {
  const began = performance.now();
  const first = index * config.accumulate;
  const batch: Tile[] = [];
  while (batch.length < config.accumulate) {
    const { value: tile } = await tiles.next();
    const at = { seed, index: first + batch.length };
    batch.push(await augmented(tile as Tile, config.augmentations, own, at));
  }
  const waitedSeconds = (performance.now() - began) / 1000;
  setDropoutStep(model, { seed, step: first });
  const learnt = await trainingStep(model, optimizer, batch, { rate, loss, limit });
  average?.update();
  return { ...learnt, waitedSeconds };
}

/**
 * One step of gradient descent: for each tile a forward pass with dropout, the loss and its gradients; then the optimiser's
 * update by the mean of the gradients.
 *
 * ```ts
 * const optimizer = new Optimizer(variables, { optimizer: "sgd", momentum: 0.99, weightDecay: 0, clipNorm: 0 });
 * const { loss } = await trainingStep(model, optimizer, [tile], { rate: 0.001 });
 * ```
 *
 * @param tiles one, as in the paper, or several whose gradients are accumulated, in the memory of one
 * @param options `rate`: the learning rate; `loss`: default weighted cross-entropy; `limit`: the loss that counts as
 *   exploded, default infinity
 * @throws DivergedError where the loss or a gradient is no finite number, or the loss is above the limit; the weights, and
 *   the moving statistics of batch normalisation, are then as before the step
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
  let gradients: tf.Tensor[] = [];
  let loss = 0;
  let gradientNorm = 0;
  // Variables that change without a gradient: the moving statistics of batch normalisation.
  const moving = model.nonTrainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = moving.map((variable) => tf.clone(variable));
  try {
    for (const [index, tile] of tiles.entries()) {
      const { value, gradients: found } = gradientsOf(model, optimizer.variables, tile, lossOf);
      const sums = gradients;
      gradients =
        index === 0 ? found : inPlaceOf([sums, found], () => found.map((each, i) => tf.add(sums[i], each)));
      if (index > 0 && index === tiles.length - 1) {
        const total = gradients;
        gradients = inPlaceOf(total, () => total.map((sum) => tf.div(sum, tiles.length)));
      }
      const norm = tf.tidy(() => normOf(gradients));
      const [tileLoss, length] = await readBoth(value, norm);
      if (!Number.isFinite(tileLoss) || !Number.isFinite(length) || tileLoss > limit) {
        throw new DivergedError({ loss: tileLoss, gradientNorm: length, tile });
      }
      loss += tileLoss / tiles.length;
      gradientNorm = length;
    }
    optimizer.update(gradients, rate, gradientNorm);
    return { loss, gradientNorm };
  } catch (error) {
    moving.forEach((variable, i) => {
      variable.assign(before[i]);
    });
    throw error;
  } finally {
    tf.dispose([gradients, before]);
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

/** The tensors that `make` returns; those that it used are disposed. */
function inPlaceOf(used: tf.TensorContainer, make: () => tf.Tensor[]): tf.Tensor[] {
  const made = tf.tidy(make);
  tf.dispose(used);
  return made;
}

function normOf(gradients: readonly tf.Tensor[]): tf.Scalar {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)) as tf.Scalar);
  // Added pairwise: WebGPU can't bind as many tensors to one sum as a network has.
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
