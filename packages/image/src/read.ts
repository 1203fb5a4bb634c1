import { UnreadableImageError, unreadableBytes, unreadableSource } from "./errors.js";
import { type ImageSource, nameOf, readBytes } from "./files.js";
import type { Image, LabelImage } from "./image.js";
import { decodePng, isPng } from "./png.js";
import type { DecodeOptions, Raster } from "./raster.js";
import { imageOf } from "./raster-image.js";
import { labelsOf } from "./raster-labels.js";
import { isTiff, openTiff } from "./tiff-decode.js";

/** Options of {@link readImage} and {@link readLabels}. */
export interface ReadOptions extends DecodeOptions {
  /** Page of a multi-page TIFF, from 0. */
  page?: number;
}

/**
 * Reads one image from a PNG or TIFF, told apart by their first bytes. 8 and 16-bit values stay what they
 * are; less than 8 bits are spread over 0 … 255; 32-bit integers and signed ones become float; palette
 * colours become RGB. Alpha is dropped, and where 0 means white values are inverted: `onNotice` is told.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws RangeError where a 32-bit integer is beyond 2²⁴, which float can't hold
 */
export async function readImage(source: ImageSource, options: ReadOptions = {}): Promise<Image> {
  const [image] = await readPages(source, options, [options.page ?? 0], imageOf);
  return image;
}

/** Reads every page, as {@link readImage} reads one. A PNG has one. */
export function readStack(source: ImageSource, options: DecodeOptions = {}): Promise<Image[]> {
  return readPages(source, options, undefined, imageOf);
}

/**
 * Reads one label image from a PNG or TIFF: the integers of 1 to 32 bits and palette indices as the file has
 * them, whatever means white.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws TypeError where the file holds colours or fractions
 */
export async function readLabels(source: ImageSource, options: ReadOptions = {}): Promise<LabelImage> {
  const [labels] = await readPages(source, options, [options.page ?? 0], labelsOf);
  return labels;
}

/** Reads every page, as {@link readLabels} reads one. */
export function readLabelStack(source: ImageSource, options: DecodeOptions = {}): Promise<LabelImage[]> {
  return readPages(source, options, undefined, labelsOf);
}

async function readPages<Page>(
  source: ImageSource,
  options: DecodeOptions,
  wanted: number[] | undefined,
  convert: (raster: Raster, name: string, note: (notice: string) => void) => Page,
): Promise<Page[]> {
  const name = nameOf(source);
  const notices = new Set<string>();
  const bytes = await readBytes(source).catch((cause) => {
    throw unreadableSource(name, cause);
  });
  const decoding = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      throw unreadableBytes(name, cause);
    });
  const file = await decoding(openPages(bytes, options));
  const pages: Page[] = [];
  for (const index of wanted ?? Array.from({ length: file.length }, (_, i) => i)) {
    const raster = await decoding(file.page(index).then((page) => page.read()));
    const note = (notice: string) => notices.add(`${name}: ${notice}`);
    if (raster.alphaDropped) note("its alpha channel is dropped");
    pages.push(convert(raster, name, note));
  }
  for (const notice of notices) options.onNotice?.(notice);
  return pages;
}

async function openPages(bytes: Uint8Array, options: DecodeOptions) {
  if (isTiff(bytes)) return openTiff(bytes, options);
  if (!isPng(bytes)) {
    throw new UnreadableImageError(
      bytes.length === 0 ? "the file is empty" : "neither a PNG nor a TIFF; convert it to one of these",
    );
  }
  return {
    length: 1,
    async page(index: number) {
      if (index !== 0) throw new UnreadableImageError(`a PNG has 1 page; page ${index} was asked for`);
      return { read: () => decodePng(bytes, options) };
    },
  };
}
