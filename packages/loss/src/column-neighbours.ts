import type { LabelImage } from "@unet/image";

/** Two different cells for each pixel of a row or an image: distances in px (Infinity: none) and labels (0). */
export interface CellPair {
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly firstLabel: Int32Array;
  readonly secondLabel: Int32Array;
}

/** A {@link CellPair} for `size` pixels that knows no cell yet. */
export function emptyPair(size: number): CellPair {
  return {
    first: new Float32Array(size).fill(Number.POSITIVE_INFINITY),
    second: new Float32Array(size).fill(Number.POSITIVE_INFINITY),
    firstLabel: new Int32Array(size),
    secondLabel: new Int32Array(size),
  };
}

/**
 * Moves what is known of the nearest cells of a column on by one pixel, for all columns at once: from the row
 * at `fromOffset` of `from` to row `y`, at `toOffset` of `to`. The two may be the same row buffer.
 */
export function carry(
  { width, data }: LabelImage,
  y: number,
  from: CellPair,
  fromOffset: number,
  to: CellPair,
  toOffset: number,
): void {
  for (let x = 0; x < width; x++) {
    const i = fromOffset + x;
    const o = toOffset + x;
    const label = data[y * width + x];
    const firstLabel = from.firstLabel[i];
    if (label <= 0) {
      to.first[o] = from.first[i] + 1;
      to.firstLabel[o] = firstLabel;
      to.second[o] = from.second[i] + 1;
      to.secondLabel[o] = from.secondLabel[i];
    } else {
      const same = label === firstLabel;
      to.second[o] = (same ? from.second[i] : from.first[i]) + 1;
      to.secondLabel[o] = same ? from.secondLabel[i] : firstLabel;
      to.first[o] = 0;
      to.firstLabel[o] = label;
    }
  }
}

/** Writes to `to`, a row, the nearer two different cells of `above` (from `offset` on) and `below` (a row). */
export function merge(above: CellPair, offset: number, below: CellPair, to: CellPair): void {
  for (let x = 0; x < to.first.length; x++) {
    const i = offset + x;
    const upwards = above.first[i] <= below.first[x];
    const label = upwards ? above.firstLabel[i] : below.firstLabel[x];
    to.first[x] = upwards ? above.first[i] : below.first[x];
    to.firstLabel[x] = label;
    const secondAbove = above.firstLabel[i] === label ? above.second[i] : above.first[i];
    const secondBelow = below.firstLabel[x] === label ? below.second[x] : below.first[x];
    if (secondAbove <= secondBelow) {
      to.second[x] = secondAbove;
      to.secondLabel[x] = above.firstLabel[i] === label ? above.secondLabel[i] : above.firstLabel[i];
    } else {
      to.second[x] = secondBelow;
      to.secondLabel[x] = below.firstLabel[x] === label ? below.secondLabel[x] : below.firstLabel[x];
    }
  }
}
