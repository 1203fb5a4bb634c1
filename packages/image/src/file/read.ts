import type { ImageSource } from "../bytes/files.js";
import { DEFAULT_MAX_PIXELS } from "../codec/raster.js";
import { UnreadableImageError } from "../errors.js";
import type { Image, LabelImage } from "../image.js";
import { type OpenImagesOptions, openImages, type PlanesFile } from "./image-file.js";

/** Options of {@link readImage} and {@link readLabels}. */
export interface ReadOptions extends OpenImagesOptions {
  /** Which image of a file of several, from 0: a plane of all its channels, among those that are chosen. */
  page?: number;
}

/**
 * Reads one image from a PNG, TIFF or JPEG, told apart by their first bytes. 8 and 16-bit values stay what they
 * are; less than 8 bits are spread over 0 … 255; 32-bit integers and signed ones become float; palette
 * colours become RGB. Alpha is dropped, where 0 means white values are inverted, and JPEG is turned as its EXIF
 * orientation says: `onNotice` is told, and also where the file has more images than the one that is read.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it, also where a 32-bit integer is
 *   beyond 2²⁴, which float can't hold
 * @throws RangeError where the file has no such plane
 */
export function readImage(source: ImageSource, options: ReadOptions = {}): Promise<Image> {
  return readOne(source, options, "image");
}

/** Reads every image, as {@link readImage} reads one: each plane, with all its channels. */
export function readStack(source: ImageSource, options: OpenImagesOptions = {}): Promise<Image[]> {
  return readAll(source, options, "image");
}

/**
 * Reads one label image from a PNG or TIFF: the integers and palette indices as the file has them, whatever means
 * white; those of 64 bits where 32 hold them.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws TypeError where the file holds colours or fractions, or is a JPEG, which changes values
 * @throws RangeError where the file has no such plane
 */
export function readLabels(source: ImageSource, options: ReadOptions = {}): Promise<LabelImage> {
  return readOne(source, options, "labels");
}

/** Reads every label image, as {@link readLabels} reads one. */
export function readLabelStack(source: ImageSource, options: OpenImagesOptions = {}): Promise<LabelImage[]> {
  return readAll(source, options, "labels");
}

type Read = { image: Image; labels: LabelImage };

async function readOne<Kind extends keyof Read>(
  source: ImageSource,
  { page, ...options }: ReadOptions,
  kind: Kind,
): Promise<Read[Kind]> {
  const file = (await openImages(source, options)) as PlanesFile;
  try {
    if (page === undefined && file.length > 1) {
      file.note(`the first of its ${file.length} images is read`);
    }
    return (await file[kind](page ?? 0)) as Read[Kind];
  } finally {
    await file.close();
  }
}

async function readAll<Kind extends keyof Read>(
  source: ImageSource,
  options: OpenImagesOptions,
  kind: Kind,
): Promise<Array<Read[Kind]>> {
  const { maxPixels = DEFAULT_MAX_PIXELS } = options;
  const file = (await openImages(source, options)) as PlanesFile;
  const tooMany = (what: string) =>
    new UnreadableImageError(
      `${file.name}: its ${file.length} images have ${what}, more than maxPixels, ${maxPixels}, allows at once; read them one at a time (openImages), choose some by z or t, or raise maxPixels`,
    );
  try {
    if (file.pixels > maxPixels) throw tooMany(`${file.pixels} pixels`);
    const pages: Array<Read[Kind]> = [];
    let bytes = 0;
    for (let index = 0; index < file.length; index++) {
      const page = (await file[kind](index)) as Read[Kind];
      bytes += page.data.byteLength;
      if (bytes > 4 * maxPixels) throw tooMany("more than 4 bytes a pixel");
      pages.push(page);
    }
    return pages;
  } finally {
    await file.close();
  }
}
