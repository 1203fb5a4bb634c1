import type { Rect } from "@unet/image";
import { type TiledLayout, tiffDirectory } from "./tiff-directory.js";

/** What is written: scores, or labels. */
interface Pixels {
  width: number;
  height: number;
  data: Float32Array | Int32Array;
}

/** Writes a TIFF tile by tile, under a temporary name until it is whole; parts start at multiples of the tile. */
export async function tiffTiles(
  path: string,
  layout: Omit<TiledLayout, "offsets" | "sizes" | "big">,
  where: string,
) {
  const { width, height, channels, tile } = layout;
  if (!(Number.isInteger(tile / 16) && tile > 0)) {
    throw new RangeError(`${where}: tile must be a multiple of 16, got ${tile}`);
  }
  const { openWhole, util, zlib } = await import("@unet/image/node");
  const compress = util.promisify<Uint8Array, { level: number }, Uint8Array>(zlib.deflate);
  const across = Math.ceil(width / tile);
  const count = across * Math.ceil(height / tile);
  const offsets = new Array<number>(count).fill(0);
  const sizes = new Array<number>(count).fill(0);
  const big = count * (tile * tile * channels * 4 + 1024) > 2 ** 32;
  const file = await openWhole(path);
  // Room for the header, which is written last.
  let end = 16;

  const append = async (bytes: Uint8Array): Promise<number> => {
    const offset = end;
    // Offsets of words must be even.
    end += bytes.length + (bytes.length % 2);
    await file.write(bytes, offset);
    return offset;
  };

  return {
    block: { width: tile, height: tile },
    async write(rect: Rect, pixels: Pixels): Promise<void> {
      const pending: Promise<void>[] = [];
      for (let y = 0; y < rect.height; y += tile) {
        for (let x = 0; x < rect.width; x += tile) {
          const index = ((rect.y + y) / tile) * across + (rect.x + x) / tile;
          const bytes = compress(tileOf({ ...pixels, channels }, { x, y, width: tile, height: tile }), {
            level: 1,
          });
          pending.push(
            bytes.then(async (compressed) => {
              sizes[index] = compressed.length;
              offsets[index] = await append(compressed);
            }),
          );
        }
      }
      await Promise.all(pending);
    },
    async close(complete: boolean): Promise<void> {
      try {
        if (!complete) return;
        const { header, directory } = tiffDirectory({ ...layout, offsets, sizes, big }, end);
        await file.write(directory, end);
        await file.write(header, 0);
        await file.commit();
      } finally {
        await file.discard();
      }
    },
  };
}

/** The bytes of a tile; what lies beyond the image is 0. */
function tileOf({ width, height, channels, data }: Pixels & { channels: number }, rect: Rect): Uint8Array {
  const length = rect.width * rect.height * channels;
  const out = data instanceof Float32Array ? new Float32Array(length) : new Int32Array(length);
  const columns = Math.min(rect.width, width - rect.x);
  for (let y = 0; y < Math.min(rect.height, height - rect.y); y++) {
    const from = ((rect.y + y) * width + rect.x) * channels;
    out.set(data.subarray(from, from + columns * channels), y * rect.width * channels);
  }
  return new Uint8Array(out.buffer);
}
