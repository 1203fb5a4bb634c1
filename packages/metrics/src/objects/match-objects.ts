import type { LabelImage } from "@unet/image";

/** The objects of one image on both sides, and how they overlap. */
export interface ObjectOverlaps {
  /** Pixels of each true object, in order of label. */
  expected: Map<number, number>;
  /** Pixels of each predicted object. */
  found: Map<number, number>;
  /** Of each true object that any predicted one touches: how many pixels it shares with which. */
  shared: Map<number, Map<number, number>>;
}

/** Counts objects and their overlaps. Pixels that the truth ignores are left out on both sides. */
export function overlapObjects({ data: found }: LabelImage, { data: expected }: LabelImage): ObjectOverlaps {
  const foundAreas = new Map<number, number>();
  const areas = new Map<number, number>();
  const shared = new Map<number, Map<number, number>>();
  // Runs of one pair are long, so they are counted at once.
  for (let i = 0; i < found.length; ) {
    const [s, r, start] = [found[i], expected[i], i];
    while (i < found.length && found[i] === s && expected[i] === r) i++;
    const pixels = i - start;
    if (r < 0) continue;
    if (s > 0) add(foundAreas, s, pixels);
    if (r === 0) continue;
    add(areas, r, pixels);
    if (s <= 0) continue;
    let row = shared.get(r);
    if (!row) {
      row = new Map();
      shared.set(r, row);
    }
    add(row, s, pixels);
  }
  return { expected: new Map([...areas].sort(([a], [b]) => a - b)), found: foundAreas, shared };
}

/** The objects of one image, and which predicted one covers more than half of each true one. */
export interface ObjectMatches extends Pick<ObjectOverlaps, "expected" | "found"> {
  /** The match of a true object, and how many pixels both share; at most one can cover more than half. */
  matches: Map<number, { label: number; shared: number }>;
}

/** Matches objects as the Cell Tracking Challenge does: S matches the true R where |R ∩ S| > |R| / 2. */
export function matchObjects(prediction: LabelImage, truth: LabelImage): ObjectMatches {
  const { expected, found, shared } = overlapObjects(prediction, truth);
  const matches: ObjectMatches["matches"] = new Map();
  for (const [r, area] of expected) {
    for (const [label, pixels] of shared.get(r) ?? []) {
      if (2 * pixels > area) matches.set(r, { label, shared: pixels });
    }
  }
  return { expected, found, matches };
}

function add(counts: Map<number, number>, key: number, pixels: number): void {
  counts.set(key, (counts.get(key) ?? 0) + pixels);
}
