import type { LabelImage } from "@unet/image";
import { type Measure, measureOf } from "../measure.js";
import { matchObjects } from "../objects/match-objects.js";

/** What {@link segMeasure} answers. */
export interface SegResult {
  /** Mean Jaccard index over the true objects; NaN where there is none. */
  score: number;
  /** Jaccard index of each true object, 0 where none matches it. */
  objects: Array<{ image: number; label: number; jaccard: number; match?: number }>;
}

/**
 * SEG of the Cell Tracking Challenge: a true object R is matched by the predicted object S that covers more
 * than half of it, |R ∩ S| > |R| / 2; its score is |R ∩ S| / |R ∪ S|, and 0 where there is none; SEG is the
 * mean over all true objects. Predicted objects without a match cost nothing.
 *
 * @param prediction instance labels
 * @param truth instance labels; ignored pixels are left out
 */
export const segMeasure: Measure<LabelImage, SegResult> = measureOf("segMeasure", scoreObjects, (images) => {
  const objects = images.flatMap((scores, image) => scores.map((score) => ({ image, ...score })));
  return { score: objects.reduce((sum, { jaccard }) => sum + jaccard, 0) / objects.length, objects };
});

/** The Jaccard index of each true object of one image. */
export function scoreObjects(
  prediction: LabelImage,
  truth: LabelImage,
): Array<Omit<SegResult["objects"][0], "image">> {
  const { expected, found, matches } = matchObjects(prediction, truth);
  return [...expected].map(([label, area]) => {
    const match = matches.get(label);
    if (!match) return { label, jaccard: 0 };
    const union = area + found.get(match.label)! - match.shared;
    return { label, jaccard: match.shared / union, match: match.label };
  });
}
