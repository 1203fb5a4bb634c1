import type { LabelImage } from "@unet/image";
import { defaultThresholds, type Images, type Slice, slicesOf, type ThresholdOptions } from "./slices.js";
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
 * @throws RangeError where the slices don't belong together, or `radius` is less than 1
 */
export function warpingError(
  prediction: Images,
  truth: LabelImage | readonly LabelImage[],
  options: WarpingErrorOptions = {},
): WarpingErrorResult {
  const { thresholds = defaultThresholds, radius = 20 } = options;
  if (!(radius >= 1)) throw new RangeError(`warpingError: radius must be 1 px or more, got ${radius}`);
  const slices = slicesOf(prediction, truth, options, "warpingError");
  const perThreshold = thresholds.map((threshold) => errorsAt(slices, threshold, radius));
  const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
  return { perThreshold, best, challenge: Math.min(...perThreshold.map((at) => at.splitsAndMergers)) };
}

function errorsAt(slices: Slice[], threshold: number, radius: number): WarpingErrorAt {
  let error = 0;
  let known = 0;
  const found = slices.map((slice) => {
    const warped = warpTruth(slice, threshold);
    const count = slice.truth.reduce((sum, label) => (label < 0 ? sum : sum + 1), 0);
    error += count > 0 ? warped.mismatches.length / count / slices.length : 0;
    known += count;
    return topologyErrors(warped, slice.width, slice.height, radius);
  });
  const pixels = sumErrors(found.map(({ pixels }) => pixels));
  const groups = sumErrors(found.map(({ groups }) => groups));
  const splitsAndMergers = known > 0 ? (pixels.splits + pixels.mergers) / known : 0;
  return { threshold, error, splitsAndMergers, pixels, groups };
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
