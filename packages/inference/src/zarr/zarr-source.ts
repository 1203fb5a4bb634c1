import {
  chosenAlong,
  type Image,
  type PixelSize,
  type PlaneChoice,
  pixelSizeOf,
  type Rect,
  UnreadableImageError,
} from "@unet/image";
import type { WindowedSource } from "../prediction/source.js";
import type { Chunk } from "./chunk-decoder.js";
import { type ChunkReader, chunkReader } from "./chunk-reader.js";
import { type ImageArray, imageArray } from "./zarr-image.js";
import type { NumberType } from "./zarr-metadata.js";
import { openStore, type ReadableStore } from "./zarr-store.js";

/** Options of {@link openZarr}. */
export interface OpenZarrOptions extends PlaneChoice {
  /** Level of the pyramid, 0 the largest. Default 0. */
  level?: number;
  /**
   * Chunks of more pixels than this are refused, before memory is taken, and so are those of more than 4 bytes for
   * each of them. Default 2²⁶.
   */
  maxPixels?: number;
  /**
   * Whether a chunk that a server forbids to read (403) is taken as absent, as S3 answers where the right to list is
   * missing. Otherwise it is an error. Default false.
   */
  forbiddenIsAbsent?: boolean;
  /** Called once with each line that says what is left out. */
  onNotice?: (notice: string) => void;
}

/** Options of {@link zarrSource}. */
export interface ZarrSourceOptions extends OpenZarrOptions {
  /** Which plane of those that are chosen, from 0. It has to be said where there are several. */
  index?: number;
}

/** A plane of a Zarr as a source. */
export interface ZarrSource extends WindowedSource {
  /** How many planes are chosen: along depth, then along time. */
  readonly length: number;
  /** Where the metadata say it; where they give a scale but no unit, that is empty. */
  readonly pixelSize?: PixelSize;
  /** How many chunks were forbidden and taken as absent so far, see {@link OpenZarrOptions}. */
  readonly forbidden: number;
}

/** An image of a Zarr: planes of all chosen channels, through time and depth. */
export interface ZarrImage
  extends Pick<ZarrSource, "width" | "height" | "channels" | "length" | "pixelSize" | "forbidden"> {
  /** How many planes there are along depth, and how many times. */
  readonly slices: number;
  readonly frames: number;
  /**
   * A plane to read from: all depths of the first time, then those of the next.
   *
   * @throws RangeError where there is no such plane
   */
  plane(index: number): ZarrSource;
}

/**
 * Opens an image of an OME-Zarr (0.4 of Zarr v2, 0.5 of v3), or a plain Zarr array whose axes its metadata name: an
 * address, a folder in Node, or a store of the caller's or zarrita's. Of the pixels only the chunks that are needed are
 * read. Each chunk is held to its shape and its checksums.
 *
 * Pixels are bool (0 and 1), integers of 8 to 64 bits, or floats of 16 to 64. What is not of 8 or 16 bits without sign
 * becomes float32.
 *
 * ```ts
 * const zarr = await openZarr("cells.zarr", { channel: 0 });
 * for (let i = 0; i < zarr.length; i++) await predictTiled(zarr.plane(i), model);
 * ```
 *
 * @throws UnreadableImageError where the Zarr is damaged or of a kind that isn't read; while it is read, where a chunk
 *   is damaged, with its key, or a whole number is larger than float32 holds exactly, with its position
 * @throws RangeError where there is no such level, channel or plane
 */
export async function openZarr(
  where: string | URL | ReadableStore,
  options: OpenZarrOptions = {},
): Promise<ZarrImage> {
  const { level = 0, maxPixels = 2 ** 26, forbiddenIsAbsent = false, onNotice } = options;
  const name = where instanceof URL || typeof where === "string" ? `${where}` : "the store";
  if (/\.(zip|ozx)$/i.test(name)) {
    throw new UnreadableImageError(
      `${name}: it is a zipped Zarr, which isn't read; unpack it and give its folder`,
    );
  }
  const store = openStore(where);
  const { array, axes, scale } = await imageArray(store, { name, level, onNotice });
  const chunks = await chunkReader(store, array, { name, maxPixels, forbiddenIsAbsent });
  const sizeOf = (axis: string) =>
    (axes as string[]).includes(axis) ? array.shape[(axes as string[]).indexOf(axis)] : 1;
  const chosen = (axis: "channel" | "z" | "t") =>
    chosenAlong(axis, options, sizeOf(axis === "channel" ? "c" : axis), name);
  const [channels, depths, times] = [chosen("channel"), chosen("z"), chosen("t")];
  const size = { width: sizeOf("x"), height: sizeOf("y"), channels: channels.length };
  const length = depths.length * times.length;
  const pixelSize = sizeOfPixels(scale);
  return {
    ...size,
    length,
    slices: depths.length,
    frames: times.length,
    pixelSize,
    get forbidden() {
      return chunks.forbidden();
    },
    plane(index) {
      if (!(Number.isInteger(index) && index >= 0 && index < length)) {
        throw new RangeError(`zarrSource: index must be 0 to ${length - 1}, got ${index}`);
      }
      const at: Record<string, number> = {
        t: times[Math.floor(index / depths.length)],
        z: depths[index % depths.length],
      };
      const place = { name, axes, channels, at };
      return {
        ...planeSource(chunks, array.type, place, size),
        length,
        pixelSize,
        get forbidden() {
          return chunks.forbidden();
        },
      };
    },
  };
}

/**
 * One plane of {@link openZarr} as a source of `predictTiled`.
 *
 * @throws RangeError where several planes are chosen and `index` doesn't say which
 */
export async function zarrSource(
  where: string | URL | ReadableStore,
  { index, ...options }: ZarrSourceOptions = {},
): Promise<ZarrSource> {
  const image = await openZarr(where, options);
  if (index === undefined && image.length > 1) {
    throw new RangeError(
      `zarrSource: ${where instanceof URL || typeof where === "string" ? where : "the store"} has ${image.length} planes; say which by index, 0 to ${image.length - 1}, or by z and t`,
    );
  }
  return image.plane(index ?? 0);
}

function sizeOfPixels(scale: ImageArray["scale"]): PixelSize | undefined {
  const { x, y, z } = scale ?? {};
  if (!x || !y) return undefined;
  const known = pixelSizeOf(x, y, z);
  if (known) return known;
  const says = [x, y].some(({ value }) => value !== 1) && x.unit === "" && y.unit === "";
  return says ? { x: x.value, y: y.value, ...(z && { z: z.value }), unit: "" } : undefined;
}

/** Which values of an array are a plane. */
interface Place {
  name: string;
  axes: string[];
  channels: number[];
  /** Where along time and depth. */
  at: Record<string, number>;
}

function planeSource(
  { shape: chunkShape, read: readChunk }: ChunkReader,
  type: NumberType,
  { name, axes, channels, at: fixed }: Place,
  size: { width: number; height: number; channels: number },
): WindowedSource {
  const [c, y, x] = ["c", "y", "x"].map((axis) => axes.indexOf(axis));
  const [chunkHeight, chunkWidth] = [chunkShape[y], chunkShape[x]];
  /** Where the plane lies in each chunk. */
  const inside = axes.map((axis, i) => (axis in fixed ? fixed[axis] % chunkShape[i] : 0));
  const beginRead = keptChunks(async (coordinates, signal) =>
    planesOf(await readChunk(coordinates, signal), inside, { chunkShape, c, y, x }),
  );
  const Values = arrays[type] ?? Float32Array;
  const exactly = /^u?int(32|64)$/.test(type);
  return {
    ...size,
    block: { width: chunkWidth, height: chunkHeight },
    async read(rect, { signal } = {}) {
      const data = new Values(rect.width * rect.height * channels.length);
      const image = { width: rect.width, height: rect.height, channels: channels.length, data };
      const chunkAt = beginRead(signal);
      const work: Array<() => Promise<void>> = [];
      for (const [channel, index] of channels.entries()) {
        for (let top = rect.y - (rect.y % chunkHeight); top < rect.y + rect.height; top += chunkHeight) {
          for (let left = rect.x - (rect.x % chunkWidth); left < rect.x + rect.width; left += chunkWidth) {
            const position = axes.map((axis, i) => fixed[axis] ?? (i === c ? index : i === y ? top : left));
            const coordinates = position.map((at, i) => Math.floor(at / chunkShape[i]));
            const place = { x: left - rect.x, y: top - rect.y, width: chunkWidth, height: chunkHeight };
            work.push(async () => {
              const { data: values, stride } = await chunkAt(coordinates);
              const first = c < 0 ? 0 : (index % chunkShape[c]) * stride[c];
              const plane = { values, first, down: stride[y], right: stride[x] };
              if (!exactly) paste(image, channel, place, plane as Plane<number>);
              else {
                const wrong = pasteExactly(image, channel, place, plane);
                if (wrong) throw inexact(name, type, rect, { ...wrong, channel: index });
              }
            });
          }
        }
      }
      await together(work);
      return image;
    },
  };
}

const arrays: Partial<Record<NumberType, Uint8ArrayConstructor | Uint16ArrayConstructor>> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
};

/** Does all of it, some at a time, so that not all chunks are in memory encoded and decoded at once. */
async function together(work: Array<() => Promise<void>>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < work.length) await work[next++]();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, work.length) }, one));
  } finally {
    next = work.length;
  }
}

const AT_ONCE = 8;

/** Where a chunk lies in a read, and its axes. */
interface ChunkAxes {
  chunkShape: number[];
  c: number;
  y: number;
  x: number;
}

/** Of a chunk of several planes the one that is `inside`, with all of its channels. */
function planesOf({ data, stride }: Chunk, inside: number[], { chunkShape, c, y, x }: ChunkAxes): Chunk {
  const kept = [c, y, x].filter((axis) => axis >= 0);
  const others = chunkShape.filter((_, axis) => !kept.includes(axis));
  if (data.length === 1 || others.every((size) => size === 1)) return { data, stride };
  const [channels, height, width] = [c < 0 ? 1 : chunkShape[c], chunkShape[y], chunkShape[x]];
  const Values = data.constructor as new (length: number) => number[];
  const out = new Values(channels * height * width);
  const start = inside.reduce((sum, at, axis) => sum + at * stride[axis], 0);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      let from = start + (c < 0 ? 0 : channel * stride[c]) + row * stride[y];
      for (let column = 0; column < width; column++, from += stride[x]) out[to++] = (data as number[])[from];
    }
  }
  const steps = stride.map((_, axis) =>
    axis === x ? 1 : axis === y ? width : axis === c ? width * height : 0,
  );
  return { data: out, stride: steps };
}

/** One plane of a chunk: value (x, y) is at `first` + y · `down` + x · `right`. */
interface Plane<Value> {
  values: ArrayLike<Value>;
  first: number;
  down: number;
  right: number;
}

/** Copies what of a plane at `place` lies inside the image. */
function paste(
  { width, height, channels, data }: Image,
  channel: number,
  place: Rect,
  { values, first, down, right }: Plane<number>,
): void {
  const start = Math.max(place.x, 0);
  const end = Math.min(place.x + place.width, width);
  for (let y = Math.max(place.y, 0); y < Math.min(place.y + place.height, height); y++) {
    let from = first + (y - place.y) * down + (start - place.x) * right;
    if (channels === 1 && right === 1) {
      data.set((values as Uint8Array).subarray(from, from + end - start), y * width + start);
      continue;
    }
    for (let x = start, to = (y * width + x) * channels + channel; x < end; x++, to += channels) {
      data[to] = values[from];
      from += right;
    }
  }
}

/** The same for whole numbers that float32 may not hold; the first that it doesn't. */
function pasteExactly(
  { width, height, channels, data }: Image,
  channel: number,
  place: Rect,
  { values, first, down, right }: Plane<number | bigint>,
): { x: number; y: number; value: number | bigint } | undefined {
  for (let y = Math.max(place.y, 0); y < Math.min(place.y + place.height, height); y++) {
    for (let x = Math.max(place.x, 0); x < Math.min(place.x + place.width, width); x++) {
      const value = values[first + (y - place.y) * down + (x - place.x) * right];
      const held = Math.fround(Number(value));
      // Compared as what it is: as a number an integer of 64 bits may be rounded already.
      if ((typeof value === "bigint" ? BigInt(held) : held) !== value) return { x, y, value };
      data[(y * width + x) * channels + channel] = held;
    }
  }
  return undefined;
}

function inexact(
  name: string,
  type: string,
  rect: Rect,
  { x, y, channel, value }: { x: number; y: number; channel: number; value: number | bigint },
): UnreadableImageError {
  return new UnreadableImageError(
    `${name}: ${value} (${type}) at (${rect.x + x}, ${rect.y + y}), channel ${channel}, is more than float32 holds exactly; save it as float32 or uint16`,
  );
}

/** Reads chunks, and keeps those of the last read: neighbouring tiles share most of theirs. */
function keptChunks(
  readChunk: (coordinates: number[], signal?: AbortSignal) => Promise<Chunk>,
): (signal?: AbortSignal) => (coordinates: number[]) => Promise<Chunk> {
  let kept = new Map<string, Promise<Chunk>>();
  return (signal) => {
    const before = kept;
    const current = new Map<string, Promise<Chunk>>();
    kept = current;
    return (coordinates) => {
      const key = String(coordinates);
      const known = current.get(key) ?? before.get(key);
      const chunk = known ?? readChunk(coordinates, signal);
      current.set(key, chunk);
      // A read that failed or was stopped is no reason for the next one to fail.
      if (!known) chunk.catch(() => current.delete(key));
      return chunk;
    };
  };
}
