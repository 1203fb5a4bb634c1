import { IGNORE, type LabelImage } from "@unet/image";

/** Within this distance of an object, px, background is certain, since whoever drew the outline saw it. */
const SEEN = 10;

/**
 * Labels in which the background of a band along the image's border is {@link IGNORE}: where objects that lie in the
 * band wholly aren't annotated, it may be one of them. Within 10 px of an object it stays background.
 *
 * @param border width of the band, px; with 0 nothing is ignored
 */
export function ignoreBorder({ width, height, data }: LabelImage, border: number): LabelImage {
  const known = nearObjects(data, width, height);
  const isInside = (at: number, size: number) => at >= border && at < size - border;
  return {
    width,
    height,
    data: data.map((label, i) =>
      known[i] || (isInside(i % width, width) && isInside(Math.floor(i / width), height)) ? label : IGNORE,
    ),
  };
}

/** Where an object lies within {@link SEEN} rows and columns. */
function nearObjects(data: Int32Array, width: number, height: number): Uint8Array {
  const inRow = new Uint8Array(data.length);
  const near = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i] <= 0) continue;
    const x = i % width;
    inRow.fill(1, i - Math.min(x, SEEN), i + Math.min(width - 1 - x, SEEN) + 1);
  }
  for (let y = 0; y < height; y++) {
    for (let v = Math.max(y - SEEN, 0); v <= Math.min(y + SEEN, height - 1); v++) {
      for (let x = 0; x < width; x++) near[y * width + x] |= inRow[v * width + x];
    }
  }
  return near;
}
