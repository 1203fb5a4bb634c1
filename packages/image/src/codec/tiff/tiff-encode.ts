import { concatenate } from "../../bytes/concatenate.js";
import type { Holds } from "../holds.js";
import type { PixelSize } from "../pixel-size.js";
import { imageJDescription } from "./imagej-description.js";
import { isRgb, type PageToWrite, TIFF_HEADER, tiffDirectories } from "./tiff-directory.js";

/** One image for {@link encodeTiffPages}; the number type of `data` says how the file stores it. */
export interface TiffImage {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint16Array | Int32Array | Float32Array;
}

/** What is written down with images. */
export interface WriteOptions {
  /** How large a pixel is. */
  pixelSize?: PixelSize;
  /** What the values are, where they are no picture. */
  holds?: Holds;
  /** How many of the images follow each other in time; the others lie in depth. Default 1. */
  frames?: number;
}

/** Bytes of pixels a strip aims at: small enough to read a part, large enough to compress. */
const STRIP_BYTES = 65_536;

/**
 * A TIFF 6.0, little-endian, in strips compressed with Deflate (compression 8), as ImageJ opens it: RGB for three 8 or
 * 16-bit channels, otherwise each channel a grey page, described as ImageJ does.
 *
 * @throws RangeError beyond 4 GiB, which classic TIFF can't address, and where `frames` does not divide the images
 */
export async function encodeTiffPages(images: TiffImage[], options: WriteOptions = {}): Promise<Uint8Array> {
  const { frames = 1, pixelSize } = options;
  if (!(Number.isInteger(frames) && frames >= 1 && images.length % frames === 0)) {
    throw new RangeError(`encodeTiff: frames must divide the ${images.length} images, got ${frames}`);
  }
  const chunks: Uint8Array[] = [];
  let length = TIFF_HEADER;
  const append = (chunk: Uint8Array): number => {
    const offset = length;
    // Offsets of words must be even.
    chunks.push(chunk, new Uint8Array(chunk.length % 2));
    length += chunk.length + (chunk.length % 2);
    if (length > 2 ** 32) throw new RangeError("encodeTiff: more than 4 GiB; write fewer pages a file");
    return offset;
  };
  const pages: PageToWrite[] = [];
  for (const image of images) {
    for (const plane of planesOf(image, images.length)) {
      const { rowsPerStrip, strips } = await compress(plane);
      const { width, height, channels } = plane;
      pages.push({
        width,
        height,
        channels,
        type: typeOf(plane.data),
        rowsPerStrip,
        pixelSize,
        offsets: strips.map(append),
        sizes: strips.map((strip) => strip.length),
      });
    }
  }
  const [{ width, height, channels, type }] = pages;
  const alike = pages.every(
    (page) =>
      page.width === width && page.height === height && page.channels === channels && page.type === type,
  );
  const shape = { channels: pages.length / images.length, slices: images.length / frames, frames };
  if (alike && images.every((image) => image.channels === images[0].channels)) {
    pages[0].description = imageJDescription(shape, options);
  }
  const { header, directories } = tiffDirectories(pages, length, false);
  append(directories);
  return concatenate([header, new Uint8Array(TIFF_HEADER - header.length), ...chunks]);
}

/**
 * Channels that are no colours, each by itself: readers take several values a pixel for colours. So are colours of 16
 * bits in a stack, which ImageJ opens by itself only.
 */
function planesOf(image: TiffImage, images: number): TiffImage[] {
  const { width, height, channels, data } = image;
  const colours = isRgb({ channels, type: typeOf(data) }) && (images === 1 || data instanceof Uint8Array);
  if (channels === 1 || colours) return [image];
  return Array.from({ length: channels }, (_, c) => ({
    width,
    height,
    channels: 1,
    data: data.filter((_, i) => i % channels === c) as TiffImage["data"],
  }));
}

function typeOf(data: TiffImage["data"]): PageToWrite["type"] {
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Uint16Array) return "uint16";
  return data instanceof Int32Array ? "int32" : "float32";
}

async function compress(page: TiffImage): Promise<{ rowsPerStrip: number; strips: Uint8Array[] }> {
  const { buffer, byteOffset, byteLength } = page.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const rowBytes = bytes.length / page.height;
  const rowsPerStrip = Math.min(page.height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
  const strips: Uint8Array[] = [];
  for (let row = 0; row < page.height; row += rowsPerStrip) {
    strips.push(await deflate(bytes.subarray(row * rowBytes, (row + rowsPerStrip) * rowBytes)));
  }
  return { rowsPerStrip, strips };
}

/** zlib format, by the platform. */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
