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
  const isRim = (x: number, y: number) =>
    disc.some(([dx, dy]) => {
      const [u, v] = [x + dx, y + dy];
      if (u < 0 || v < 0 || u >= width || v >= height) return false;
      const other = data[v * width + u];
      return other >= 0 && other !== data[y * width + x];
    });
  const classes = data.map((label, i) => {
    if (label <= 0) return label;
    return isRim(i % width, Math.floor(i / width)) ? 2 : 1;
  });
  return { width, height, data: classes };
}

/** Offsets of the pixels at most so far away, the nearest first, since most rims are found there. */
function discOf(radius: number): [dx: number, dy: number][] {
  const reach = Math.floor(radius);
  const side = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const offsets = side.flatMap((dy) => side.map((dx): [number, number] => [dx, dy]));
  const square = ([dx, dy]: [number, number]) => dx * dx + dy * dy;
  return offsets
    .filter((offset) => square(offset) > 0 && square(offset) <= radius * radius)
    .sort((a, b) => square(a) - square(b));
}
