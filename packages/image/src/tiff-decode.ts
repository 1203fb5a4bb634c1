import { UnreadableImageError } from "./errors.js";
import { assertSize, type DecodeOptions, dropAlpha, type Raster } from "./raster.js";

/** Whether `bytes` begin as a TIFF or BigTIFF of either byte order does. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || big;
}

/** The pages of a TIFF, decoded one at a time. */
export interface TiffPages {
  readonly length: number;
  page(index: number): Promise<Raster>;
}

/**
 * Opens a TIFF: 1 to 32-bit integers and floats, strips and tiles, uncompressed, LZW, Deflate or PackBits,
 * both byte orders, BigTIFF, by `geotiff`. Alpha is dropped; palette indices stay indices; where 0 means
 * white, values are inverted.
 */
export async function openTiff(bytes: Uint8Array, options: DecodeOptions = {}): Promise<TiffPages> {
  const { fromArrayBuffer } = await import("geotiff");
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const tiff = await fromArrayBuffer(buffer);
  const length = await tiff.getImageCount();
  if (length === 0) throw new UnreadableImageError("the TIFF holds no page");
  return {
    length,
    async page(index) {
      if (!(index < length)) {
        throw new UnreadableImageError(
          `it has ${length} page${length === 1 ? "" : "s"}; page ${index} was asked for`,
        );
      }
      return decodePage(await tiff.getImage(index), bytes.byteLength, options);
    },
  };
}

type Page = import("geotiff").GeoTIFFImage;

async function decodePage(page: Page, fileSize: number, options: DecodeOptions): Promise<Raster> {
  const width = page.getWidth();
  const height = page.getHeight();
  const channels = page.getSamplesPerPixel();
  assertSize(width, height, options);
  await assertComplete(page, fileSize);
  const interleaved = await page.readRasters({ interleave: true });
  // A view of the same values, without the sizes that geotiff hangs on its array.
  const data = (interleaved as unknown as Raster["data"]).subarray();
  const raster: Raster = { width, height, channels, data };
  const bits = page.getBitsPerSample();
  const directory = page.fileDirectory;
  const photometric = directory.getValue("PhotometricInterpretation");
  if (photometric === 3) return { ...raster, palette: paletteOf(await directory.loadValue("ColorMap")) };
  if (photometric === 0) invert(raster.data, bits);
  const extra = directory.getValue("ExtraSamples") as ArrayLike<number> | number | undefined;
  const last = typeof extra === "number" ? extra : extra?.[extra.length - 1];
  return channels > 1 && (last === 1 || last === 2) ? dropAlpha(raster) : raster;
}

/** A file that was cut short would otherwise be read as if the missing part were zeros. */
async function assertComplete(page: Page, fileSize: number): Promise<void> {
  const tags = page.isTiled
    ? (["TileOffsets", "TileByteCounts"] as const)
    : (["StripOffsets", "StripByteCounts"] as const);
  const [offsets, counts] = await Promise.all(tags.map((tag) => page.fileDirectory.loadValue(tag)));
  if (!offsets || !counts) throw new UnreadableImageError("the TIFF does not say where its pixels are");
  const starts = Array.from(offsets as ArrayLike<number>, Number);
  const sizes = Array.from(counts as ArrayLike<number>, Number);
  const end = starts.reduce((furthest, start, i) => Math.max(furthest, start + (sizes[i] ?? 0)), 0);
  if (end > fileSize) {
    throw new UnreadableImageError(`the TIFF is cut short: it needs ${end} bytes and has ${fileSize}`);
  }
}

/** TIFF colour maps are 16-bit: all reds, then all greens, then all blues. */
function paletteOf(map: ArrayLike<number> | undefined): number[][] {
  if (!map) throw new UnreadableImageError("the TIFF has palette indices but no colour map");
  const count = map.length / 3;
  return Array.from({ length: count }, (_, i) => [0, 1, 2].map((c) => map[c * count + i] >> 8));
}

function invert(data: Raster["data"], bits: number): void {
  const white = data instanceof Float32Array || data instanceof Float64Array ? 1 : 2 ** bits - 1;
  for (let i = 0; i < data.length; i++) data[i] = white - data[i];
}
