import { type LabelImages, pairUp } from "./pool.js";

/** What {@link segMeasure} answers. */
export interface SegResult {
  /** Mean Jaccard index over the true objects; NaN where there is none. */
  score: number;
  /** Jaccard index of each true object, 0 where none matches it. */
  objects: Array<{ image: number; label: number; jaccard: number; match?: number }>;
}

/**
 * SEG of the Cell Tracking Challenge: a true object R is matched by the predicted object S that covers more
 * than half of it, |R ∩ S| > |R| / 2; its score is |R ∩ S| / |R ∪ S|, and 0 where there is none; SEG is the
 * mean over all true objects. Predicted objects without a match cost nothing.
 *
 * @param prediction instance labels
 * @param truth instance labels; ignored pixels are left out
 */
export function segMeasure(prediction: LabelImages, truth: LabelImages): SegResult {
  const objects: SegResult["objects"] = [];
  for (const [image, [{ data: found }, { data: expected }]] of pairUp(
    prediction,
    truth,
    "segMeasure",
  ).entries()) {
    const areas = new Map<number, number>();
    const foundAreas = new Map<number, number>();
    const overlaps = new Map<number, Map<number, number>>();
    for (let i = 0; i < found.length; i++) {
      const [s, r] = [found[i], expected[i]];
      if (r < 0) continue;
      if (s > 0) add(foundAreas, s);
      if (r === 0) continue;
      add(areas, r);
      if (s <= 0) continue;
      let row = overlaps.get(r);
      if (!row) {
        row = new Map();
        overlaps.set(r, row);
      }
      add(row, s);
    }
    for (const [label, area] of [...areas].sort(([a], [b]) => a - b)) {
      const match = [...(overlaps.get(label) ?? [])].find(([, shared]) => 2 * shared > area);
      if (!match) objects.push({ image, label, jaccard: 0 });
      else {
        const [other, shared] = match;
        objects.push({
          image,
          label,
          jaccard: shared / (area + foundAreas.get(other)! - shared),
          match: other,
        });
      }
    }
  }
  const score = objects.reduce((sum, { jaccard }) => sum + jaccard, 0) / objects.length;
  return { score, objects };
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
