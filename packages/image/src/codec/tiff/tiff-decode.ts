import type { ByteSource } from "../../bytes/byte-source.js";
import { UnreadableImageError } from "../../errors.js";
import { holdsOf } from "../holds.js";
import type { ImagePlanes, RasterPage } from "../image-planes.js";
import { type PixelSize, pixelSizeOf } from "../pixel-size.js";
import { assertWithinLimit, type DecodeOptions, dropAlpha } from "../raster.js";
import { dimensionsOf } from "./tiff-dimensions.js";
import { JPEG, layoutOf, type Parts, partsOf } from "./tiff-layout.js";
import { type PageEntry, walkPages } from "./tiff-pages.js";
import { readValues } from "./tiff-values.js";

/** Whether `bytes` begin as a TIFF or BigTIFF of either byte order does. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  const little = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const big = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return little || big;
}

type Directory = import("geotiff").GeoTIFFImage["fileDirectory"];

/**
 * Opens a TIFF: 1 to 32-bit integers, 64-bit ones that fit 32, and floats, strips and tiles, uncompressed, LZW, Deflate, PackBits, Zstandard
 * or JPEG, both byte orders, BigTIFF, by `geotiff`. Alpha is dropped; everything else is as the file has it.
 */
export async function tiffPlanes(source: ByteSource, options: DecodeOptions): Promise<ImagePlanes> {
  const geotiff = await import("geotiff");
  const tiff = await geotiff.GeoTIFF.fromSource(source as never);
  // Arrays that geotiff loads later are read as little-endian, whatever the file is.
  tiff.parser.eager = true;
  const pages = await walkPages(tiff, source.size);
  const open = async (index: number) => {
    const directory = await tiff.parser.parseFileDirectoryAt(pages[index].offset);
    return new geotiff.GeoTIFFImage(directory, tiff.littleEndian, false, source as never);
  };
  const { fileDirectory } = await open(0);
  const description = textOf(fileDirectory.actualizedFields.get(270));
  const holds = (planes: number) => hasRoom(fileDirectory, planes, source.size);
  const { series, following, imageJ, notices, ...said } = dimensionsOf(pages, description, holds);
  return {
    series,
    description,
    notices,
    holds: holdsOf(description),
    pixelSize: said.pixelSize ?? resolutionOf(fileDirectory, imageJ),
    sizeOf: ({ page }) => pages[page],
    async open({ page, slice }) {
      const shown = following ? series[0].sizes : undefined;
      const planes = shown ? shown.channel * shown.z * shown.t : 1;
      return openPage(await open(page), pages[page], slice, planes, source.size, options);
    },
  };
}

function openPage(
  page: import("geotiff").GeoTIFFImage,
  entry: PageEntry,
  slice: number,
  following: number,
  fileSize: number,
  options: DecodeOptions,
): RasterPage {
  const layout = layoutOf(page, options);
  const { pixelBytes, width, height, channels, bits, block, photometric, alpha, palette } = layout;
  if (slice >= Math.max(entry.depth, following)) throw new UnreadableImageError(`it has no slice ${slice}`);
  const orientation = page.fileDirectory.actualizedFields.get(274);
  let parts: Parts | undefined;
  return {
    width,
    height,
    block,
    channels: palette ? 3 : channels - (alpha ? 1 : 0),
    async read(rect = { x: 0, y: 0, width, height }) {
      assertWithinLimit(rect.width, rect.height, options, pixelBytes);
      parts ??= partsOf(page, layout, fileSize, following);
      const data = await readValues(page, layout, parts, slice, rect);
      const raster = {
        width: rect.width,
        height: rect.height,
        channels,
        bits,
        data,
        lossy: layout.compression === JPEG,
        ...(typeof orientation === "number" && orientation > 1 && { unturned: orientation }),
      };
      if (palette) return { ...raster, palette };
      return { ...(alpha ? dropAlpha(raster) : raster), whiteIsZero: photometric === 0 };
    },
  };
}

/** Whether `planes` like the first page, of uncompressed bytes, fit between its pixels and the end of the file. */
function hasRoom({ actualizedFields }: Directory, planes: number, fileSize: number): boolean {
  const numbers = (tag: number): number[] => {
    const value = actualizedFields.get(tag) as unknown;
    return typeof value === "number" ? [value] : ArrayBuffer.isView(value) ? [...(value as Uint32Array)] : [];
  };
  const offsets = numbers(273);
  const size = numbers(279).reduce((sum, bytes) => sum + bytes, 0);
  const [compression = 1] = numbers(259);
  return compression === 1 && offsets.length > 0 && offsets[0] + planes * size <= fileSize;
}

const INCH = 2;
const CENTIMETRE = 3;

/**
 * The size of a pixel by the resolution's tags, in the unit that ImageJ's description names, else in that of the
 * tags. Writers that don't know the size write 72 pixels per inch, which is therefore ignored.
 */
function resolutionOf(
  { actualizedFields }: Directory,
  imageJ: { unit?: string; spacing?: number } | undefined,
): PixelSize | undefined {
  const side = (tag: number) => {
    const [pixels, units] = (actualizedFields.get(tag) ?? []) as ArrayLike<number>[] & number[];
    return pixels > 0 && units > 0 ? units / pixels : undefined;
  };
  const [x, y] = [side(282), side(283)];
  const resolutionUnit = actualizedFields.get(296) ?? INCH;
  const known = resolutionUnit === INCH ? "inch" : resolutionUnit === CENTIMETRE ? "cm" : "";
  const unit = imageJ?.unit ?? known;
  if (!x || !y || (known === "inch" && x === 1 / 72 && !imageJ?.unit)) return undefined;
  const length = (value: number) => ({ value, unit });
  const spacing = imageJ?.spacing;
  return pixelSizeOf(length(x), length(y), spacing ? { value: spacing, unit } : undefined);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.replace(/\0+$/, "") : "";
}
