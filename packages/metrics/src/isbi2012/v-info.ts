import type { Image, LabelImage } from "@unet/image";
import { type Measure, measureOf } from "../measure.js";
import type { ThresholdOptions } from "../slices.js";
import type { Overlaps } from "./overlaps.js";
import { bestOver, meanScore, overlapsOf, type Score } from "./rand.js";

/** Options of {@link vInfo}. */
export interface VInfoOptions extends ThresholdOptions {
  /** Whether borders are thinned to lines first, as the challenge does. Default true. */
  thin?: boolean;
}

/**
 * V^Info (Arganda-Carreras et al. 2015): the information that prediction and truth share, over the mean of what
 * each holds, restricted to the true foreground, after border thinning; the mean of the slices, the largest over
 * thresholds. 1 is perfect.
 *
 * @param prediction probability of cell
 * @param truth 1 inside cells, 0 on membranes; ignored pixels are left out
 */
export const vInfo: Measure<Image, Score, VInfoOptions> = measureOf(
  "vInfo",
  (prediction: Image, truth: LabelImage, options: VInfoOptions) =>
    overlapsOf(prediction, truth, options, "vInfo").map(sharedInformation),
  (slices, options) => bestOver(options, (k) => meanScore(slices.map((slice) => slice[k]))),
);

/** I(cells; objects) over the entropy of the cells, of the objects, and the mean of both. */
function sharedInformation({ pixels, single, cells, objects, pairs }: Overlaps) {
  const entropy = (counts: number[]) =>
    counts.reduce((sum, count) => sum - (count / pixels) * Math.log(count / pixels), 0);
  const ofSingle = single > 0 ? (single / pixels) * Math.log(pixels) : 0;
  const ofCells = entropy(cells);
  const ofObjects = entropy(objects) + ofSingle;
  if (ofObjects === 0) return { score: 0, precision: 1, recall: 0 };
  const shared = ofCells + ofObjects - (entropy(pairs) + ofSingle);
  return {
    score: (2 * shared) / (ofCells + ofObjects),
    precision: ofCells === 0 ? 1 : shared / ofCells,
    recall: shared / ofObjects,
  };
}
