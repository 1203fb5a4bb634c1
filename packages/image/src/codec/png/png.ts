import { UnreadableImageError } from "../../errors.js";
import { assertImage, type Image } from "../../image.js";
import type { Holds } from "../holds.js";
import { type ImagePlanes, onePlane } from "../image-planes.js";
import { inflate } from "../inflate.js";
import type { PixelSize } from "../pixel-size.js";
import { assertWithinLimit, type DecodeOptions, dropAlpha, type Raster } from "../raster.js";
import { type PngChunks, pngChunks, withSayings } from "./png-chunks.js";

/** Values a pixel of each colour type, and the bits that a value may have. */
const COLOUR_TYPES: Record<number, { channels: number; bits: number[] } | undefined> = {
  0: { channels: 1, bits: [1, 2, 4, 8, 16] },
  2: { channels: 3, bits: [8, 16] },
  3: { channels: 1, bits: [1, 2, 4, 8] },
  4: { channels: 2, bits: [8, 16] },
  6: { channels: 4, bits: [8, 16] },
};

const INDEXED = 3;

/**
 * Opens a PNG of 1 to 16 bits: grey, RGB, palette, with alpha dropped; values and palette indices as the
 * file has them. Every checksum is checked, and how much the data inflate to, before `fast-png` gets what
 * decides the pixels.
 */
export function pngPlanes(bytes: Uint8Array, options: DecodeOptions = {}): ImagePlanes {
  const chunks = pngChunks(bytes);
  const { header, palette, pixelSize, holds } = chunks;
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  const [bits, colourType, interlaced] = [header.getUint8(8), header.getUint8(9), header.getUint8(12)];
  const type = COLOUR_TYPES[colourType];
  if (!type?.bits.includes(bits) || header.getUint16(10) !== 0 || interlaced > 1) {
    throw new UnreadableImageError(`its header is damaged: ${bits} bits of colour type ${colourType}`);
  }
  if (colourType === INDEXED && !palette)
    throw new UnreadableImageError("it has palette indices but no palette");
  // fast-png reads these as if each value had a byte of its own.
  if (interlaced && bits < 8) {
    throw new UnreadableImageError(
      `it is an interlaced PNG of ${bits}-bit values; save it again without interlacing`,
    );
  }
  const alpha = type.channels % 2 === 0;
  const channels = colourType === INDEXED ? 3 : type.channels - (alpha ? 1 : 0);
  const read = async () => {
    assertWithinLimit(width, height, options, (type.channels * bits) / 8);
    const raster = await decodePixels(chunks, { width, height, channels: type.channels, bits, interlaced });
    // RGB may come with a palette too, which only suggests colours to poor displays.
    if (colourType !== INDEXED) delete raster.palette;
    return alpha ? dropAlpha(raster) : raster;
  };
  return onePlane({ width, height, channels }, read, { pixelSize, holds });
}

async function decodePixels(
  { data, decisive }: PngChunks,
  { width, height, channels, bits, interlaced }: Record<string, number>,
): Promise<Raster> {
  const size = filteredSize(width, height, channels * bits, interlaced === 1);
  if ((await inflate(data, size, () => {})) < size) {
    throw new UnreadableImageError("its data inflate to less than its pixels");
  }
  const { decode } = await import("fast-png");
  const decoded = decode(decisive);
  const values = bits < 8 ? unpack(decoded.data as Uint8Array, width * channels, height, bits) : decoded.data;
  const { palette } = decoded;
  return { width, height, channels, bits, data: values as Uint8Array | Uint16Array, palette };
}

/** Bytes of all rows with the byte before each that names its filter; interlaced, of all seven passes. */
function filteredSize(width: number, height: number, pixelBits: number, interlaced: boolean): number {
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1]];
  return passes.reduce((sum, [x, y, dx, dy]) => {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil((columns * pixelBits) / 8)) : sum;
  }, 0);
}

/** Where each pass of an interlaced PNG begins, and how far its pixels lie apart: x, y, dx, dy. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** Values of less than 8 bits, packed from the high bits on, each row from a byte of its own. */
function unpack(packed: Uint8Array, rowLength: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(rowLength * height);
  const stride = Math.ceil((rowLength * depth) / 8);
  const mask = 2 ** depth - 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < rowLength; x++) {
      const bit = x * depth;
      out[to++] = (packed[y * stride + (bit >> 3)] >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return out;
}

/** What is written down with an image. */
export interface PngOptions {
  /** How large a pixel is. */
  pixelSize?: PixelSize;
  /** What the values are, where they are no picture. */
  holds?: Holds;
}

/**
 * Encodes an image as PNG: 8 or 16 bits, one channel (grey) or three (RGB).
 *
 * @throws RangeError for float images and other channel counts, which PNG can't hold
 */
export async function encodePng(image: Image, options: PngOptions = {}): Promise<Uint8Array> {
  assertImage(image, "encodePng");
  const { width, height, channels, data } = image;
  if (data instanceof Float32Array) {
    throw new RangeError(
      "encodePng: PNG holds 8 or 16-bit values, got float; write a TIFF, or convert first",
    );
  }
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`encodePng: PNG holds 1 or 3 channels, got ${channels}; write a TIFF`);
  }
  const { encode } = await import("fast-png");
  const png = encode({ width, height, channels, depth: data instanceof Uint8Array ? 8 : 16, data });
  return withSayings(png, options);
}
