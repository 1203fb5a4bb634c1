import { UnreadableImageError } from "./errors.js";
import { registerDecoders } from "./geotiff-decoders.js";
import type { Rect } from "./image.js";
import { assertSize, type DecodeOptions, dropAlpha, type Raster } from "./raster.js";
import { assertComplete, layoutOf } from "./tiff-layout.js";
import { countPages } from "./tiff-pages.js";
import { readValues } from "./tiff-values.js";

/** Whether `bytes` begin as a TIFF or BigTIFF of either byte order does. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || big;
}

/** The pages of a TIFF, opened one at a time. */
export interface TiffPages {
  readonly length: number;
  page(index: number): Promise<TiffPage>;
}

/** One page, before its pixels are read. */
interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** The tiles or strips that are decoded as a whole, px. */
  readonly block: { readonly width: number; readonly height: number };
  /** The pixels of a part inside the page; default: all. */
  read(rect?: Rect): Promise<Raster>;
}

/**
 * Opens a TIFF: 1 to 32-bit integers and floats, strips and tiles, uncompressed, LZW, Deflate or PackBits,
 * both byte orders, BigTIFF, by `geotiff`. Alpha is dropped; everything else is as the file has it.
 */
export async function openTiff(bytes: Uint8Array, options: DecodeOptions = {}): Promise<TiffPages> {
  const geotiff = await loadGeotiff();
  return pagesOf(await geotiff.fromArrayBuffer(bufferOf(bytes)), bytes.byteLength, options);
}

/** The library, with what we put in its place; it is loaded with the first file. */
export async function loadGeotiff(): Promise<typeof import("geotiff")> {
  const geotiff = await import("geotiff");
  registerDecoders(geotiff);
  return geotiff;
}

/** @param fileSize bytes of the file; Infinity where it is not known */
export async function pagesOf(
  tiff: import("geotiff").GeoTIFF,
  fileSize: number,
  options: DecodeOptions = {},
): Promise<TiffPages> {
  // Arrays that geotiff loads later are read as little-endian, whatever the file is.
  tiff.parser.eager = true;
  const length = await countPages(tiff, fileSize);
  return {
    length,
    async page(index) {
      if (!(index >= 0 && index < length)) {
        throw new UnreadableImageError(
          `it has ${length} page${length === 1 ? "" : "s"}; page ${index} was asked for`,
        );
      }
      return openPage(await tiff.getImage(index), fileSize, options);
    },
  };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  const whole = byteOffset === 0 && byteLength === buffer.byteLength;
  return (whole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
}

function openPage(page: import("geotiff").GeoTIFFImage, fileSize: number, options: DecodeOptions): TiffPage {
  const layout = layoutOf(page, options);
  const { pixelBytes, width, height, channels, bits, block, photometric, alpha, palette } = layout;
  let complete = false;
  return {
    ...{ width, height, block },
    async read(rect = { x: 0, y: 0, width, height }) {
      assertSize(rect.width, rect.height, options, pixelBytes);
      if (!complete) assertComplete(page, layout, fileSize);
      complete = true;
      const data = await readValues(page, layout, rect);
      const raster = { width: rect.width, height: rect.height, channels, bits, data };
      if (palette) return { ...raster, palette };
      return { ...(alpha ? dropAlpha(raster) : raster), whiteIsZero: photometric === 0 };
    },
  };
}
