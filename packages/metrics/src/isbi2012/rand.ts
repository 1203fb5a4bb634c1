import { connectedComponents, type Image, type LabelImage } from "@unet/image";
import { type Counts, fScoreOf, mean, sumCounts } from "../counts.js";
import { type Measure, measureOf } from "../measure.js";
import { defaultThresholds, foregroundAbove, type Slice, sliceOf, type ThresholdOptions } from "../slices.js";
import { cellsOfTruth, countOverlaps, type Overlaps } from "./overlaps.js";
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
export const randError: Measure<Image, RandErrorResult, ThresholdOptions> = measureOf(
  "randError",
  (prediction: Image, truth: LabelImage, options: ThresholdOptions) =>
    overlapsOf(prediction, truth, { ...options, thin: false }, "randError").map((overlaps) => ({
      error: pairError(overlaps),
      counts: randCounts(overlaps),
    })),
  (slices, { thresholds = defaultThresholds }) => {
    const perThreshold = thresholds.map((threshold, k): RandErrorAt => {
      const counts = sumCounts(slices.map((slice) => slice[k].counts));
      return { threshold, error: mean(slices.map((slice) => slice[k].error)), ...fScoreOf(counts) };
    });
    const best = perThreshold.reduce((least, at) => (at.error < least.error ? at : least));
    return { perThreshold, best, challenge: 1 - Math.max(...perThreshold.map(({ fScore }) => fScore)) };
  },
);

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
export const vRand: Measure<Image, Score, VRandOptions> = measureOf(
  "vRand",
  (prediction: Image, truth: LabelImage, options: VRandOptions) =>
    overlapsOf(prediction, truth, options, "vRand").map(randCounts),
  (slices, options) =>
    bestOver(options, (k) => {
      const counts = slices.map((slice) => slice[k]);
      const scores = options.average === "macro" ? counts.map(fScoreOf) : [fScoreOf(sumCounts(counts))];
      return meanScore(scores.map(({ fScore, precision, recall }) => ({ score: fScore, precision, recall })));
    }),
);

/** Of each threshold, how the objects of a slice overlap its true cells. */
export function overlapsOf(
  prediction: Image,
  truth: LabelImage,
  options: ThresholdOptions & { thin?: boolean },
  where: string,
): Overlaps[] {
  const { thresholds = defaultThresholds, thin = true } = options;
  const slice = sliceOf(prediction, truth, options, where);
  const cells = cellsOfTruth(slice);
  return thresholds.map((threshold) => countOverlaps(cells, objectsOf(slice, threshold, thin)));
}

/** The proposal's objects at a threshold: components of the foreground, grown until borders are lines. */
function objectsOf(slice: Slice, threshold: number, thin: boolean): Int32Array {
  const { width, height } = slice;
  const foreground = foregroundAbove(slice, threshold);
  if (thin) return thinBorders(foreground, width, height);
  return connectedComponents({ width, height, data: new Int32Array(foreground) }).data;
}

/** The mean of scores and of their two sides. */
export function meanScore(scores: Array<Omit<Score, "threshold">>): Omit<Score, "threshold"> {
  const of = (name: keyof (typeof scores)[0]) => mean(scores.map((score) => score[name]));
  return { score: of("score"), precision: of("precision"), recall: of("recall") };
}

/** The best score over the thresholds asked for. */
export function bestOver(
  { thresholds = defaultThresholds }: ThresholdOptions,
  scoreAt: (k: number) => Omit<Score, "threshold">,
): Score {
  return thresholds
    .map((threshold, k) => ({ ...scoreAt(k), threshold }))
    .reduce((best, at) => (at.score > best.score ? at : best));
}

const sumOfSquares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
const pairsIn = (values: number[]) => values.reduce((sum, value) => sum + (value * (value - 1)) / 2, 0);

/** Ordered pairs of pixels, a pixel with itself too. */
function randCounts({ cells, objects, pairs, single }: Overlaps): Counts {
  const tp = sumOfSquares(pairs) + single;
  return { tp, fp: sumOfSquares(objects) + single - tp, fn: sumOfSquares(cells) - tp };
}

/** Share of the unordered pairs of different pixels on which cells and objects disagree. */
function pairError({ pixels, cells, objects, pairs }: Overlaps): number {
  const all = (pixels * (pixels - 1)) / 2;
  return all === 0 ? 0 : 1 - (all + 2 * pairsIn(pairs) - pairsIn(cells) - pairsIn(objects)) / all;
}
