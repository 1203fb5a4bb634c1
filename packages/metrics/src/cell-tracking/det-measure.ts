import type { LabelImage } from "@unet/image";
import { type Measure, measureOf } from "../measure.js";
import { matchObjects, type ObjectMatches } from "../objects/match-objects.js";

/** How many objects must be changed to make the prediction's objects the truth's. */
export interface DetectionErrors {
  /** True markers. */
  markers: number;
  /** Markers that no object covers by more than half. */
  missing: number;
  /** Objects that cover no marker by more than half. */
  superfluous: number;
  /** Cuts that objects need which cover several markers: one less than markers, summed. */
  splits: number;
}

/** What {@link detMeasure} answers. */
export interface DetResult extends DetectionErrors {
  /** 1 is perfect, 0 is no better than nothing; NaN where there is no marker. */
  score: number;
  /** AOGM-D, the weighted sum of the errors. */
  cost: number;
}

/**
 * DET of the Cell Tracking Challenge (Matula et al. 2015): what it costs to put right which cells are found, against
 * what it costs to add them all. AOGM-D = 5 · splits + 10 · missing + superfluous;
 * DET = 1 − min(AOGM-D, 10 · markers) / (10 · markers).
 *
 * @param prediction instance labels
 * @param truth markers, one label each; ignored pixels are left out
 */
export const detMeasure: Measure<LabelImage, DetResult> = measureOf("detMeasure", matchObjects, (images) => {
  const errors = detectionErrors(images);
  const cost = detectionCost(errors);
  return { score: scoreOf(cost, 10 * errors.markers), cost, ...errors };
});

/** The errors of all images together. */
export function detectionErrors(images: ObjectMatches[]): DetectionErrors {
  const errors = { markers: 0, missing: 0, superfluous: 0, splits: 0 };
  for (const { expected, found, matches } of images) {
    const matched = new Set([...matches.values()].map(({ label }) => label)).size;
    errors.markers += expected.size;
    errors.missing += expected.size - matches.size;
    errors.superfluous += found.size - matched;
    errors.splits += matches.size - matched;
  }
  return errors;
}

/** AOGM-D. */
export const detectionCost = ({ splits, missing, superfluous }: DetectionErrors) =>
  5 * splits + 10 * missing + superfluous;

/** Cost as a score: 1 for none, 0 for that of starting from nothing or more. */
export const scoreOf = (cost: number, fromNothing: number) => 1 - Math.min(cost, fromNothing) / fromNothing;
