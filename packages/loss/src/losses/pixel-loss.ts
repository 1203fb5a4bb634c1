import * as tf from "@tensorflow/tfjs-core";

/**
 * A loss over the pixels of a batch: logits `[batch, height, width, classes]`, int32 labels and weights
 * `[batch, height, width]`. Label −1 is ignored.
 */
export type PixelLoss = (logits: tf.Tensor4D, labels: tf.Tensor3D, weights: tf.Tensor3D) => tf.Scalar;

/** `"mean"` (default): over the weights, Σ w·x / Σ w. `"sum"`: Σ w·x, as the paper has its energy. */
export type Reduction = "mean" | "sum";

/** What a pixel counts in a weighted sum or mean; nothing where it is ignored, or where all weights are 0. */
export function pixelScale(labels: tf.Tensor, weights: tf.Tensor, reduction: Reduction): tf.Tensor {
  const counted = countedWeights(labels, weights);
  return reduction === "mean" ? tf.divNoNan(counted, tf.sum(counted)) : counted;
}

/** The weights, 0 where the label is ignored even if the weight there is NaN. */
export function countedWeights(labels: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  return tf.where(tf.greaterEqual(labels, 0), weights, tf.zerosLike(weights));
}

/**
 * Softmax p, one-hot truth g, and −log p of the true class from the logits' differences alone: it neither
 * overflows nor takes log 0.
 */
export function softmaxEntropy(logits: tf.Tensor, labels: tf.Tensor) {
  const shifted = tf.sub(logits, tf.max(logits, -1, true));
  const exponentials = tf.exp(shifted);
  const total = tf.sum(exponentials, -1, true);
  const truth = oneHot(labels, logits.shape[3] as number);
  const chosen = tf.sum(tf.mul(shifted, truth), -1);
  const entropy = tf.sub(tf.log(tf.squeeze(total, [3])), chosen);
  return { probabilities: tf.div(exponentials, total), truth, entropy };
}

/** `[…, classes]` of 0 and 1; all 0 for a label that is no class. */
export function oneHot(labels: tf.Tensor, classes: number): tf.Tensor {
  return tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, "int32")), "float32");
}

/** @throws RangeError where shapes don't fit, TypeError where labels aren't int32 */
export function assertPixels(where: string, logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor): void {
  if (logits.rank !== 4) {
    throw new RangeError(
      `${where}: logits must be [batch, height, width, classes], got shape [${logits.shape}]`,
    );
  }
  const pixels = logits.shape.slice(0, 3);
  for (const [name, tensor] of Object.entries({ labels, weights })) {
    if (String(tensor.shape) !== String(pixels)) {
      throw new RangeError(
        `${where}: ${name} must have shape [${pixels}] like the logits' pixels, got [${tensor.shape}]`,
      );
    }
  }
  if (labels.dtype !== "int32") {
    throw new TypeError(`${where}: labels must be an int32 tensor, got ${labels.dtype}`);
  }
}

/** @throws RangeError where `value`, what the option `name` was given, is none of `allowed` */
export function assertOneOf(where: string, name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  const right = allowed.map((word) => `"${word}"`).join(" or ");
  throw new RangeError(`${where}: ${name} must be ${right}, got "${value}"`);
}
