import { type DecodeOptions, type Image, type LabelImage, readImage } from "@unet/image";
import { DatasetError } from "./errors.js";
import type { Folder } from "./folder.js";

/**
 * Instance labels from one mask file per object: what is above 0 in the k-th file has label k, and a pixel
 * that two files claim belongs to the first. `onNotice` is told of masks with grey edges.
 *
 * @throws DatasetError if a mask has another size than the image
 */
export async function readObjectMasks(
  files: Folder,
  masks: readonly string[],
  { width, height }: Image,
  decode: DecodeOptions = {},
): Promise<LabelImage> {
  const labels = new Int32Array(width * height);
  let object = 0;
  for (const file of masks) {
    const mask = await readImage(await files.read(file), decode);
    if (mask.width !== width || mask.height !== height) {
      throw new DatasetError(
        `${files.path}/${file} is ${mask.width} × ${mask.height} px, but its image is ${width} × ${height}`,
      );
    }
    object++;
    let [white, grey] = [0, 0];
    for (const value of mask.data) white = Math.max(white, value);
    for (let i = 0; i < labels.length; i++) {
      const value = mask.data[i * mask.channels];
      if (labels[i] === 0 && value > 0) labels[i] = object;
      if (value > 0 && value < white) grey++;
    }
    if (grey > 0) {
      decode.onNotice?.(
        `${files.path}/${file}: ${grey} pixels are neither black nor white, as resizing and JPEG leave them; they count as object`,
      );
    }
  }
  return { width, height, data: labels };
}
