import { type LabelImages, pairUp } from "./pool.js";

/**
 * Intersection over union (Jaccard index) of all foreground pixels, label > 0, pooled over the images.
 * Pixels that the truth ignores are left out. 1 where neither has foreground.
 *
 * @throws RangeError where the images don't belong together
 */
export function iou(prediction: LabelImages, truth: LabelImages): number {
  const { both, predicted, inTruth } = countForeground(prediction, truth, "iou");
  const union = predicted + inTruth - both;
  return union === 0 ? 1 : both / union;
}

/** Dice coefficient 2·|A ∩ B| / (|A| + |B|) of all foreground pixels; else as {@link iou}. */
export function dice(prediction: LabelImages, truth: LabelImages): number {
  const { both, predicted, inTruth } = countForeground(prediction, truth, "dice");
  return predicted + inTruth === 0 ? 1 : (2 * both) / (predicted + inTruth);
}

function countForeground(prediction: LabelImages, truth: LabelImages, where: string) {
  const counts = { both: 0, predicted: 0, inTruth: 0 };
  for (const [{ data: found }, { data: expected }] of pairUp(prediction, truth, where)) {
    for (let i = 0; i < found.length; i++) {
      if (expected[i] < 0) continue;
      if (found[i] > 0) counts.predicted++;
      if (expected[i] > 0) {
        counts.inTruth++;
        if (found[i] > 0) counts.both++;
      }
    }
  }
  return counts;
}
