import { writeBytes } from "../bytes/files.js";
import { encodePng } from "../codec/png/png.js";
import { encodeTiffPages, type TiffImage, type WriteOptions } from "../codec/tiff/tiff-encode.js";
import { assertImage, assertLabels, type Image, type LabelImage } from "../image.js";

export type { WriteOptions };

/**
 * Encodes images as one TIFF that ImageJ opens: 8 or 16-bit or float, strips compressed with Deflate; channels that are
 * no colours are pages of their own, and a stack says that it is one.
 *
 * @throws RangeError where there is no image, or beyond 4 GiB
 */
export async function encodeTiff(images: Image[], options: WriteOptions = {}): Promise<Uint8Array> {
  if (images.length === 0) throw new RangeError("encodeTiff: images is empty; give at least one");
  for (const image of images) assertImage(image, "encodeTiff");
  return encodeTiffPages(images, options);
}

/**
 * Writes an image, or a stack of images as a multi-page TIFF, in the format that the path's extension names
 * (`.png`, `.tif`, `.tiff`). The file appears whole or not at all.
 *
 * @throws RangeError for another extension, a stack as PNG, and what the format can't hold
 */
export async function writeImage(
  path: string,
  image: Image | Image[],
  options: WriteOptions = {},
): Promise<void> {
  const images = Array.isArray(image) ? image : [image];
  const format = formatOf(path, images.length, "writeImage");
  const bytes = await (format === "png" ? encodePng(images[0], options) : encodeTiff(images, options));
  await writeBytes(path, bytes, "writeImage");
}

/**
 * Writes labels as {@link writeImage} does, in the smallest of 8, 16 and 32 bits that holds them all; a
 * negative label (`IGNORE`) needs the signed 32 bits, which PNG lacks.
 */
export async function writeLabels(
  path: string,
  labels: LabelImage | LabelImage[],
  options: WriteOptions = {},
): Promise<void> {
  const stack = Array.isArray(labels) ? labels : [labels];
  const format = formatOf(path, stack.length, "writeLabels");
  for (const page of stack) assertLabels(page, "writeLabels");
  const pages = pack(stack);
  if (format === "tiff") return writeBytes(path, await encodeTiffPages(pages, options), "writeLabels");
  const [{ data }] = pages;
  if (data instanceof Int32Array) {
    throw new RangeError(
      `writeLabels: PNG holds labels from 0 to 65535, and these go beyond; write ${path} as .tif`,
    );
  }
  await writeBytes(path, await encodePng({ ...pages[0], data } as Image, options), "writeLabels");
}

/**
 * Encodes labels as {@link writeLabels} writes them, as one TIFF: where there are no files, in a page.
 *
 * ```ts
 * const bytes = await encodeLabels(labels);
 * ```
 *
 * @throws RangeError where there are no labels, or beyond 4 GiB
 */
export async function encodeLabels(
  labels: LabelImage | LabelImage[],
  options: WriteOptions = {},
): Promise<Uint8Array> {
  const stack = Array.isArray(labels) ? labels : [labels];
  if (stack.length === 0) throw new RangeError("encodeLabels: labels is empty; give at least one image");
  for (const page of stack) assertLabels(page, "encodeLabels");
  return encodeTiffPages(pack(stack), options);
}

function pack(stack: LabelImage[]): TiffImage[] {
  let least = 0;
  let most = 0;
  for (const { data } of stack) {
    for (const label of data) {
      if (label < least) least = label;
      else if (label > most) most = label;
    }
  }
  return stack.map(({ width, height, data }) => {
    const packed =
      least < 0 || most > 65535 ? data : most > 255 ? Uint16Array.from(data) : Uint8Array.from(data);
    return { width, height, channels: 1, data: packed };
  });
}

function formatOf(path: string, count: number, where: string): "png" | "tiff" {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase();
  if (extension !== "png" && extension !== "tif" && extension !== "tiff") {
    throw new RangeError(`${where}: the path must end in .png, .tif or .tiff, got ${path}`);
  }
  if (count === 0) throw new RangeError(`${where}: there is nothing to write to ${path}`);
  if (extension === "png" && count > 1) {
    throw new RangeError(`${where}: PNG holds one page, got ${count}; write ${path} as .tif`);
  }
  return extension === "png" ? "png" : "tiff";
}
