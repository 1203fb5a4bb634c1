import { UnreadableImageError } from "./errors.js";
import { bitsPerSample, countPages, registerDecoders, valueReader } from "./geotiff-repairs.js";
import type { Rect } from "./image.js";
import { assertSize, type DecodeOptions, dropAlpha, type Raster } from "./raster.js";

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
  const length = await countPages(tiff);
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

type Page = import("geotiff").GeoTIFFImage;

async function openPage(page: Page, fileSize: number, options: DecodeOptions): Promise<TiffPage> {
  const { fileDirectory: directory } = page;
  const width = page.getWidth();
  const height = page.getHeight();
  const channels = page.getSamplesPerPixel();
  const block = { width: page.getTileWidth(), height: page.getTileHeight() };
  assertSize(block.width, block.height, options);
  const bits = bitsPerSample(page);
  const photometric = directory.getValue("PhotometricInterpretation") ?? 1;
  assertKind(photometric, await directory.loadValue("FillOrder"));
  const palette = photometric === 3 ? paletteOf(await directory.loadValue("ColorMap")) : undefined;
  const extra = directory.getValue("ExtraSamples")?.at(-1);
  const alpha = channels > 1 && (extra === 1 || extra === 2);
  let reader: ReturnType<typeof valueReader> | undefined;
  return {
    ...{ width, height, block },
    async read(rect = { x: 0, y: 0, width, height }) {
      assertSize(rect.width, rect.height, options);
      reader ??= assertComplete(page, fileSize).then(() => valueReader(page));
      const data = await (await reader)(rect);
      const raster = { width: rect.width, height: rect.height, channels, bits, data };
      if (palette) return { ...raster, palette };
      return { ...(alpha ? dropAlpha(raster) : raster), whiteIsZero: photometric === 0 };
    },
  };
}

/** @throws UnreadableImageError where a file was cut short: its end would be read as zeros */
async function assertComplete(page: Page, fileSize: number): Promise<void> {
  const tags = page.isTiled
    ? (["TileOffsets", "TileByteCounts"] as const)
    : (["StripOffsets", "StripByteCounts"] as const);
  const [offsets, sizes] = await Promise.all(tags.map((tag) => page.fileDirectory.loadValue(tag)));
  const planes = page.planarConfiguration === 2 ? page.getSamplesPerPixel() : 1;
  const across = Math.ceil(page.getWidth() / page.getTileWidth());
  const blocks = planes * across * Math.ceil(page.getHeight() / page.getTileHeight());
  if (!offsets || !sizes || offsets.length < blocks || sizes.length < blocks) {
    throw new UnreadableImageError("the TIFF does not say where all its pixels are: it is damaged");
  }
  for (let i = 0; i < blocks; i++) {
    const end = Number(offsets[i]) + Number(sizes[i]);
    if (end > fileSize) {
      throw new UnreadableImageError(`the TIFF is cut short: it needs ${end} bytes and has ${fileSize}`);
    }
    if (Number(sizes[i]) === 0) {
      throw new UnreadableImageError("a part of the TIFF was never written; save it again, whole");
    }
  }
}

function assertKind(photometric: number, fillOrder: number | undefined): void {
  if (photometric > 3) {
    const name = { 5: "CMYK", 6: "YCbCr", 8: "CIELab" }[photometric] ?? `number ${photometric}`;
    throw new UnreadableImageError(`its colour space is ${name}; convert it to grey or RGB`);
  }
  if (fillOrder === 2) throw new UnreadableImageError("its bits are in reverse order; save it again as PNG");
}

/** TIFF colour maps are 16-bit: all reds, then all greens, then all blues. */
function paletteOf(map: ArrayLike<number> | undefined): number[][] {
  if (!map) throw new UnreadableImageError("the TIFF has palette indices but no colour map");
  const count = map.length / 3;
  return Array.from({ length: count }, (_, i) => [0, 1, 2].map((c) => map[c * count + i] >> 8));
}
