import type { Image, LabelImage } from "@unet/image";
import { mean } from "../counts.js";
import { type Measure, measureOf } from "../measure.js";
import { defaultThresholds, sliceOf, type ThresholdOptions } from "../slices.js";
import { type TopologyErrors, topologyErrors } from "./topology-errors.js";
import { warpTruth } from "./warp.js";

/** Topological errors at one threshold. */
export interface WarpingErrorAt {
  threshold: number;
  /** Share of the pixels that differ after warping, the mean of the slices. */
  error: number;
  /** Pixels of splits and mergers, as a share of all pixels. */
  splitsAndMergers: number;
  /** Pixels of each kind of error, summed over the slices. */
  pixels: TopologyErrors;
  /** Connected groups of such pixels, summed over the slices. */
  groups: TopologyErrors;
}

/** What {@link warpingError} answers. */
export interface WarpingErrorResult {
  perThreshold: WarpingErrorAt[];
  /** The threshold with the least error. */
  best: WarpingErrorAt;
  /** What ISBI 2012 reported: the least share of pixels in splits and mergers over thresholds. */
  challenge: number;
}

/** Options of {@link warpingError}. */
export interface WarpingErrorOptions extends ThresholdOptions {
  /** How far around a pixel a split is looked for, in px; `Infinity` for the whole slice. Default 20, as the challenge. */
  radius?: number;
}

/**
 * The warping error (Jain et al. 2010) of ISBI 2012: pixels that still differ once the truth is warped to the
 * prediction as far as its topology allows. Borders may lie elsewhere at no cost; splits, mergers, lost and added
 * objects and holes are what remains. Ignored pixels are left out.
 *
 * @param prediction probability of cell
 * @param truth 1 inside cells, 0 on membranes
 * @throws RangeError where `radius` is less than 1
 */
export const warpingError: Measure<Image, WarpingErrorResult, WarpingErrorOptions> = measureOf(
  "warpingError",
  errorsOf,
  (slices, { thresholds = defaultThresholds }) => {
    const known = slices.reduce((sum, slice) => sum + slice.known, 0);
    const perThreshold = thresholds.map((threshold, k): WarpingErrorAt => {
      const errors = slices.map((slice) => slice.errors[k]);
      const pixels = sumErrors(errors.map((error) => error.pixels));
      const groups = sumErrors(errors.map((error) => error.groups));
      const error = mean(
        slices.map((slice, i) => (slice.known > 0 ? errors[i].mismatches / slice.known : 0)),
      );
      const splitsAndMergers = known > 0 ? (pixels.splits + pixels.mergers) / known : 0;
      return { threshold, error, splitsAndMergers, pixels, groups };
    });
    const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
    return { perThreshold, best, challenge: Math.min(...perThreshold.map((at) => at.splitsAndMergers)) };
  },
);

/** What differs in a slice at each threshold; `known` pixels are those that the truth doesn't ignore. */
function errorsOf(prediction: Image, truth: LabelImage, options: WarpingErrorOptions) {
  const { thresholds = defaultThresholds, radius = 20 } = options;
  if (!(radius >= 1)) throw new RangeError(`warpingError: radius must be 1 px or more, got ${radius}`);
  const slice = sliceOf(prediction, truth, options, "warpingError");
  const errors = thresholds.map((threshold) => {
    const warped = warpTruth(slice, threshold);
    const { pixels, groups } = topologyErrors(warped, slice.width, slice.height, radius);
    return { mismatches: warped.mismatches.length, pixels, groups };
  });
  return { known: slice.truth.reduce((sum, label) => (label < 0 ? sum : sum + 1), 0), errors };
}

function sumErrors(slices: TopologyErrors[]): TopologyErrors {
  return slices.reduce((sum, at) => ({
    objectAdditions: sum.objectAdditions + at.objectAdditions,
    objectDeletions: sum.objectDeletions + at.objectDeletions,
    holeAdditions: sum.holeAdditions + at.holeAdditions,
    holeDeletions: sum.holeDeletions + at.holeDeletions,
    mergers: sum.mergers + at.mergers,
    splits: sum.splits + at.splits,
  }));
}
