import type { LabelImage } from "@unet/image";
import type { TwoNearest, TwoNearestOptions } from "@unet/loss/weight-map";

/** The definition itself: each pixel against every pixel of every cell. */
export function bruteForce(
  { width, height, data }: LabelImage,
  { spacing, maxDistance = Number.POSITIVE_INFINITY }: TwoNearestOptions = {},
): TwoNearest {
  const size = width * height;
  const result = {
    first: new Float32Array(size).fill(Number.POSITIVE_INFINITY),
    second: new Float32Array(size).fill(Number.POSITIVE_INFINITY),
    firstLabel: new Int32Array(size),
    secondLabel: new Int32Array(size),
  };
  for (let i = 0; i < size; i++) {
    const nearest = [...distancesFrom(i, width, data, spacing)]
      .filter(([, distance]) => distance <= maxDistance)
      .sort((a, b) => a[1] - b[1]);
    if (nearest[0]) [result.firstLabel[i], result.first[i]] = nearest[0];
    if (nearest[1]) [result.secondLabel[i], result.second[i]] = nearest[1];
  }
  return result;
}

/** The distance of pixel `i` to each cell, by label. */
export function distancesFrom(
  i: number,
  width: number,
  data: Int32Array,
  [y, x]: readonly [number, number] = [1, 1],
): Map<number, number> {
  const distances = new Map<number, number>();
  data.forEach((label, j) => {
    if (label <= 0) return;
    const d = Math.hypot(
      x * ((i % width) - (j % width)),
      y * (Math.floor(i / width) - Math.floor(j / width)),
    );
    distances.set(label, Math.min(d, distances.get(label) ?? Number.POSITIVE_INFINITY));
  });
  return distances;
}
