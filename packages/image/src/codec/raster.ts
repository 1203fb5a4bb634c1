import { UnreadableImageError } from "../errors.js";

/** One decoded page before it is known whether it is an image or labels: the values as the file has them. */
export interface Raster {
  width: number;
  height: number;
  /** Values a pixel, alpha left out. */
  channels: number;
  data:
    | Uint8Array
    | Uint16Array
    | Uint32Array
    | Int8Array
    | Int16Array
    | Int32Array
    | Float32Array
    | Float64Array;
  /** Bits of a value in the file; values of less than 8 lie in 0 … 2^bits − 1. */
  bits: number;
  /** Whether there was an alpha channel, which `data` lacks. */
  alphaDropped?: boolean;
  /** Whether the least value means white. */
  whiteIsZero?: boolean;
  /** Whether its compression changes values, as JPEG's does. */
  lossy?: boolean;
  /** Whether it was turned as EXIF says. */
  turned?: boolean;
  /** The file's orientation tag, 2 to 8, where it was not applied. */
  unturned?: number;
  /** Colours of the indices in `data`, where the file has a palette: `[red, green, blue]`, 0 … 255. */
  palette?: ArrayLike<number>[];
}

/** See {@link DecodeOptions.maxPixels}. */
export const DEFAULT_MAX_PIXELS = 2 ** 28;

/** How images are read. */
export interface DecodeOptions {
  /**
   * More pixels than this are refused before memory is allocated, in one page and in all pages that are read at
   * once. So are images that take more than 4 · `maxPixels` bytes. Default 2²⁸.
   */
  maxPixels?: number;
  /** Called once with each line that says what reading changed: alpha dropped, white and black exchanged. */
  onNotice?: (notice: string) => void;
}

/**
 * @param pixelBytes what a pixel takes, decoded
 * @throws UnreadableImageError where a header asks for an empty image, or for more than `maxPixels`
 */
export function assertWithinLimit(
  width: number,
  height: number,
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions,
  pixelBytes = 1,
): void {
  if (!(width >= 1 && height >= 1)) {
    throw new UnreadableImageError(`its header says ${width} × ${height} pixels, which is empty`);
  }
  if (!(width * height <= maxPixels && width * height * pixelBytes <= 4 * maxPixels)) {
    const size = pixelBytes > 4 ? `${width} × ${height} of ${pixelBytes} bytes` : `${width} × ${height}`;
    throw new UnreadableImageError(
      `${size} is more than maxPixels, ${maxPixels}; raise maxPixels if that is meant`,
    );
  }
}

/** `raster` without its last channel, which is alpha. */
export function dropAlpha(raster: Raster): Raster {
  const { channels, data } = raster;
  const kept = channels - 1;
  const out = new (data.constructor as new (length: number) => typeof data)((data.length / channels) * kept);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    for (let c = 0; c < kept; c++) out[to++] = data[from + c];
  }
  return { ...raster, channels: kept, data: out, alphaDropped: true };
}

/** Says what reading changed. */
export function noteChanges(raster: Raster, note: (notice: string) => void): void {
  if (raster.alphaDropped) note("its alpha channel is dropped");
  if (raster.turned) note("it is turned as its EXIF orientation says");
  if (raster.unturned) {
    note(
      `its orientation tag says ${raster.unturned}, but it is read as it is stored; turn it if that is meant`,
    );
  }
}
