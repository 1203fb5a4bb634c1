import { assertLabels, type LabelImage } from "@unet/image";

/**
 * Three classes of an instance map: background 0, interiors 1, and 2 the rim of each instance, its pixels at most
 * `width` px from background or from another instance (centre to centre). Where instances touch, two rims lie side by
 * side: a network learns so broad a line more easily than the ridge of one pixel that `separateTouching` leaves.
 *
 * Of the probabilities p of a network trained on it, p₁ + p₂ says where cells are, and p₁ + p₂ / 2, which sinks
 * between cells, where one ends and the next begins.
 *
 * `IGNORE` stays, and neither it nor the image's border makes a rim.
 *
 * @param instances an instance map
 * @param options `width` of the rim, px; default 4
 * @returns a class map
 * @throws RangeError where `width` is below 1
 */
export function rimMap(instances: LabelImage, { width: reach = 4 }: { width?: number } = {}): LabelImage {
  assertLabels(instances, "rimMap");
  if (!(reach >= 1 && Number.isFinite(reach))) {
    throw new RangeError(`rimMap: width must be a number of px from 1, got ${reach}`);
  }
  const { width, height, data } = instances;
  const disc = discOf(reach);
  const out = data.slice();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] > 0) out[i] = isRim(instances, x, y, disc) ? 2 : 1;
    }
  }
  return { width, height, data: out };
}

/** Whether background or another instance lies on the disc around a pixel of an instance. */
function isRim({ width, height, data }: LabelImage, x: number, y: number, disc: Int32Array): boolean {
  const own = data[y * width + x];
  for (let k = 0; k < disc.length; k += 2) {
    const u = x + disc[k];
    const v = y + disc[k + 1];
    if (u < 0 || v < 0 || u >= width || v >= height) continue;
    const other = data[v * width + u];
    if (other >= 0 && other !== own) return true;
  }
  return false;
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
