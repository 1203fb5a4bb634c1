import type { LabelImage } from "@unet/image";
import { type Measure, measureOf } from "../measure.js";

/**
 * Intersection over union (Jaccard index) of all foreground pixels, label > 0, pooled over the images.
 * Pixels that the truth ignores are left out. 1 where neither has foreground.
 */
export const iou: Measure<LabelImage, number> = measureOf("iou", countForeground, (images) => {
  const { both, predicted, inTruth } = sum(images);
  const union = predicted + inTruth - both;
  return union === 0 ? 1 : both / union;
});

/** Dice coefficient 2·|A ∩ B| / (|A| + |B|) of all foreground pixels; else as {@link iou}. */
export const dice: Measure<LabelImage, number> = measureOf("dice", countForeground, (images) => {
  const { both, predicted, inTruth } = sum(images);
  return predicted + inTruth === 0 ? 1 : (2 * both) / (predicted + inTruth);
});

function countForeground({ data: found }: LabelImage, { data: expected }: LabelImage) {
  const counts = { both: 0, predicted: 0, inTruth: 0 };
  for (let i = 0; i < found.length; i++) {
    if (expected[i] < 0) continue;
    if (found[i] > 0) counts.predicted++;
    if (expected[i] > 0) {
      counts.inTruth++;
      if (found[i] > 0) counts.both++;
    }
  }
  return counts;
}

function sum(images: Array<ReturnType<typeof countForeground>>) {
  return images.reduce((a, b) => ({
    both: a.both + b.both,
    predicted: a.predicted + b.predicted,
    inTruth: a.inTruth + b.inTruth,
  }));
}
