import * as tf from "@tensorflow/tfjs-core";
import { assertOneOf, assertPixels, countedWeights, oneHot } from "./pixel-loss.js";

/** Options of {@link diceLoss}. */
export interface DiceOptions {
  /**
   * What the overlap is summed over: all pixels of the `"batch"` (default), which is steadier where a class is
   * small, or those of each `"image"`.
   */
  over?: "batch" | "image";
}

/** Options of {@link tverskyLoss}. */
export interface TverskyOptions extends DiceOptions {
  /** What a false positive costs. Default 0.3. */
  alpha?: number;
  /** What a false negative costs; more than `alpha` favours small objects. Default 0.7. */
  beta?: number;
}

/**
 * Tversky loss (Salehi et al. 2017), weighted by pixel: with p the softmax of the logits and g the one-hot
 * truth, for each class
 *
 * TP = Σ w·p·g, FP = Σ w·p·(1 − g), FN = Σ w·(1 − p)·g, T = TP / (TP + α·FP + β·FN),
 *
 * and the loss is 1 minus the mean of T over the classes, background among them, that occur: Σ w·g > 0, in the
 * batch or (over `"image"`) in each image. A class that doesn't occur has no overlap to speak of, and what is
 * wrongly taken for it already costs the class that it is. So no smoothing constant is needed; where nothing
 * counts, loss and gradient are 0. A common factor of all weights changes nothing. The gradient is our own; it
 * can't be differentiated again.
 *
 * Arguments and label −1 as in {@link weightedCrossEntropy}; stable for logits of ±10⁴.
 *
 * @throws RangeError where shapes don't fit, `over` is unknown, `alpha` is negative or `beta` isn't positive,
 *   TypeError where labels aren't int32
 */
export function tverskyLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  weights: tf.Tensor3D,
  { alpha = 0.3, beta = 0.7, over = "batch" }: TverskyOptions = {},
): tf.Scalar {
  if (!(alpha >= 0 && beta > 0 && alpha + beta < Number.POSITIVE_INFINITY)) {
    throw new RangeError(
      `tverskyLoss: alpha must be 0 or more and beta positive, got alpha ${alpha} and beta ${beta}`,
    );
  }
  return overlapLoss("tverskyLoss", logits, labels, weights, { alpha, beta, over });
}

/**
 * Soft Dice loss, weighted by pixel: {@link tverskyLoss} with α = β = ½, that is 1 minus the mean over the
 * classes that occur of 2·Σ w·p·g / (Σ w·p + Σ w·g). Probabilities aren't squared in the denominator.
 */
export function diceLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  weights: tf.Tensor3D,
  { over = "batch" }: DiceOptions = {},
): tf.Scalar {
  return overlapLoss("diceLoss", logits, labels, weights, { alpha: 0.5, beta: 0.5, over });
}

function overlapLoss(
  where: string,
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  weights: tf.Tensor3D,
  { alpha, beta, over }: Required<TverskyOptions>,
): tf.Scalar {
  assertPixels(where, logits, labels, weights);
  assertOneOf(where, "over", over, ["batch", "image"]);
  const lost = tf.customGrad((scores, save) => {
    const pixels = over === "batch" ? [0, 1, 2] : [1, 2];
    const counted = tf.expandDims(countedWeights(labels, weights), 3);
    const truth = oneHot(labels, logits.shape[3]);
    const probabilities = tf.softmax(scores as tf.Tensor);
    const both = tf.sum(tf.mul(tf.mul(probabilities, truth), counted), pixels, true);
    const expected = tf.sum(tf.mul(truth, counted), pixels, true);
    const found = tf.sum(tf.mul(probabilities, counted), pixels, true);
    // TP + α·FP + β·FN
    const whole = tf.addN([tf.mul(alpha, found), tf.mul(beta, expected), tf.mul(1 - alpha - beta, both)]);
    const overlap = tf.divNoNan(both, whole);
    // what each class counts in the mean
    const occurs = tf.cast(tf.greater(expected, 0), "float32");
    const share = tf.divNoNan(occurs, tf.sum(occurs));
    // dT/dp = w·(1 − T·(1 − β)) / whole where g is 1, −w·T·α / whole where it is 0
    const unit = tf.divNoNan(share, whole);
    const inside = tf.mul(unit, tf.sub(tf.mul(1 - beta, overlap), 1));
    const outside = tf.mul(unit, tf.mul(alpha, overlap));
    const slope = tf.mul(counted, tf.where(tf.greater(truth, 0), inside, outside));
    (save as (tensors: tf.Tensor[]) => void)([throughSoftmax(slope, probabilities)]);
    return {
      value: tf.sum(tf.mul(share, tf.sub(1, overlap))) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]),
    };
  });
  return lost(logits) as tf.Scalar;
}

/** The slope with respect to the logits, from that with respect to their softmax p: p · (s − Σ p·s). */
function throughSoftmax(slope: tf.Tensor, probabilities: tf.Tensor): tf.Tensor {
  const mean = tf.sum(tf.mul(probabilities, slope), -1, true);
  return tf.mul(probabilities, tf.sub(slope, mean));
}
