import type { Image, Rect } from "@unet/image";
import { type DataType, open, type Readable, type Array as ZarrArray } from "zarrita";
import type { WindowedSource } from "./source.js";
import { openStore, type ZarrStore } from "./zarr-store.js";

/** Options of {@link zarrSource}. */
export interface ZarrSourceOptions {
  /** Level of the pyramid, 0 the largest. Default 0. */
  level?: number;
  /** Where along time and depth. Default 0. */
  t?: number;
  z?: number;
}

/**
 * An image of an OME-Zarr (0.4 of Zarr v2, 0.5 of v3), or a plain Zarr array whose last axes are y and x, of
 * which only the chunks that are needed are read: an address, a folder in Node, or a store of the caller's or zarrita's.
 *
 * @throws RangeError where there is no such level or plane, or an axis or number type is not known
 */
export async function zarrSource(
  where: string | URL | Pick<ZarrStore, "get" | "getRange">,
  options: ZarrSourceOptions = {},
): Promise<WindowedSource> {
  const name = where instanceof URL || typeof where === "string" ? `${where}` : "the store";
  const { array, axes } = await openArray(openStore(where), name, options.level ?? 0);
  const { shape, chunks, dtype } = array;
  const [c, y, x] = ["c", "y", "x"].map((axis) => axes.indexOf(axis));
  const channels = c < 0 ? 1 : shape[c];
  const [height, width] = [shape[y], shape[x]];
  const fixed = axes.map((axis, i) => {
    if (axis === "c" || axis === "y" || axis === "x") return null;
    const at = options[axis as "t" | "z"] ?? 0;
    if (at >= 0 && at < shape[i]) return at;
    throw new RangeError(`zarrSource: ${name} has ${shape[i]} planes along ${axis}, and ${at} was asked for`);
  });
  const Values = numberTypes[dtype];
  if (!Values) {
    throw new RangeError(`zarrSource: ${name} holds ${dtype}; convert it to 8 or 16-bit integers or float`);
  }
  const [chunkHeight, chunkWidth] = [chunks[y], chunks[x]];
  const beginRead = keptChunks(array);
  return {
    ...{ width, height, channels, block: { width: chunkWidth, height: chunkHeight } },
    async read(rect, { signal } = {}) {
      const data = new Values(rect.width * rect.height * channels);
      const image = { width: rect.width, height: rect.height, channels, data };
      const chunkAt = beginRead(signal);
      const copies: Promise<void>[] = [];
      for (let channel = 0; channel < channels; channel++) {
        for (let top = rect.y - (rect.y % chunkHeight); top < rect.y + rect.height; top += chunkHeight) {
          for (let left = rect.x - (rect.x % chunkWidth); left < rect.x + rect.width; left += chunkWidth) {
            const index = fixed.map((at, i) => at ?? (i === c ? channel : i === y ? top : left));
            const inside = { x: left - rect.x, y: top - rect.y, width: chunkWidth, height: chunkHeight };
            copies.push(
              chunkAt(index.map((at, i) => Math.floor(at / chunks[i]))).then(({ data: values, stride }) => {
                const first = index.reduce((sum, at, i) => sum + (at % chunks[i]) * stride[i], 0);
                paste(image, channel, inside, { values, first, down: stride[y], right: stride[x] });
              }),
            );
          }
        }
      }
      await Promise.all(copies);
      return image;
    },
  };
}

const numberTypes: Partial<
  Record<DataType, Uint8ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor>
> = {
  ...{ uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array },
  ...{ int8: Float32Array, int16: Float32Array, int32: Float32Array, uint32: Float32Array },
  float64: Float32Array,
};

/** One plane of a chunk: value (x, y) is at `first` + y · `down` + x · `right`. */
interface Plane {
  values: ArrayLike<number>;
  first: number;
  down: number;
  right: number;
}

/** Copies what of a plane at `place` lies inside the image. */
function paste(
  { width, height, channels, data }: Image,
  channel: number,
  place: Rect,
  { values, first, down, right }: Plane,
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

type Chunk = Promise<{ data: ArrayLike<number>; stride: number[] }>;

/** Reads chunks, and keeps those of the last read: neighbouring tiles share most of theirs. */
function keptChunks(array: ZarrArray<DataType>): (signal?: AbortSignal) => (coordinates: number[]) => Chunk {
  let kept = new Map<string, Chunk>();
  return (signal) => {
    const before = kept;
    const current = new Map<string, Chunk>();
    kept = current;
    return (coordinates) => {
      const key = String(coordinates);
      const known = current.get(key) ?? before.get(key);
      const chunk = known ?? (array.getChunk(coordinates, { signal }) as Chunk);
      current.set(key, chunk);
      // A read that failed or was stopped is no reason for the next one to fail.
      if (!known) chunk.catch(() => current.delete(key));
      return chunk;
    };
  };
}

interface Multiscale {
  axes?: Array<string | { name: string }>;
  datasets: Array<{ path: string }>;
}

async function openArray(store: Readable, name: string, level: number) {
  const node = await open(store);
  if (node.kind === "array") {
    const axes = node.dimensionNames?.map((axis) => axis?.toLowerCase());
    return { array: node, axes: checkedAxes(axes ?? lastOf(node), node, name) };
  }
  const attributes = node.attrs as { ome?: { multiscales?: Multiscale[] }; multiscales?: Multiscale[] };
  const multiscale = (attributes.ome?.multiscales ?? attributes.multiscales)?.[0];
  if (!multiscale)
    throw new RangeError(`zarrSource: ${name} is a group without multiscales; give an image in it`);
  const dataset = multiscale.datasets[level];
  if (!dataset) {
    throw new RangeError(
      `zarrSource: ${name} has ${multiscale.datasets.length} levels, and level ${level} was asked for`,
    );
  }
  const array = await open(node.resolve(dataset.path), { kind: "array" });
  const axes = multiscale.axes?.map((axis) => (typeof axis === "string" ? axis : axis.name));
  return { array, axes: checkedAxes(axes ?? lastOf(array), array, name) };
}

/** OME-Zarr's order of axes, as many as the array has; three are of channels. */
function lastOf({ shape }: ZarrArray<DataType>): string[] {
  return shape.length === 3 ? ["c", "y", "x"] : ["t", "c", "z", "y", "x"].slice(-shape.length);
}

function checkedAxes(axes: string[], { shape }: ZarrArray<DataType>, name: string): string[] {
  const known = axes.every((axis) => "tczyx".includes(axis)) && new Set(axes).size === axes.length;
  if (known && axes.length === shape.length && axes.includes("y") && axes.includes("x")) return axes;
  throw new RangeError(
    `zarrSource: ${name} has the axes ${axes.join(", ")} of shape ${shape.join(" × ")}; they must be y, x and of t, c, z`,
  );
}
