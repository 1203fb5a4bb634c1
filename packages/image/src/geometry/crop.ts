import {
  assertImage,
  assertLabels,
  type Image,
  type ImageData,
  type LabelImage,
  type Rect,
} from "../image.js";
import { mirrorIndex } from "./mirror.js";

/**
 * The pixels of `rect`, which may lie partly or wholly outside the image: what the image lacks is mirrored
 * without repeating the edge pixel, however far out (overlap-tile strategy, Ronneberger et al. 2015).
 *
 * @returns a new image of the rectangle's size and the same number type
 * @throws RangeError where `rect` is not of whole pixels or is empty
 */
export function cropMirrored<Data extends ImageData>(image: Image<Data>, rect: Rect): Image<Data> {
  assertImage(image, "cropMirrored");
  assertRect(rect, "cropMirrored");
  const { channels, data } = image;
  const { width, height } = rect;
  const columns = mirroredIndices(rect.x, width, image.width);
  const out = new (data.constructor as new (length: number) => Data)(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = mirrorIndex(rect.y + y, image.height) * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + columns[x]) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c];
    }
  }
  return { width, height, channels, data: out };
}

/** {@link cropMirrored} for labels. */
export function cropLabelsMirrored(labels: LabelImage, rect: Rect): LabelImage {
  assertLabels(labels, "cropLabelsMirrored");
  assertRect(rect, "cropLabelsMirrored");
  const { width, height } = rect;
  const columns = mirroredIndices(rect.x, width, labels.width);
  const out = new Int32Array(width * height);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = mirrorIndex(rect.y + y, labels.height) * labels.width;
    for (let x = 0; x < width; x++) out[to++] = labels.data[row + columns[x]];
  }
  return { width, height, data: out };
}

function mirroredIndices(start: number, count: number, size: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => mirrorIndex(start + i, size));
}

function assertRect({ x, y, width, height }: Rect, where: string): void {
  if (![x, y, width, height].every(Number.isInteger) || width < 1 || height < 1) {
    throw new RangeError(
      `${where}: rect must be of whole pixels and at least 1 × 1, got x ${x}, y ${y}, ${width} × ${height}`,
    );
  }
}
