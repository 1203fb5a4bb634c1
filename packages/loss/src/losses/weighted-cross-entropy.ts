import * as tf from "@tensorflow/tfjs-core";
import { assertOneOf, assertPixels, pixelScale, type Reduction, softmaxEntropy } from "./pixel-loss.js";

/** Options of {@link weightedCrossEntropy}. */
export interface CrossEntropyOptions {
  /** `"mean"` (default): Σ w·ce / Σ w over the batch. `"sum"`: Σ w·ce, the paper's energy. */
  reduction?: Reduction;
}

/**
 * Pixel-wise softmax and cross-entropy, weighted by pixel (paper, section 3, equation 1): ce = −log p_l with p
 * the softmax of the logits and l the true class, in one step that neither overflows nor takes log 0, so
 * logits of ±10⁴ are fine. The gradient, w · (p − onehot(l)) / Σ w, is our own; it can't be differentiated
 * again. Where Σ w is 0, so are loss and gradient.
 *
 * PyTorch's `cross_entropy` with one weight a class is the mean with `weights` that hold it at each pixel.
 *
 * @param logits `[batch, height, width, classes]`
 * @param labels `[batch, height, width]`, int32: 0 … classes − 1, which isn't checked here (`countClasses`
 *   does), or −1: the pixel weighs 0 whatever `weights` says
 * @param weights `[batch, height, width]`; taken as constants: no gradient flows into them
 * @throws RangeError where shapes don't fit or `reduction` is unknown, TypeError where labels aren't int32
 */
export function weightedCrossEntropy(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  weights: tf.Tensor3D,
  { reduction = "mean" }: CrossEntropyOptions = {},
): tf.Scalar {
  assertPixels("weightedCrossEntropy", logits, labels, weights);
  assertOneOf("weightedCrossEntropy", "reduction", reduction, ["mean", "sum"]);
  const energy = tf.customGrad((scores, save) => {
    const compute = tf.getKernel(FUSED, tf.getBackend()) ? fused : composed;
    const { value, slope } = compute(scores as tf.Tensor, labels, weights, reduction);
    (save as (tensors: tf.Tensor[]) => void)([slope]);
    return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]) };
  });
  return energy(logits) as tf.Scalar;
}

/** The loss, and its gradient by the logits. */
interface Energy {
  value: tf.Scalar;
  slope: tf.Tensor;
}

/** The whole of it as one operation of the backend, where that has it: README of `@unet/backend-simd`. */
const FUSED = "UNetWeightedCrossEntropy";

function fused(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor, reduction: Reduction): Energy {
  const inputs = { logits, labels, weights };
  const outputs = tf.engine().runKernel(FUSED, inputs, { mean: reduction === "mean" });
  const [value, slope] = outputs as unknown as [tf.Scalar, tf.Tensor];
  return { value, slope };
}

function composed(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor, reduction: Reduction): Energy {
  const scale = pixelScale(labels, weights, reduction);
  const { probabilities, truth, entropy } = softmaxEntropy(logits, labels);
  const slope = tf.mul(tf.sub(probabilities, truth), tf.expandDims(scale, 3));
  return { value: tf.sum(tf.mul(scale, entropy)), slope };
}
