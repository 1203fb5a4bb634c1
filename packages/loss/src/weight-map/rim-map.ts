import { assertLabels, type LabelImage } from "@unet/image";

/**
 * Classes by the depth within an instance: background 0, interiors 1, and 2 the rim of each instance, its pixels at most
 * `width` px from background or from another instance (centre to centre). Where instances touch, two rims lie side by
 * side: a network learns so broad a line more easily than the ridge of one pixel that `separateTouching` leaves. Of
 * several widths each makes a class, the widest 2 and the narrowest the last: narrow rims say where exactly a cell ends,
 * wide ones where it must be divided although the line between two cells is hardly seen.
 *
 * Of the probabilities p of a network trained on it, 1 − p₀ says where cells are, and a sum with weights that fall from
 * interior to rim, such as p₁ + p₂ / 2, sinks between cells and says where one ends and the next begins.
 *
 * `IGNORE` stays, and neither it nor the image's border makes a rim.
 *
 * @param instances an instance map
 * @param options `width` of the rim, px, or of several; default 4
 * @returns a class map
 * @throws RangeError where a width is below 1, or no width is given
 */
export function rimMap(
  instances: LabelImage,
  { width: widths = 4 }: { width?: number | readonly number[] } = {},
): LabelImage {
  assertLabels(instances, "rimMap");
  const reaches = [widths].flat();
  if (reaches.length === 0 || !reaches.every((reach) => reach >= 1 && Number.isFinite(reach))) {
    throw new RangeError(`rimMap: width must be a number of px from 1, or several, got ${widths}`);
  }
  const { width, height, data } = instances;
  const disc = discOf(Math.max(...reaches));
  const out = data.slice();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] <= 0) continue;
      const square = squaredDepth(instances, x, y, disc);
      out[i] = 1 + reaches.filter((reach) => square <= reach * reach).length;
    }
  }
  return { width, height, data: out };
}

/** Squared distance from a pixel of an instance to background or another instance, infinite beyond the disc. */
function squaredDepth({ width, height, data }: LabelImage, x: number, y: number, disc: Int32Array): number {
  const own = data[y * width + x];
  for (let k = 0; k < disc.length; k += 2) {
    const u = x + disc[k];
    const v = y + disc[k + 1];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const other = data[v * width + u];
    if (other >= 0 && other !== own) return disc[k] ** 2 + disc[k + 1] ** 2;
  }
  return Number.POSITIVE_INFINITY;
}

/** x and y of the pixels at most so far away, the nearest first, since most rims are found there. */
function discOf(radius: number): Int32Array {
  const reach = Math.floor(radius);
  const side = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const square = ([x, y]: number[]) => x * x + y * y;
  const offsets = side
    .flatMap((y) => side.map((x) => [x, y]))
    .filter((offset) => square(offset) > 0 && square(offset) <= radius * radius)
    .sort((a, b) => square(a) - square(b));
  return Int32Array.from(offsets.flat());
}
