import { UnreadableImageError } from "./errors.js";
import { type ImageSource, nameOf, readBytes } from "./files.js";
import type { Image, LabelImage } from "./image.js";
import { decodePng, isPng } from "./png.js";
import type { DecodeOptions, Raster } from "./raster.js";
import { isTiff, openTiff } from "./tiff-decode.js";

/** Options of {@link readImage} and {@link readLabels}. */
export interface ReadOptions extends DecodeOptions {
  /** Page of a multi-page TIFF, from 0. */
  page?: number;
}

/**
 * Reads one image from a PNG or TIFF, told apart by their first bytes. 8 and 16-bit values stay what they
 * are; 32-bit integers and signed ones become float; alpha is dropped; palette colours become RGB.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws RangeError where a 32-bit integer is beyond 2²⁴, which float can't hold
 */
export async function readImage(source: ImageSource, options: ReadOptions = {}): Promise<Image> {
  return readPages(source, options, [options.page ?? 0], toImage).then(([image]) => image);
}

/** Reads every page, as {@link readImage} reads one. A PNG has one. */
export function readStack(source: ImageSource, options: DecodeOptions = {}): Promise<Image[]> {
  return readPages(source, options, undefined, toImage);
}

/**
 * Reads one label image from a PNG or TIFF: whole numbers of 8, 16 or 32 bits, palette indices as they are.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 * @throws TypeError where the file holds colours or fractions
 */
export async function readLabels(source: ImageSource, options: ReadOptions = {}): Promise<LabelImage> {
  return readPages(source, options, [options.page ?? 0], toLabels).then(([labels]) => labels);
}

/** Reads every page, as {@link readLabels} reads one. */
export function readLabelStack(source: ImageSource, options: DecodeOptions = {}): Promise<LabelImage[]> {
  return readPages(source, options, undefined, toLabels);
}

async function readPages<T>(
  source: ImageSource,
  options: DecodeOptions,
  wanted: number[] | undefined,
  convert: (raster: Raster, name: string) => T,
): Promise<T[]> {
  const name = nameOf(source);
  try {
    const file = await openPages(await readBytes(source), options);
    const indices = wanted ?? Array.from({ length: file.length }, (_, i) => i);
    const pages: T[] = [];
    for (const index of indices) pages.push(convert(await file.page(index), name));
    return pages;
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError) {
      if (cause.message.startsWith(`${name}: `)) throw cause;
    }
    throw new UnreadableImageError(`${name}: ${reasonOf(cause)}`, { cause });
  }
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
    page(index: number) {
      if (index !== 0) throw new UnreadableImageError(`a PNG has 1 page; page ${index} was asked for`);
      return decodePng(bytes, options);
    },
  };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof UnreadableImageError) return cause.message;
  const { code, message } = cause as { code?: string; message: string };
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "it is a folder; give an image file";
  return `it is damaged or of a kind that can't be read (${message})`;
}

function toImage({ width, height, channels, data, palette }: Raster, name: string): Image {
  if (palette) return { width, height, channels: 3, data: colours(data, palette) };
  if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array) {
    return { width, height, channels, data };
  }
  if (data instanceof Uint32Array || data instanceof Int32Array) {
    const beyond = data.findIndex((value) => Math.abs(value) > 2 ** 24);
    if (beyond >= 0) {
      throw new RangeError(
        `${name}: the 32-bit value ${data[beyond]} is beyond 2^24, which a float image can't hold; labels are read with readLabels`,
      );
    }
  }
  return { width, height, channels, data: Float32Array.from(data) };
}

function colours(indices: Raster["data"], palette: ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    for (let c = 0; c < 3; c++) out[3 * i + c] = palette[indices[i]]?.[c] ?? 0;
  }
  return out;
}

function toLabels({ width, height, channels, data }: Raster, name: string): LabelImage {
  if (channels !== 1) {
    throw new TypeError(
      `${name}: labels need one channel, but this has ${channels}; an RGB mask needs a colour table (readFolder's "colours")`,
    );
  }
  const out = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isInteger(value) || value > 2 ** 31 - 1 || value < -(2 ** 31)) {
      throw new TypeError(
        `${name}: labels must be whole numbers of 32 bits, but x ${i % width}, y ${Math.floor(i / width)} holds ${value}`,
      );
    }
    out[i] = value;
  }
  return { width, height, data: out };
}
