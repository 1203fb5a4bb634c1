import type { LabelImage } from "@unet/image";
import { assertPair } from "../measure.js";
import { overlapObjects } from "./match-objects.js";

/** Which objects of an image are wrong, by label. */
export interface ObjectErrors {
  /** True objects in which two or more predicted ones lie. */
  split: number[];
  /** Predicted objects that cover two or more true ones, each by more than half. */
  merged: number[];
  /** True objects that no predicted one covers by more than half, and that are not split. */
  missed: number[];
  /** Predicted objects without a true one: they neither cover one nor lie in one. */
  superfluous: number[];
}

/**
 * Where a prediction is wrong, object by object, for a person to look at. S covers R where |R ∩ S| > |R| / 2, and
 * lies in R where |R ∩ S| > |S| / 2; pixels that the truth ignores are left out. A predicted object may be part of
 * a split and a merger too.
 *
 * @param prediction instance labels
 * @param truth instance labels
 * @throws RangeError where the two differ in size
 */
export function objectErrors(prediction: LabelImage, truth: LabelImage): ObjectErrors {
  assertPair(prediction, truth, 0, "objectErrors");
  const { expected, found, shared } = overlapObjects(prediction, truth);
  const covered = new Map<number, number>();
  const explained = new Set<number>();
  const errors: ObjectErrors = { split: [], merged: [], missed: [], superfluous: [] };
  for (const [label, area] of expected) {
    let parts = 0;
    let isCovered = false;
    for (const [partner, pixels] of shared.get(label) ?? []) {
      const covers = 2 * pixels > area;
      const liesIn = 2 * pixels > found.get(partner)!;
      if (liesIn) parts++;
      if (covers) covered.set(partner, (covered.get(partner) ?? 0) + 1);
      if (covers || liesIn) explained.add(partner);
      isCovered ||= covers;
    }
    if (parts >= 2) errors.split.push(label);
    else if (!isCovered) errors.missed.push(label);
  }
  for (const label of found.keys()) {
    if ((covered.get(label) ?? 0) >= 2) errors.merged.push(label);
    else if (!explained.has(label)) errors.superfluous.push(label);
  }
  return errors;
}
