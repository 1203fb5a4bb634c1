import type { Holds, PixelSize, Rect } from "@unet/image";
import { imageJDescription, type PageToWrite, TIFF_HEADER, tiffDirectories } from "@unet/image/tiff";

/** What is written: scores, or labels. */
interface Pixels {
  width: number;
  height: number;
  data: Float32Array | Int32Array;
}

/** What a file will be. */
export interface TiffToWrite {
  /** The image's size, px. */
  width: number;
  height: number;
  channels: number;
  /** Side of tiles and height of bands, px, a multiple of 16. */
  tile: number;
  /** What a value is; it counts from the first part on. */
  type: "float32" | "int32" | "uint16";
  pixelSize?: PixelSize;
  holds?: Holds;
  onNotice?: (notice: string) => void;
}

/** Bytes before compression from which ImageJ does not open an image. */
const IMAGEJ_BYTES = 2 ** 31;

/** Bytes of pixels a strip aims at, as `encodeTiff` does. */
const STRIP_BYTES = 65_536;

/**
 * Writes a TIFF part by part, under a temporary name until it is whole; parts start at multiples of the tile. Below
 * 2 GiB it is in strips, each channel a page, as ImageJ opens it: a band of `tile` rows waits in memory until it is
 * complete. Larger ones are BigTIFF in tiles.
 *
 * @param most bytes before compression from which it is large
 */
export async function tiffFile(path: string, layout: TiffToWrite, where: string, most = IMAGEJ_BYTES) {
  const { width, height, channels, tile } = layout;
  if (!(Number.isInteger(tile / 16) && tile > 0)) {
    throw new RangeError(`${where}: tile must be a multiple of 16, got ${tile}`);
  }
  const { openWhole, util, zlib } = await import("@unet/image/node");
  const deflate = util.promisify<Uint8Array, { level: number }, Uint8Array>(zlib.deflate);
  const file = await openWhole(path);
  // Room for the header, which is written last.
  let end = TIFF_HEADER;
  const append = async (bytes: Uint8Array): Promise<number> => {
    const offset = end;
    // Offsets of words must be even.
    end += bytes.length + (bytes.length % 2);
    await file.write(bytes, offset);
    return offset;
  };
  let parts: Parts | undefined;
  const begun = () => {
    if (parts) return parts;
    const bytes = width * height * channels * (layout.type === "uint16" ? 2 : 4);
    if (bytes >= most) {
      layout.onNotice?.(
        `${path}: 2 GiB or more before compression, so it is a BigTIFF in tiles; ImageJ needs Bio-Formats to open it`,
      );
    }
    parts = (bytes < most ? strips : tiles)(layout);
    return parts;
  };
  /** After the part before it, whichever is compressed first: the same pixels give the same file, to the byte. */
  const store = async ({ page, index, bytes }: Part, before: Promise<void>): Promise<void> => {
    const compressed = await deflate(bytes, { level: 1 });
    await before;
    page.sizes[index] = compressed.length;
    page.offsets[index] = await append(compressed);
  };
  return {
    block: { width: tile, height: tile },
    async write(rect: Rect, pixels: Pixels): Promise<void> {
      let before = Promise.resolve();
      const stored = [...begun().take(rect, pixels)].map((part) => {
        before = store(part, before);
        return before;
      });
      await Promise.all(stored);
    },
    async close(complete: boolean): Promise<void> {
      try {
        if (!complete) return;
        const { pages, big } = begun();
        const { header, directories } = tiffDirectories(pages, end, big);
        await file.write(directories, end);
        await file.write(header, 0);
        await file.commit();
      } finally {
        await file.discard();
      }
    },
  };
}

/** The bytes of a strip or tile, and its number in a page. */
interface Part {
  page: PageToWrite;
  index: number;
  bytes: Uint8Array;
}

interface Parts {
  pages: PageToWrite[];
  big: boolean;
  /** What is complete when a part of the image has come. */
  take(rect: Rect, pixels: Pixels): Iterable<Part>;
}

/** Each channel a page, of strips that are cut from bands as high as a tile. */
function strips(layout: TiffToWrite): Parts {
  const { width, height, channels, tile, type, pixelSize } = layout;
  const Values = valuesOf(type);
  let rowsPerStrip = 1;
  while (rowsPerStrip < tile && tile % (2 * rowsPerStrip) === 0) {
    if (2 * rowsPerStrip * width * Values.BYTES_PER_ELEMENT > STRIP_BYTES) break;
    rowsPerStrip *= 2;
  }
  const pages = Array.from(
    { length: channels },
    (_, c): PageToWrite => ({
      width,
      height,
      channels: 1,
      type,
      rowsPerStrip,
      pixelSize,
      offsets: [],
      sizes: [],
      description: c === 0 ? imageJDescription({ channels, slices: 1, frames: 1 }, layout) : undefined,
    }),
  );
  const bands = new Map<number, { planes: Array<InstanceType<typeof Values>>; missing: number }>();
  return {
    pages,
    big: false,
    *take(rect, pixels) {
      for (let top = rect.y; top < rect.y + rect.height; top += tile) {
        const rows = Math.min(tile, rect.y + rect.height - top);
        const rowsOfBand = Math.min(tile, height - top);
        const band = bands.get(top) ?? {
          planes: pages.map(() => new Values(width * rowsOfBand)),
          missing: width * rowsOfBand,
        };
        bands.set(top, band);
        for (const [c, plane] of band.planes.entries()) {
          for (let y = 0; y < rows; y++) {
            let from = (top - rect.y + y) * rect.width * channels + c;
            const to = y * width + rect.x;
            for (let x = 0; x < rect.width; x++, from += channels) plane[to + x] = pixels.data[from];
          }
        }
        band.missing -= rows * rect.width;
        if (band.missing > 0) continue;
        bands.delete(top);
        for (const [c, plane] of band.planes.entries()) {
          for (let y = 0; y < rowsOfBand; y += rowsPerStrip) {
            const bytes = bytesOf(plane.subarray(y * width, (y + rowsPerStrip) * width));
            yield { page: pages[c], index: (top + y) / rowsPerStrip, bytes };
          }
        }
      }
    },
  };
}

/** One page of tiles, in 64 bits. */
function tiles(layout: TiffToWrite): Parts {
  const { width, height, channels, tile, type, pixelSize } = layout;
  const Values = valuesOf(type);
  const across = Math.ceil(width / tile);
  const count = across * Math.ceil(height / tile);
  const zeros = () => new Array<number>(count).fill(0);
  const page: PageToWrite = {
    width,
    height,
    channels,
    type,
    tile,
    pixelSize,
    offsets: zeros(),
    sizes: zeros(),
    description: imageJDescription({ channels: 1, slices: 1, frames: 1 }, layout),
  };
  return {
    pages: [page],
    big: true,
    *take(rect, pixels) {
      for (let y = 0; y < rect.height; y += tile) {
        for (let x = 0; x < rect.width; x += tile) {
          // What lies beyond the image is 0.
          const values = new Values(tile * tile * channels);
          const columns = Math.min(tile, rect.width - x);
          for (let row = 0; row < Math.min(tile, rect.height - y); row++) {
            const from = ((y + row) * rect.width + x) * channels;
            values.set(pixels.data.subarray(from, from + columns * channels), row * tile * channels);
          }
          const index = ((rect.y + y) / tile) * across + (rect.x + x) / tile;
          yield { page, index, bytes: bytesOf(values) };
        }
      }
    },
  };
}

function valuesOf(type: TiffToWrite["type"]) {
  return { float32: Float32Array, int32: Int32Array, uint16: Uint16Array }[type];
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
