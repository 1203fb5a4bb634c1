import { UnreadableImageError } from "./errors.js";
import { assertImage, type Image } from "./image.js";
import { assertSize, type DecodeOptions, dropAlpha, type Raster } from "./raster.js";

/** Whether `bytes` begin as every PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, i) => bytes[i] === byte);
}

/**
 * Decodes a PNG of 1 to 16 bits: grey, RGB, palette, with alpha dropped; values and palette indices as the
 * file has them. Every checksum is checked.
 */
export async function decodePng(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Raster> {
  if (bytes.length < 33) throw new UnreadableImageError("the PNG ends within its header");
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assertSize(header.getUint32(16), header.getUint32(20), options);
  const [bits, colourType, interlaced] = [bytes[24], bytes[25], bytes[28]];
  // fast-png reads these as if each value had a byte of its own.
  if (interlaced && bits < 8) {
    throw new UnreadableImageError(
      `it is an interlaced PNG of ${bits}-bit values; save it again without interlacing`,
    );
  }
  const { decode } = await import("fast-png");
  const { width, height, channels, data, palette } = decode(bytes, { checkCrc: true });
  const values = bits < 8 ? unpack(data as Uint8Array, width * channels, height, bits) : data;
  const raster = { width, height, channels, bits, data: values as Uint8Array | Uint16Array };
  // RGB may come with a palette too, which only suggests colours to poor displays.
  if (colourType === INDEXED) return { ...raster, palette };
  return channels === 2 || channels === 4 ? dropAlpha(raster) : raster;
}

const INDEXED = 3;

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

/**
 * Encodes an image as PNG: 8 or 16 bits, one channel (grey) or three (RGB).
 *
 * @throws RangeError for float images and other channel counts, which PNG can't hold
 */
export async function encodePng(image: Image): Promise<Uint8Array> {
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
  return encode({ width, height, channels, depth: data instanceof Uint8Array ? 8 : 16, data });
}
