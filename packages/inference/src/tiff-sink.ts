import type { Image, Rect } from "@unet/image";
import type { TileSink } from "./sink.js";

/** Options of {@link tiffSink}. */
export interface TiffSinkOptions {
  /** The image's size, px. */
  width: number;
  height: number;
  /** Channels of the scores: classes. */
  channels: number;
  /** Side of the file's tiles, px, a multiple of 16. Default 256. */
  tile?: number;
}

type File = import("node:fs/promises").FileHandle;

/**
 * A TIFF of float scores in tiles compressed with Deflate, written as they come; beyond 4 GiB before
 * compression it is a BigTIFF. It has a temporary name until it is whole. Node only.
 *
 * @throws RangeError where `tile` is not a multiple of 16
 */
export async function tiffSink(path: string, options: TiffSinkOptions): Promise<TileSink> {
  const { width, height, channels, tile = 256 } = options;
  if (!(Number.isInteger(tile / 16) && tile > 0)) {
    throw new RangeError(`tiffSink: tile must be a multiple of 16, got ${tile}`);
  }
  const [{ open, rename, rm }, { deflate }, { promisify }] = await Promise.all([
    import("node:fs/promises"),
    import("node:zlib"),
    import("node:util"),
  ]);
  const compress = promisify<Uint8Array, { level: number }, Uint8Array>(deflate);
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const across = Math.ceil(width / tile);
  const count = across * Math.ceil(height / tile);
  const offsets = new Array<number>(count).fill(0);
  const sizes = new Array<number>(count).fill(0);
  const big = count * (tile * tile * channels * 4 + 1024) > 2 ** 32;
  const file: File = await open(temporary, "wx");
  // Room for the header, which is written last.
  let end = 16;

  const append = async (bytes: Uint8Array): Promise<number> => {
    const offset = end;
    // Offsets of words must be even.
    end += bytes.length + (bytes.length % 2);
    await file.write(bytes, 0, bytes.length, offset);
    return offset;
  };

  return {
    block: { width: tile, height: tile },
    async write(rect, scores) {
      const pending: Promise<void>[] = [];
      for (let y = 0; y < rect.height; y += tile) {
        for (let x = 0; x < rect.width; x += tile) {
          const index = ((rect.y + y) / tile) * across + (rect.x + x) / tile;
          const bytes = compress(tileOf(scores, { x, y, width: tile, height: tile }), { level: 1 });
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
    async close(complete) {
      try {
        if (!complete) return;
        const { header, directory } = directoryOf({ ...options, tile, offsets, sizes, big }, end);
        await file.write(directory, 0, directory.length, end);
        await file.write(header, 0, header.length, 0);
        await file.sync();
        await file.close();
        await rename(temporary, path);
      } finally {
        await file.close().catch(() => {});
        await rm(temporary, { force: true });
      }
    },
  };
}

/** The bytes of a tile; what lies beyond the image is 0. */
function tileOf({ width, height, channels, data }: Image<Float32Array>, rect: Rect): Uint8Array {
  const out = new Float32Array(rect.width * rect.height * channels);
  const columns = Math.min(rect.width, width - rect.x);
  for (let y = 0; y < Math.min(rect.height, height - rect.y); y++) {
    const from = ((rect.y + y) * width + rect.x) * channels;
    out.set(data.subarray(from, from + columns * channels), y * rect.width * channels);
  }
  return new Uint8Array(out.buffer);
}

interface Directory extends TiffSinkOptions {
  tile: number;
  offsets: number[];
  sizes: number[];
  big: boolean;
}

const SHORT = 3;
const LONG = 4;
const LONG8 = 16;

/** The header and the only directory, for offset `at`, of TIFF 6.0 or BigTIFF, little-endian. */
function directoryOf({ width, height, channels, tile, offsets, sizes, big }: Directory, at: number) {
  const pointer = big ? LONG8 : LONG;
  const repeat = (value: number) => new Array<number>(channels).fill(value);
  const entries: Array<[tag: number, type: number, values: number[]]> = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, repeat(32)],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [277, SHORT, [channels]],
    [284, SHORT, [1]],
    [322, LONG, [tile]],
    [323, LONG, [tile]],
    [324, pointer, offsets],
    [325, pointer, sizes],
    ...(channels > 1 ? [[338, SHORT, repeat(0).slice(1)] as [number, number, number[]]] : []),
    [339, SHORT, repeat(3)],
  ];
  const word = big ? 8 : 4;
  const fixed = (big ? 8 : 2) + entries.length * (big ? 20 : 12) + word;
  const bytesOf = ([, type, values]: (typeof entries)[number]) =>
    values.length * ({ [SHORT]: 2, [LONG]: 4, [LONG8]: 8 }[type] as number);
  const outside = entries.map((entry) => (bytesOf(entry) > word ? bytesOf(entry) : 0));
  const view = new DataView(
    new ArrayBuffer(fixed + outside.reduce((sum, size) => sum + size + (size % 2), 0)),
  );
  const setWord = (position: number, value: number) =>
    big ? view.setBigUint64(position, BigInt(value), true) : view.setUint32(position, value, true);
  if (big) setWord(0, entries.length);
  else view.setUint16(0, entries.length, true);
  let free = fixed;
  for (const [i, [tag, type, values]] of entries.entries()) {
    const start = (big ? 8 : 2) + i * (big ? 20 : 12);
    view.setUint16(start, tag, true);
    view.setUint16(start + 2, type, true);
    setWord(start + 4, values.length);
    let position = start + 4 + word;
    if (outside[i] > 0) {
      setWord(position, at + free);
      position = free;
      free += outside[i] + (outside[i] % 2);
    }
    for (const value of values) {
      if (type === SHORT) view.setUint16(position, value, true);
      else if (type === LONG) view.setUint32(position, value, true);
      else view.setBigUint64(position, BigInt(value), true);
      position += type === SHORT ? 2 : type === LONG ? 4 : 8;
    }
  }
  const header = new DataView(new ArrayBuffer(big ? 16 : 8));
  header.setUint16(0, 0x4949, true);
  header.setUint16(2, big ? 43 : 42, true);
  if (big) header.setUint16(4, 8, true);
  if (big) header.setBigUint64(8, BigInt(at), true);
  else header.setUint32(4, at, true);
  return { header: new Uint8Array(header.buffer), directory: new Uint8Array(view.buffer) };
}
