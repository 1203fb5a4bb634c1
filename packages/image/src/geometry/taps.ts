/** Width and height, px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The pixels of a line that one of a resized line is made of, with whole weights, whose sum is `sum`. */
export interface Taps {
  first: number;
  weights: number[];
  sum: number;
}

/** Each pixel by how much of it lies within pixel `i` of `to`; as whole numbers these are exact. */
export function areaTaps(i: number, from: number, to: number): Taps {
  const [start, end] = [i * from, (i + 1) * from];
  const first = Math.floor(start / to);
  const weights: number[] = [];
  for (let k = first; k * to < end; k++) weights.push(Math.min((k + 1) * to, end) - Math.max(k * to, start));
  return { first, weights, sum: from };
}

/** The two pixels whose centres are nearest to the centre of pixel `i` of `to`, or the one there is. */
export function bilinearTaps(i: number, from: number, to: number): Taps {
  // The centre's position among centres, in parts of 1 / (2 · to).
  const at = (2 * i + 1) * from - to;
  const sum = 2 * to;
  const first = Math.max(Math.floor(at / sum), 0);
  const upper = at - first * sum;
  if (upper <= 0 || first + 1 >= from) return { first, weights: [sum], sum };
  return { first, weights: [sum - upper, upper], sum };
}

/**
 * Size of an image whose sides are multiplied by `scale`: rounded, at least 1 px.
 *
 * `scaledSize({ width: 512, height: 33 }, 0.5)` is 256 × 17.
 */
export function scaledSize({ width, height }: Size, scale: number): Size {
  return { width: Math.max(Math.round(width * scale), 1), height: Math.max(Math.round(height * scale), 1) };
}

/** @throws RangeError where a side isn't a whole number of at least 1 */
export function assertSize({ width, height }: Size, where: string): void {
  if ([width, height].every((side) => Number.isInteger(side) && side >= 1)) return;
  throw new RangeError(
    `${where}: width and height must be whole numbers of at least 1, got ${width} × ${height}`,
  );
}
