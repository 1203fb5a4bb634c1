import type { LabelImage } from "@unet/image";
import {
  defaultThresholds,
  foregroundAbove,
  type Images,
  slicesOf,
  type ThresholdOptions,
} from "./slices.js";

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
export function pixelError(
  prediction: Images,
  truth: LabelImage | readonly LabelImage[],
  options: ThresholdOptions = {},
): PixelErrorResult {
  const slices = slicesOf(prediction, truth, options, "pixelError");
  const perThreshold = (options.thresholds ?? defaultThresholds).map((threshold): PixelErrorAt => {
    const total = { tp: 0, fp: 0, fn: 0 };
    let error = 0;
    for (const slice of slices) {
      const foreground = foregroundAbove(slice, threshold);
      let [tp, fp, fn, count] = [0, 0, 0, 0];
      for (let i = 0; i < foreground.length; i++) {
        if (slice.truth[i] < 0) continue;
        count++;
        if (slice.truth[i] > 0) foreground[i] ? tp++ : fn++;
        else if (foreground[i]) fp++;
      }
      total.tp += tp;
      total.fp += fp;
      total.fn += fn;
      error += count > 0 ? (fp + fn) / count / slices.length : 0;
    }
    return { threshold, error, ...fScoreOf(total) };
  });
  const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
  return { perThreshold, best, challenge: 1 - Math.max(...perThreshold.map(({ fScore }) => fScore)) };
}

/** Precision, recall and their harmonic mean; 1 where nothing could be wrong. */
export function fScoreOf({ tp, fp, fn }: { tp: number; fp: number; fn: number }) {
  return {
    precision: fp === 0 ? 1 : tp / (tp + fp),
    recall: fn === 0 ? 1 : tp / (tp + fn),
    fScore: fp + fn === 0 ? 1 : (2 * tp) / (2 * tp + fp + fn),
  };
}
