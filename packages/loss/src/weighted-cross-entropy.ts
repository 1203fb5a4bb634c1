import * as tf from "@tensorflow/tfjs-core";

/** Options of {@link weightedCrossEntropy}. */
export interface CrossEntropyOptions {
  /** `"mean"` (default): Σ w·ce / Σ w over the batch. `"sum"`: Σ w·ce, the paper's energy. */
  reduction?: "mean" | "sum";
}

/**
 * Pixel-wise softmax and cross-entropy, weighted by pixel (paper, section 3, equation 1): ce = −log p_l with p
 * the softmax of the logits and l the true class, in one step that neither overflows nor takes log 0, so
 * logits of ±10⁴ are fine. The gradient, w · (p − onehot(l)) / Σ w, is our own; it can't be differentiated
 * again. Where Σ w is 0, so are loss and gradient.
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
  check(logits, labels, weights, reduction);
  const energy = tf.customGrad((scores, save) => {
    const counted = tf.where(tf.greaterEqual(labels, 0), weights, tf.zerosLike(weights));
    const scale = reduction === "mean" ? tf.divNoNan(counted, tf.sum(counted)) : counted;
    const shifted = tf.sub(scores as tf.Tensor, tf.max(scores as tf.Tensor, -1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, -1, true);
    const truth = oneHot(labels, logits.shape[3]);
    const chosen = tf.sum(tf.mul(shifted, truth), -1);
    const entropy = tf.sub(tf.log(tf.squeeze(total, [3])), chosen);
    const slope = tf.mul(tf.sub(tf.div(exponentials, total), truth), tf.expandDims(scale, 3));
    (save as (tensors: tf.Tensor[]) => void)([slope]);
    return {
      value: tf.sum(tf.mul(scale, entropy)) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]),
    };
  });
  return energy(logits) as tf.Scalar;
}

/** `[…, classes]` of 0 and 1; all 0 for a label that is no class. */
function oneHot(labels: tf.Tensor, classes: number): tf.Tensor {
  return tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, "int32")), "float32");
}

function check(logits: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor, reduction: string): void {
  if (logits.rank !== 4) {
    throw new RangeError(
      `weightedCrossEntropy: logits must be [batch, height, width, classes], got shape [${logits.shape}]`,
    );
  }
  const pixels = logits.shape.slice(0, 3);
  for (const [name, tensor] of Object.entries({ labels, weights })) {
    if (String(tensor.shape) !== String(pixels)) {
      throw new RangeError(
        `weightedCrossEntropy: ${name} must have shape [${pixels}] like the logits' pixels, got [${tensor.shape}]`,
      );
    }
  }
  if (labels.dtype !== "int32") {
    throw new TypeError(`weightedCrossEntropy: labels must be an int32 tensor, got ${labels.dtype}`);
  }
  if (reduction !== "mean" && reduction !== "sum") {
    throw new RangeError(`weightedCrossEntropy: reduction must be "mean" or "sum", got "${reduction}"`);
  }
}
