import type * as tf from "@tensorflow/tfjs-layers";
import { predictTiled } from "@unet/inference";
import { measuresOf, type OwnParts } from "../config/own.js";
import type { ValidationResult } from "../events.js";
import type { PreparedSamples } from "../samples/prepare.js";
import type { Samples } from "../samples/samples.js";
import { measureNamed } from "./measure.js";
import { SegmentedImage, type SegmentingOptions } from "./segmented-image.js";

/** Options of {@link validate}. */
export interface ValidateOptions extends SegmentingOptions {
  /** The measure that is taken beside the loss: one of `measureNames`, or of `own.measures`. Default: the loss alone. */
  measure?: string;
  own?: OwnParts;
  /** The samples as they were before they were prepared, which measures other than the loss need. */
  originals?: Samples;
  signal?: AbortSignal;
}

/**
 * Segments whole images by overlap-tile without deformation or dropout, and takes
 *
 * - the weighted cross-entropy Σ w·ce / Σ w over all of them,
 * - beside it what the best constant class probabilities reach: p_c = Σ_{label = c} w / Σ w, whose loss is the
 *   entropy −Σ p_c ln p_c,
 * - and a measure, by the original labels, of what the `task` makes of the image at its own size, or without a task of the
 *   probability of anything but background.
 *
 * The network is run once an image, and images are not kept.
 *
 * @param samples prepared with the class weights of the training set
 */
export async function validate(
  model: tf.LayersModel,
  samples: PreparedSamples,
  { measure = "loss", own = {}, originals, signal, ...segmenting }: ValidateOptions = {},
): Promise<ValidationResult> {
  const share = new Float64Array(model.outputs[0].shape.at(-1) as number);
  const inHand =
    measure === "loss" || !originals ? undefined : measureNamed(measure, measuresOf(own)).start();
  let energy = 0;
  for (let index = 0; index < samples.length; index++) {
    const { image, labels, weights } = await samples.get(index);
    const logits = await predictTiled(image, model, { signal, activation: "none", normalisation: "none" });
    for (let pixel = 0; pixel < labels.data.length; pixel++) {
      const label = labels.data[pixel];
      const weight = weights.data[pixel];
      if (label < 0 || weight === 0) continue;
      energy += weight * crossEntropyAt(logits.data, pixel * share.length, share.length, label);
      share[label] += weight;
    }
    if (inHand && originals) {
      inHand.add(new SegmentedImage(logits, await originals.get(index), segmenting));
    }
  }
  const total = share.reduce((sum, value) => sum + value, 0);
  const entropy = share.reduce((sum, w) => (w > 0 ? sum - (w / total) * Math.log(w / total) : sum), 0);
  const loss = total === 0 ? 0 : energy / total;
  const value = inHand && samples.length > 0 ? inHand.value() : loss;
  return { loss, constantLoss: entropy, measure, value };
}

/** −ln softmax(logits)[label] of the `classes` values from `start` on. */
function crossEntropyAt(logits: ArrayLike<number>, start: number, classes: number, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[start + c]);
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(logits[start + c] - largest);
  return largest + Math.log(sum) - logits[start + label];
}
