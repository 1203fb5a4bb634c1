import {
  type DecodeOptions,
  type Image,
  type ImageSource,
  type LabelImage,
  openImages,
  type Raster,
} from "@unet/image";
import { DatasetError } from "../errors.js";
import type { Folder } from "../files/folder.js";

/**
 * Instance labels from one mask file per object: what isn't 0 in the k-th file has label k, whatever means white in
 * the file, and a pixel that two files claim belongs to the first. `onNotice` is told of masks with grey edges, and of
 * those that show nothing.
 *
 * @throws DatasetError if a mask has another size than the image, or several pages
 */
export async function readObjectMasks(
  files: Folder,
  masks: readonly string[],
  { width, height }: Pick<Image, "width" | "height">,
  decode: DecodeOptions = {},
): Promise<LabelImage> {
  const labels = new Int32Array(width * height);
  let object = 0;
  for (const file of masks) {
    const name = `${files.path}/${file}`;
    const mask = await rasterOf(await files.read(file), name, decode);
    if (mask.width !== width || mask.height !== height) {
      throw new DatasetError(
        `${name} is ${mask.width} × ${mask.height} px, but its image is ${width} × ${height}`,
      );
    }
    object++;
    const values = strongest(mask);
    let [white, grey] = [0, 0];
    for (const value of values) white = Math.max(white, value);
    for (let i = 0; i < labels.length; i++) {
      if (values[i] > 0 && labels[i] === 0) labels[i] = object;
      if (values[i] > 0 && values[i] < white) grey++;
    }
    if (white === 0) decode.onNotice?.(`${name}: it shows no object`);
    if (grey > 0) {
      decode.onNotice?.(
        `${name}: ${grey} pixels are neither black nor white, as resizing and JPEG leave them; they count as object`,
      );
    }
  }
  return { width, height, data: labels };
}

async function rasterOf(source: ImageSource, name: string, decode: DecodeOptions): Promise<Raster> {
  const file = await openImages(source, decode);
  try {
    const raster = await file.raster(0);
    if (raster.lossy) {
      throw new DatasetError(
        `${name} is a JPEG, which changes the numbers of a mask; save masks as PNG or TIFF`,
      );
    }
    if (file.length === 1) return raster;
    throw new DatasetError(`${name} has ${file.length} pages, but the mask of one object has one`);
  } finally {
    await file.close();
  }
}

/** The largest of each pixel's channels: objects are drawn in any colour. */
function strongest({ width, height, channels, data }: Raster): Float64Array {
  const values = new Float64Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    if (data[i] > values[pixel]) values[pixel] = data[i];
  }
  return values;
}
