/**
 * What geotiff 3.0 gets wrong, put right from outside.
 *
 * @module
 */
import { UnreadableImageError } from "./errors.js";
import type { Rect } from "./image.js";
import { decodeLzw } from "./lzw.js";
import { decodePackBits } from "./packbits.js";
import type { Raster } from "./raster.js";
import { addDifferences } from "./tiff-predictor.js";

type Page = import("geotiff").GeoTIFFImage;

const BITS_PER_SAMPLE = 258;
const PREDICTOR = 317;

/**
 * Decoders for geotiff to use in place of its own, which collect bytes one by one in plain arrays: slow, and
 * the end of the process where a strip has more than 100 MB or damaged LZW never ends.
 */
export function registerDecoders({ addDecoder, BaseDecoder }: typeof import("geotiff")): void {
  for (const [compression, decode] of [
    [5, decodeLzw],
    [32773, decodePackBits],
  ] as const) {
    class Decoder extends BaseDecoder {
      override decodeBlock(buffer: ArrayBufferLike) {
        return decode(new Uint8Array(buffer)).buffer;
      }
    }
    addDecoder(compression, async () => Decoder);
  }
}

/** Counts the chain of pages; geotiff's own count would never end where the chain bites its tail. */
export async function countPages(tiff: import("geotiff").GeoTIFF): Promise<number> {
  const seen = new Set<number>();
  for (let count = 1; ; count++) {
    const { nextIFDByteOffset: next } = await tiff.requestIFD(count - 1);
    if (next === 0) return count;
    if (seen.has(next)) throw new UnreadableImageError("its pages form a loop: the file is damaged");
    seen.add(next);
  }
}

/** The bits of a value; where the file leaves them out it means 1, which geotiff must be told. */
export function bitsPerSample(page: Page): number {
  const { fileDirectory: directory } = page;
  if (!directory.hasTag("BitsPerSample")) {
    const ones = new Uint16Array(page.getSamplesPerPixel()).fill(1);
    directory.actualizedFields.set(BITS_PER_SAMPLE, ones as never);
  }
  return page.getBitsPerSample();
}

/**
 * What reads the values of a part; geotiff undoes predictors as if every file were little-endian. To be called
 * once a page.
 */
export async function valueReader(page: Page): Promise<(part: Rect) => Promise<Raster["data"]>> {
  const { fileDirectory: directory } = page;
  const predictor = await directory.loadValue("Predictor");
  const swapped = !page.littleEndian && page.getBitsPerSample() > 8;
  // Undoing the predictor of floats has put their bytes in little-endian order.
  if (swapped && predictor === 3) page.littleEndian = true;
  if (!swapped || predictor !== 2) {
    return ({ x, y, width, height }) => rastersOf(page, [x, y, x + width, y + height]);
  }
  directory.actualizedFields.set(PREDICTOR, 1);
  const tile = page.getTileWidth();
  const channels = page.getSamplesPerPixel();
  return async ({ x, y, width, height }) => {
    // Differences add up from a tile's left side on.
    const left = Math.floor(x / tile) * tile;
    const right = Math.min(Math.ceil((x + width) / tile) * tile, page.getWidth());
    const data = await rastersOf(page, [left, y, right, y + height]);
    addDifferences(data, right - left, channels, tile);
    if (right - left === width) return data;
    const row = (right - left) * channels;
    const out = new (data.constructor as new (length: number) => typeof data)(width * height * channels);
    for (let i = 0; i < height; i++) {
      const from = i * row + (x - left) * channels;
      out.set(data.subarray(from, from + width * channels) as never, i * width * channels);
    }
    return out;
  };
}

/** A view of the values, without the sizes that geotiff hangs on its array. */
async function rastersOf(page: Page, window: number[]): Promise<Raster["data"]> {
  return ((await page.readRasters({ interleave: true, window })) as unknown as Raster["data"]).subarray();
}
