import { connectedComponents, type LabelImage } from "@unet/image";
import { cellsOfTruth, countOverlaps, type Overlaps } from "./overlaps.js";
import { fScoreOf } from "./pixel-error.js";
import {
  defaultThresholds,
  foregroundAbove,
  type Images,
  type Slice,
  slicesOf,
  type ThresholdOptions,
} from "./slices.js";
import { thinBorders } from "./thin-borders.js";

/** Pairs of pixels at one threshold. */
export interface RandErrorAt {
  threshold: number;
  /** Share of the pairs of different pixels on which the two disagree, the mean of the slices. */
  error: number;
  precision: number;
  recall: number;
  fScore: number;
}

/** What {@link randError} answers. */
export interface RandErrorResult {
  perThreshold: RandErrorAt[];
  /** The threshold with the least error. */
  best: RandErrorAt;
  /** What ISBI 2012 reported: 1 − the largest F-score of the foreground-restricted index over thresholds. */
  challenge: number;
}

/**
 * The Rand error of ISBI 2012, restricted to the true foreground: for which pairs of pixels prediction and truth
 * disagree whether they lie in one 4-connected cell. Precision falls with mergers, recall with splits; pairs of a
 * pixel with itself count in these, and counts are summed over the slices.
 *
 * @param prediction probability of cell
 * @param truth 1 inside cells, 0 on membranes; ignored pixels are left out
 */
export function randError(
  prediction: Images,
  truth: LabelImage | readonly LabelImage[],
  options: ThresholdOptions = {},
): RandErrorResult {
  const slices = slicesOf(prediction, truth, options, "randError");
  const cells = slices.map(cellsOfTruth);
  const perThreshold = (options.thresholds ?? defaultThresholds).map((threshold): RandErrorAt => {
    const overlaps = slices.map((slice, i) => countOverlaps(cells[i], components(slice, threshold)));
    const error = overlaps.reduce((sum, overlap) => sum + pairError(overlap), 0) / slices.length;
    return { threshold, error, ...fScoreOf(sumCounts(overlaps.map(randCounts))) };
  });
  const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
  return { perThreshold, best, challenge: 1 - Math.max(...perThreshold.map(({ fScore }) => fScore)) };
}

/** A score with its two sides, at the best threshold. */
export interface Score {
  score: number;
  /** Falls with mergers. */
  precision: number;
  /** Falls with splits. */
  recall: number;
  threshold: number;
}

/** Options of {@link vRand}. */
export interface VRandOptions extends ThresholdOptions {
  /** Whether borders are thinned to lines first, as the challenge does. Default true. */
  thin?: boolean;
  /** `"micro"` (default) sums counts over the slices, `"macro"` takes the mean of the slices' scores. */
  average?: "micro" | "macro";
}

/**
 * V^Rand (Arganda-Carreras et al. 2015): the foreground-restricted Rand F-score after border thinning, the
 * largest over thresholds. 1 is perfect.
 *
 * @param prediction probability of cell
 * @param truth 1 inside cells, 0 on membranes; ignored pixels are left out
 */
export function vRand(
  prediction: Images,
  truth: LabelImage | readonly LabelImage[],
  options: VRandOptions = {},
): Score {
  const { thin = true, average = "micro" } = options;
  const slices = slicesOf(prediction, truth, options, "vRand");
  const cells = slices.map(cellsOfTruth);
  return bestOver(options, (threshold) => {
    const counts = slices.map((slice, i) =>
      randCounts(countOverlaps(cells[i], objectsOf(slice, threshold, thin))),
    );
    const scores = average === "micro" ? [fScoreOf(sumCounts(counts))] : counts.map(fScoreOf);
    const mean = (name: "fScore" | "precision" | "recall") =>
      scores.reduce((sum, score) => sum + score[name], 0) / scores.length;
    return { score: mean("fScore"), precision: mean("precision"), recall: mean("recall"), threshold };
  });
}

/** The proposal's objects at a threshold: components of the foreground, grown until borders are lines. */
export function objectsOf(slice: Slice, threshold: number, thin: boolean): Int32Array {
  if (!thin) return components(slice, threshold);
  return thinBorders(foregroundAbove(slice, threshold), slice.width, slice.height);
}

/** The best score over the thresholds asked for. */
export function bestOver(
  { thresholds = defaultThresholds }: ThresholdOptions,
  scoreAt: (threshold: number) => Score,
): Score {
  return thresholds.map(scoreAt).reduce((best, at) => (at.score > best.score ? at : best));
}

function components(slice: Slice, threshold: number): Int32Array {
  const { width, height } = slice;
  return connectedComponents({ width, height, data: new Int32Array(foregroundAbove(slice, threshold)) }).data;
}

const sumOfSquares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
const pairsIn = (values: number[]) => values.reduce((sum, value) => sum + (value * (value - 1)) / 2, 0);

/** Ordered pairs of pixels, a pixel with itself too. */
function randCounts({ cells, objects, pairs, single }: Overlaps): { tp: number; fp: number; fn: number } {
  const tp = sumOfSquares(pairs) + single;
  return { tp, fp: sumOfSquares(objects) + single - tp, fn: sumOfSquares(cells) - tp };
}

function sumCounts(counts: Array<{ tp: number; fp: number; fn: number }>) {
  return counts.reduce((sum, { tp, fp, fn }) => ({ tp: sum.tp + tp, fp: sum.fp + fp, fn: sum.fn + fn }));
}

/** Share of the unordered pairs of different pixels on which cells and objects disagree. */
function pairError({ pixels, cells, objects, pairs }: Overlaps): number {
  const all = (pixels * (pixels - 1)) / 2;
  return all === 0 ? 0 : 1 - (all + 2 * pairsIn(pairs) - pairsIn(cells) - pairsIn(objects)) / all;
}
