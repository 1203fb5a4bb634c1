import type { Image, LabelImage } from "@unet/image";
import { type Counts, fScoreOf, mean, sumCounts } from "../counts.js";
import { type Measure, measureOf } from "../measure.js";
import { defaultThresholds, foregroundAbove, sliceOf, type ThresholdOptions } from "../slices.js";

/** Pixels at one threshold, counted over all slices; cells are positive. */
export interface PixelErrorAt {
  threshold: number;
  /** Share of the pixels that are wrong, the mean of the slices. */
  error: number;
  precision: number;
  recall: number;
  fScore: number;
}

/** What {@link pixelError} answers. */
export interface PixelErrorResult {
  perThreshold: PixelErrorAt[];
  /** The threshold with the least share of wrong pixels. */
  best: PixelErrorAt;
  /** What ISBI 2012 reported: 1 − the largest F-score over thresholds. */
  challenge: number;
}

/**
 * The pixel error of ISBI 2012. Ignored pixels are left out.
 *
 * @param prediction probability of cell
 * @param truth 1 inside cells, 0 on membranes
 */
export const pixelError: Measure<Image, PixelErrorResult, ThresholdOptions> = measureOf(
  "pixelError",
  countPixels,
  (slices, { thresholds = defaultThresholds }) => {
    const perThreshold = thresholds.map((threshold, k): PixelErrorAt => {
      const counts = slices.map((slice) => slice[k]);
      return { threshold, error: mean(counts.map(errorOf)), ...fScoreOf(sumCounts(counts)) };
    });
    const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
    return { perThreshold, best, challenge: 1 - Math.max(...perThreshold.map(({ fScore }) => fScore)) };
  },
);

/** Pixels of a slice at each threshold; `known` are those that the truth doesn't ignore. */
function countPixels(prediction: Image, truth: LabelImage, options: ThresholdOptions) {
  const slice = sliceOf(prediction, truth, options, "pixelError");
  return (options.thresholds ?? defaultThresholds).map((threshold) => {
    const foreground = foregroundAbove(slice, threshold);
    let [tp, fp, fn, known] = [0, 0, 0, 0];
    for (let i = 0; i < foreground.length; i++) {
      if (slice.truth[i] < 0) continue;
      known++;
      if (slice.truth[i] > 0) foreground[i] ? tp++ : fn++;
      else if (foreground[i]) fp++;
    }
    return { tp, fp, fn, known };
  });
}

const errorOf = ({ fp, fn, known }: Counts & { known: number }) => (known > 0 ? (fp + fn) / known : 0);
