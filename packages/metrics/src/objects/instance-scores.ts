import type { LabelImage } from "@unet/image";
import { type Counts, fScoreOf, mean, sumCounts } from "../counts.js";
import { type Measure, measureOf } from "../measure.js";
import { overlapObjects } from "./match-objects.js";

/** Objects found and missed at one threshold, counted over all images. */
export interface InstanceScoresAt {
  /** A predicted and a true object are one where |R ∩ S| / |R ∪ S| is above. */
  threshold: number;
  /** Pairs that are one. */
  truePositives: number;
  /** Predicted objects without a partner. */
  falsePositives: number;
  /** True objects without a partner. */
  falseNegatives: number;
  precision: number;
  recall: number;
  /** 2 TP / (2 TP + FP + FN). */
  f1: number;
  /** TP / (TP + FP + FN), of the objects of all images together. */
  averagePrecision: number;
  /** The same of each image, the mean of the images. */
  meanAveragePrecision: number;
}

/** What {@link instanceScores} answers. */
export interface InstanceScores {
  perThreshold: InstanceScoresAt[];
  /** Means over the thresholds. */
  f1: number;
  averagePrecision: number;
  /** What the Data Science Bowl 2018 ranked by: the mean over thresholds of each image, the mean of the images. */
  meanAveragePrecision: number;
}

/** Options of {@link instanceScores}. */
export interface InstanceOptions {
  /** Each from 0.5 to below 1, where no object can have two partners. Default 0.5, 0.55, … 0.95. */
  thresholds?: readonly number[];
}

const defaultThresholds: readonly number[] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/**
 * F1 and average precision of objects over thresholds of their intersection over union, as the Data Science Bowl
 * 2018 defines them. An image without objects on either side scores 1.
 *
 * @param prediction instance labels
 * @param truth instance labels; ignored pixels are left out
 * @throws RangeError where a threshold is below 0.5, or 1 or more, or none is given
 */
export const instanceScores: Measure<LabelImage, InstanceScores, InstanceOptions> = measureOf(
  "instanceScores",
  countObjects,
  poolObjects,
);

/** @param images counts of each image at each threshold */
export function poolObjects(
  images: Counts[][],
  { thresholds = defaultThresholds }: InstanceOptions = {},
): InstanceScores {
  const perThreshold = thresholds.map((threshold, k): InstanceScoresAt => {
    const counts = sumCounts(images.map((image) => image[k]));
    const { precision, recall, fScore } = fScoreOf(counts);
    return {
      threshold,
      truePositives: counts.tp,
      falsePositives: counts.fp,
      falseNegatives: counts.fn,
      precision,
      recall,
      f1: fScore,
      averagePrecision: shareOf(counts),
      meanAveragePrecision: mean(images.map((image) => shareOf(image[k]))),
    };
  });
  const over = (name: "f1" | "averagePrecision" | "meanAveragePrecision") =>
    mean(perThreshold.map((at) => at[name]));
  return {
    perThreshold,
    f1: over("f1"),
    averagePrecision: over("averagePrecision"),
    meanAveragePrecision: over("meanAveragePrecision"),
  };
}

/** Objects found and missed in one image, at each threshold. */
export function countObjects(
  prediction: LabelImage,
  truth: LabelImage,
  { thresholds = defaultThresholds }: InstanceOptions,
): Counts[] {
  if (thresholds.length === 0 || thresholds.some((threshold) => !(threshold >= 0.5 && threshold < 1))) {
    throw new RangeError(
      `instanceScores: thresholds must be from 0.5 to below 1, got [${thresholds.join(", ")}]`,
    );
  }
  const { expected, found, shared } = overlapObjects(prediction, truth);
  const overlaps: number[] = [];
  for (const [label, row] of shared) {
    for (const [partner, pixels] of row) {
      overlaps.push(pixels / (expected.get(label)! + found.get(partner)! - pixels));
    }
  }
  return thresholds.map((threshold) => {
    const tp = overlaps.filter((overlap) => overlap > threshold).length;
    return { tp, fp: found.size - tp, fn: expected.size - tp };
  });
}

const shareOf = ({ tp, fp, fn }: Counts) => (fp + fn === 0 ? 1 : tp / (tp + fp + fn));
