import type { ImageSource, PixelSize, PlaneChoice } from "@unet/image";
import { openTiff } from "@unet/image/tiff";
import type { WindowedSource } from "../prediction/source.js";

/** Options of {@link tiffSource}. */
export interface TiffSourceOptions extends PlaneChoice {
  /**
   * Which image of those that are chosen, from 0: a plane of all its channels, along z, then along t. Default 0;
   * where there are more and it is not given, `onNotice` is told.
   */
  index?: number;
  /** Called once with each line that says what reading changed or left out. */
  onNotice?: (notice: string) => void;
}

/** A TIFF as a source; it stays open until `close`. */
export interface TiffSource extends WindowedSource {
  /** How many images the file has. */
  readonly length: number;
  /** How large a pixel is, where the file says it. */
  readonly pixelSize?: PixelSize;
  close(): Promise<void>;
}

/**
 * An image of a TIFF, BigTIFF or OME-TIFF, of which only what is needed is read: a path in Node, an address
 * whose server answers range requests, a `Blob`, or bytes. Channels that have pages of their own are put together.
 * For all images of a file, `openTiff` of `@unet/image/tiff` opens it once.
 *
 * @throws UnreadableImageError that names the file and what is wrong with it
 * @throws RangeError where there is no such image or plane
 */
export async function tiffSource(
  file: ImageSource,
  { index, ...options }: TiffSourceOptions = {},
): Promise<TiffSource> {
  const tiff = await openTiff(file, options);
  try {
    const { length, name, pixelSize } = tiff;
    if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < length)) {
      throw new RangeError(`tiffSource: index must be 0 to ${length - 1}, got ${index}`);
    }
    if (index === undefined && length > 1) {
      options.onNotice?.(`${name}: the first of its ${length} images is read`);
    }
    return { ...(await tiff.open(index ?? 0)), length, pixelSize, close: () => tiff.close() };
  } catch (error) {
    await tiff.close();
    throw error;
  }
}
