import type { Rect } from "../image.js";
import type { Holds } from "./holds.js";
import type { PixelSize } from "./pixel-size.js";
import type { Raster } from "./raster.js";
import type { PlaneAddress, Series } from "./tiff/tiff-dimensions.js";

/** A file of any kind, opened: its planes, each to be read by itself. */
export interface ImagePlanes {
  readonly series: readonly Series[];
  /** What a TIFF says of itself: OME-XML, ImageJ's settings, … */
  readonly description: string;
  readonly pixelSize?: PixelSize;
  readonly holds?: Holds;
  /** A line for each thing in the file that is left out or not trusted. */
  readonly notices: readonly string[];
  /** Before the page is opened. */
  sizeOf(address: PlaneAddress): { readonly width: number; readonly height: number };
  open(address: PlaneAddress): Promise<RasterPage>;
}

/** One plane, before its pixels are read. */
export interface RasterPage {
  readonly width: number;
  readonly height: number;
  /** As an image: without alpha, colours for indices. */
  readonly channels: number;
  /** The tiles or strips that are decoded as a whole, px. */
  readonly block: { readonly width: number; readonly height: number };
  /** The pixels of a part inside the page; default: all. */
  read(rect?: Rect): Promise<Raster>;
}

/** A file of one plane, which is decoded as a whole, and kept for as long as parts of it are read. */
export function onePlane(
  size: { width: number; height: number; channels: number },
  decode: () => Promise<Raster>,
  said: { pixelSize?: PixelSize; holds?: Holds } = {},
): ImagePlanes {
  let whole: Promise<Raster> | undefined;
  const read = async (rect?: Rect) => {
    if (rect && (rect.width < size.width || rect.height < size.height)) {
      whole ??= decode();
      return partOf(await whole, rect);
    }
    // The caller may change the values in place, so they are not kept.
    const given = whole ?? decode();
    whole = undefined;
    return given;
  };
  const page = { ...size, block: size, read };
  return {
    series: [{ sizes: { channel: 1, z: 1, t: 1 }, at: () => ({ page: 0, slice: 0 }) }],
    description: "",
    notices: [],
    ...said,
    sizeOf: () => size,
    open: async () => page,
  };
}

function partOf(raster: Raster, { x, y, width, height }: Rect): Raster {
  const { channels, data } = raster;
  const part = new (data.constructor as new (length: number) => Raster["data"])(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * raster.width + x) * channels;
    part.set(data.subarray(from, from + width * channels), row * width * channels);
  }
  return { ...raster, width, height, data: part };
}
