import type * as tf from "@tensorflow/tfjs-layers";
import { predictTiled } from "@unet/inference";
import type { ValidationResult } from "./events.js";
import type { PreparedSamples } from "./prepare.js";

/**
 * The weighted cross-entropy Σ w·ce / Σ w over whole images, segmented by overlap-tile without deformation
 * or dropout, beside what the best constant class probabilities reach: p_c = Σ_{label = c} w / Σ w, whose
 * loss is the entropy −Σ p_c ln p_c.
 *
 * @param samples prepared with the class weights of the training set
 */
export async function weightedLoss(
  model: tf.LayersModel,
  samples: PreparedSamples,
  options: { signal?: AbortSignal } = {},
): Promise<ValidationResult> {
  const share = new Float64Array(model.outputs[0].shape.at(-1) as number);
  let energy = 0;
  for (let index = 0; index < samples.length; index++) {
    const { image, labels, weights } = await samples.get(index);
    const logits = await predictTiled(image, model, {
      ...options,
      activation: "none",
      normalisation: "none",
    });
    for (let pixel = 0; pixel < labels.data.length; pixel++) {
      const label = labels.data[pixel];
      const weight = weights.data[pixel];
      if (label < 0 || weight === 0) continue;
      energy += weight * crossEntropyAt(logits.data, pixel * share.length, share.length, label);
      share[label] += weight;
    }
  }
  const total = share.reduce((sum, value) => sum + value, 0);
  if (total === 0) return { loss: 0, constantLoss: 0 };
  const entropy = share.reduce((sum, w) => (w > 0 ? sum - (w / total) * Math.log(w / total) : sum), 0);
  return { loss: energy / total, constantLoss: entropy };
}

/** −ln softmax(logits)[label] of the `classes` values from `start` on. */
function crossEntropyAt(logits: ArrayLike<number>, start: number, classes: number, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[start + c]);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(logits[start + c] - largest);
  return largest + Math.log(sum) - logits[start + label];
}
