import { type Image, openImages, type PixelSize, UnreadableImageError } from "@unet/image";
import type { openZarr, ZarrImage } from "@unet/inference/zarr";
import type { Channel } from "./plane.js";

/** Where an image comes from: a file, the address of an OME-Zarr, or the files of its folder by their paths in it. */
export type ImageFrom = Blob | { zarr: string | ReadonlyMap<string, Blob> };

/** An opened image, whose planes are read one at a time. */
export interface OpenedImage {
  /** How many planes lie along z and along t. */
  readonly slices: number;
  readonly frames: number;
  readonly pixelSize?: PixelSize;
  /** A plane, by its number: slices along z, then along t. */
  image(index: number): Promise<Image>;
  close(): Promise<void>;
}

/** How an image is opened. */
interface OpenOptions {
  /** Default: all channels. */
  channel?: Channel;
  onNotice?: (notice: string) => void;
}

/** Pixels of a plane of OME-Zarr, at most: of larger ones a smaller level is read. */
const MOST_PIXELS = 2 ** 26;

/**
 * Opens an image, wherever it comes from.
 *
 * @throws UnreadableImageError that says what is wrong with it
 */
export async function openSource(
  from: ImageFrom,
  { channel, onNotice }: OpenOptions = {},
): Promise<OpenedImage> {
  const choice = channel === undefined || channel === "colour" ? {} : { channel };
  if (from instanceof Blob) return openImages(from, { ...choice, onNotice });
  const { openZarr } = await import("@unet/inference/zarr");
  const store = typeof from.zarr === "string" ? from.zarr : storeOf(from.zarr);
  const zarr = await openLevel(openZarr, store, { ...choice, onNotice });
  const { slices, frames, pixelSize, width, height } = zarr;
  return {
    slices,
    frames,
    pixelSize,
    async image(index) {
      const { channels, data } = await zarr.plane(index).read({ x: 0, y: 0, width, height }, {});
      return { width, height, channels, data };
    },
    close: async () => {},
  };
}

/** The largest level whose planes are not too large. */
async function openLevel(
  open: typeof openZarr,
  store: Parameters<typeof openZarr>[0],
  options: Parameters<typeof openZarr>[1] & { onNotice?: (notice: string) => void },
): Promise<ZarrImage> {
  for (let level = 0; ; level++) {
    const zarr = await open(store, { ...options, level }).catch((error) => {
      if (level === 0 || !(error instanceof RangeError)) throw error;
      throw new UnreadableImageError(
        `its smallest level has more than ${MOST_PIXELS / 2 ** 20} million pixels; make one that is smaller`,
      );
    });
    if (zarr.width * zarr.height > MOST_PIXELS) continue;
    if (level > 0) {
      options.onNotice?.(
        `It is large: its level ${level} is shown and segmented, ${zarr.width} × ${zarr.height} px`,
      );
    }
    return zarr;
  }
}

/** The files of a folder as what `openZarr` reads. */
function storeOf(files: ReadonlyMap<string, Blob>) {
  const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const fileAt = (key: string) => files.get(key.replace(/^\//, ""));
  return {
    async get(key: string) {
      const file = fileAt(key);
      return file && bytesOf(file);
    },
    async getRange(key: string, range: { offset: number; length: number } | { suffixLength: number }) {
      const file = fileAt(key);
      if (!file) return undefined;
      return "suffixLength" in range
        ? bytesOf(file.slice(Math.max(0, file.size - range.suffixLength)))
        : bytesOf(file.slice(range.offset, range.offset + range.length));
    },
  };
}
