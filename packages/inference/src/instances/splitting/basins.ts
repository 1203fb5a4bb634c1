import { blurGaussian } from "@unet/image";
import type { Border } from "./merge-regions.js";
import { type ObjectParts, splitByWatershed } from "./watershed.js";

/** How {@link basinsOf} divides scores. */
export interface BasinOptions {
  /** Deviation of the Gaussian by which scores are smoothed before basins are looked for, px. */
  smoothing: number;
  /** How far two basins must both rise above the saddle between them, in smoothed score. */
  depth: number;
}

/** @throws RangeError where an option is impossible */
export function assertBasinOptions(options: BasinOptions, where: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(value >= 0)) throw new RangeError(`${where}: ${name} must be 0 or more, got ${value}`);
  }
}

/** The regions of `mask` around each peak of the smoothed scores, by a watershed. */
export function basinsOf(
  scores: Float32Array,
  mask: Uint8Array,
  width: number,
  height: number,
  { smoothing, depth }: BasinOptions,
): ObjectParts {
  const smoothed = { width, height, channels: 1, data: scores.slice() };
  blurGaussian(smoothed, smoothing);
  return splitByWatershed(mask, width, height, smoothed.data, depth);
}

/** The borders of regions with the scores along them; 0 is no region. */
export function bordersOf(
  { labels, count }: ObjectParts,
  scores: Float32Array,
  width: number,
  height: number,
): Border[] {
  const borders = new Map<number, Border>();
  meetings(labels, width, height, (i, j, isDiagonal) => {
    const [a, b] = [labels[i], labels[j]];
    if (isDiagonal || a === 0 || b === 0) return;
    const pair = Math.min(a, b) * (count + 1) + Math.max(a, b);
    const { sum, length } = borders.get(pair) ?? { sum: 0, length: 0 };
    borders.set(pair, { regions: [a, b], sum: sum + (scores[i] + scores[j]) / 2, length: length + 1 });
  });
  return [...borders.values()];
}

/** Visits each pair of neighbours in different regions once, `i` before `j` in raster order. */
export function meetings(
  regions: ArrayLike<number>,
  width: number,
  height: number,
  visit: (i: number, j: number, isDiagonal: boolean) => void,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const look = (j: number, isDiagonal: boolean) => {
        if (regions[i] !== regions[j]) visit(i, j, isDiagonal);
      };
      if (x + 1 < width) look(i + 1, false);
      if (y + 1 === height) continue;
      if (x > 0) look(i + width - 1, true);
      look(i + width, false);
      if (x + 1 < width) look(i + width + 1, true);
    }
  }
}
