import * as tf from "@tensorflow/tfjs-core";
import { assertOneOf, assertPixels, pixelScale, type Reduction, softmaxEntropy } from "./pixel-loss.js";

/** Options of {@link focalLoss}. */
export interface FocalOptions {
  /** How much pixels that are already right are passed over; 0 is cross-entropy. Default 2. */
  gamma?: number;
  /** `"mean"` (default): Σ w·x / Σ w over the batch. `"sum"`: Σ w·x. */
  reduction?: Reduction;
}

/**
 * Focal loss (Lin et al. 2017): cross-entropy in which a pixel counts less the surer it is right,
 * x = (1 − p_l)^γ · ce with ce = −log p_l and l the true class. What they call α, a weight for each class,
 * is part of `weights`. Stable for logits of ±10⁴; the gradient with respect to the logits,
 * w · (1 − p_l)^γ · (1 + γ · p_l · ce / (1 − p_l)) · (p − onehot(l)) / Σ w, can't be differentiated again.
 *
 * Arguments, label −1 and zero weights as in {@link weightedCrossEntropy}.
 *
 * @throws RangeError where shapes don't fit, `gamma` is negative or `reduction` unknown, TypeError where
 *   labels aren't int32
 */
export function focalLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  weights: tf.Tensor3D,
  { gamma = 2, reduction = "mean" }: FocalOptions = {},
): tf.Scalar {
  assertPixels("focalLoss", logits, labels, weights);
  assertOneOf("focalLoss", "reduction", reduction, ["mean", "sum"]);
  if (!(gamma >= 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`focalLoss: gamma must be 0 or a positive number, got ${gamma}`);
  }
  const energy = tf.customGrad((scores, save) => {
    const { probabilities, truth, entropy } = softmaxEntropy(scores as tf.Tensor, labels);
    const right = tf.sum(tf.mul(probabilities, truth), -1);
    // 1 − p_l as the sum of the others: no digits are lost where p_l is almost 1
    const wrong = tf.sum(tf.mul(probabilities, tf.sub(1, truth)), -1);
    const scale = tf.mul(pixelScale(labels, weights, reduction), tf.pow(wrong, gamma));
    const steepness = tf.add(tf.mul(gamma, tf.mul(right, tf.divNoNan(entropy, wrong))), 1);
    const slope = tf.mul(tf.sub(probabilities, truth), tf.expandDims(tf.mul(scale, steepness), 3));
    (save as (tensors: tf.Tensor[]) => void)([slope]);
    return {
      value: tf.sum(tf.mul(scale, entropy)) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]),
    };
  });
  return energy(logits) as tf.Scalar;
}
