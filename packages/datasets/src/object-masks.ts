import type { Image, LabelImage } from "@unet/image";
import { readImage } from "@unet/image";
import { DatasetError, type Folder } from "./folder.js";

/**
 * Instance labels from one mask file per object: what is above 0 in the k-th file has label k, and a pixel
 * that two files claim belongs to the first.
 *
 * @throws DatasetError if a mask has another size than the image
 */
export async function readObjectMasks(
  files: Folder,
  masks: readonly string[],
  { width, height }: Image,
): Promise<LabelImage> {
  const labels = new Int32Array(width * height);
  let object = 0;
  for (const file of masks) {
    const mask = await readImage(await files.read(file));
    if (mask.width !== width || mask.height !== height) {
      throw new DatasetError(
        `${files.path}/${file} is ${mask.width} × ${mask.height} px, but its image is ${width} × ${height}`,
      );
    }
    object++;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0 && mask.data[i * mask.channels] > 0) labels[i] = object;
    }
  }
  return { width, height, data: labels };
}
