/**
 * What geotiff 3.0 gets wrong, put right from outside.
 *
 * @module
 */
import type { Rect } from "./image.js";
import { inflate } from "./inflate.js";
import { decodeLzw } from "./lzw.js";
import { decodePackBits } from "./packbits.js";
import type { Raster } from "./raster.js";
import { addDifferences } from "./tiff-predictor.js";

type Page = import("geotiff").GeoTIFFImage;

const PREDICTOR = 317;

/**
 * Decoders for geotiff to use in place of its own, which take the memory that damaged data ask for, or never
 * end. Ours make the bytes of a strip or tile, and no more.
 */
export function registerDecoders({ addDecoder, BaseDecoder }: typeof import("geotiff")): void {
  for (const [compressions, decode] of [
    [[5], decodeLzw],
    [[8, 32946], decodeDeflate],
    [[32773], decodePackBits],
  ] as const) {
    class Decoder extends BaseDecoder {
      override async decodeBlock(buffer: ArrayBufferLike) {
        return (await decode(new Uint8Array(buffer), blockSize(this.parameters as DecoderParameters))).buffer;
      }
    }
    addDecoder([...compressions], async () => Decoder);
  }
}

interface DecoderParameters {
  tileWidth: number;
  tileHeight: number;
  planarConfiguration?: number;
  bitsPerSample: ArrayLike<number>;
}

function blockSize({ tileWidth, tileHeight, planarConfiguration, bitsPerSample }: DecoderParameters): number {
  const channels = planarConfiguration === 2 ? 1 : bitsPerSample.length;
  return Math.ceil((tileWidth * channels * bitsPerSample[0]) / 8) * tileHeight;
}

async function decodeDeflate(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  const made = await inflate([bytes], size, (piece, at) => out.set(piece, at));
  return made < size ? out.slice(0, made) : out;
}

/**
 * What reads the values of a part; geotiff undoes predictors as if every file were little-endian. To be called
 * once a page.
 */
export function valueReader(page: Page): (part: Rect) => Promise<Raster["data"]> {
  const { fileDirectory: directory } = page;
  const predictor = directory.actualizedFields.get(PREDICTOR);
  const bits = page.getBitsPerSample();
  const swapped = !page.littleEndian && bits > 8;
  // Undoing the predictor of floats, or unpacking bits, has put the bytes in little-endian order.
  if (swapped && (predictor === 3 || bits % 8 !== 0)) page.littleEndian = true;
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
