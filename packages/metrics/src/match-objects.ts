import type { LabelImage } from "@unet/image";

/** The objects of one image, and which predicted one covers more than half of each true one. */
export interface ObjectMatches {
  /** Pixels of each true object, in order of label. */
  expected: Map<number, number>;
  /** Pixels of each predicted object. */
  found: Map<number, number>;
  /** The match of a true object, and how many pixels both share; at most one can cover more than half. */
  matches: Map<number, { label: number; shared: number }>;
}

/**
 * Matches objects as the Cell Tracking Challenge does: S matches the true R where |R ∩ S| > |R| / 2. Pixels that
 * the truth ignores are left out on both sides.
 */
export function matchObjects({ data: found }: LabelImage, { data: expected }: LabelImage): ObjectMatches {
  const foundAreas = new Map<number, number>();
  const areas = new Map<number, number>();
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
  const inOrder = new Map([...areas].sort(([a], [b]) => a - b));
  const matches: ObjectMatches["matches"] = new Map();
  for (const [r, area] of inOrder) {
    for (const [label, shared] of overlaps.get(r) ?? []) {
      if (2 * shared > area) matches.set(r, { label, shared });
    }
  }
  return { expected: inOrder, found: foundAreas, matches };
}

function add(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
