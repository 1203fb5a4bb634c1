import { matchObjects } from "./match-objects.js";
import { type LabelImages, pairUp } from "./pool.js";

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
 * @throws RangeError where the images don't belong together
 */
export function segMeasure(prediction: LabelImages, truth: LabelImages): SegResult {
  const objects: SegResult["objects"] = [];
  for (const [image, pair] of pairUp(prediction, truth, "segMeasure").entries()) {
    const { expected, found, matches } = matchObjects(...pair);
    for (const [label, area] of expected) {
      const match = matches.get(label);
      if (!match) objects.push({ image, label, jaccard: 0 });
      else {
        const jaccard = match.shared / (area + found.get(match.label)! - match.shared);
        objects.push({ image, label, jaccard, match: match.label });
      }
    }
  }
  const score = objects.reduce((sum, { jaccard }) => sum + jaccard, 0) / objects.length;
  return { score, objects };
}
