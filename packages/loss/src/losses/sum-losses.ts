import * as tf from "@tensorflow/tfjs-core";
import type { PixelLoss } from "./pixel-loss.js";

/**
 * The sum of losses, each with a factor or without one:
 * `sumLosses(weightedCrossEntropy, [0.5, diceLoss])`. A loss with options is a function of three arguments:
 * `sumLosses(weightedCrossEntropy, (...given) => focalLoss(...given, { gamma: 1 }))`.
 *
 * The gradient is that of tfjs's own addition and multiplication, which `@tensorflow/tfjs-layers` brings.
 *
 * @throws RangeError where there is no loss, or a factor isn't a finite number
 */
export function sumLosses(...terms: (PixelLoss | readonly [factor: number, loss: PixelLoss])[]): PixelLoss {
  if (terms.length === 0) throw new RangeError("sumLosses: terms is empty; give at least one loss");
  const weighted = terms.map((term) => (typeof term === "function" ? ([1, term] as const) : term));
  for (const [factor] of weighted) {
    if (!Number.isFinite(factor)) {
      throw new RangeError(`sumLosses: a factor must be a finite number, got ${factor}`);
    }
  }
  return (logits, labels, weights) =>
    tf.tidy(() =>
      tf.addN(weighted.map(([factor, loss]) => tf.mul(factor, loss(logits, labels, weights)) as tf.Scalar)),
    );
}
