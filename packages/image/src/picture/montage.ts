import { assertImage, type Image } from "../image.js";

/**
 * RGB pictures side by side in `columns` (default: one row), `gap` px of white between (default 4).
 *
 * @throws RangeError where there is no picture, one is not RGB, or `columns` or `gap` is no whole number
 */
export function montage(
  images: readonly Image<Uint8Array>[],
  { columns = images.length, gap = 4 }: { columns?: number; gap?: number } = {},
): Image<Uint8Array> {
  if (images.length === 0) throw new RangeError("montage: images is empty; give at least one");
  if (!(Number.isInteger(columns) && columns >= 1 && Number.isInteger(gap) && gap >= 0)) {
    throw new RangeError(
      `montage: columns must be a whole number from 1 and gap one from 0, got ${columns} and ${gap}`,
    );
  }
  const cellWidth = Math.max(...images.map(({ width }) => width));
  const cellHeight = Math.max(...images.map(({ height }) => height));
  const rows = Math.ceil(images.length / columns);
  const width = columns * cellWidth + (columns - 1) * gap;
  const height = rows * cellHeight + (rows - 1) * gap;
  const data = new Uint8Array(width * height * 3).fill(255);
  images.forEach((image, i) => {
    assertImage(image, "montage");
    if (image.channels !== 3) {
      throw new RangeError(`montage: images must be RGB, got ${image.channels} channels; see toGrey`);
    }
    const left = (i % columns) * (cellWidth + gap);
    const top = Math.floor(i / columns) * (cellHeight + gap);
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
      data.set(row, 3 * ((top + y) * width + left));
    }
  });
  return { width, height, channels: 3, data };
}
