import type { Image, ImageData } from "@unet/image";
import { type DataType, get, open, type Readable, slice, type Array as ZarrArray } from "zarrita";
import type { WindowedSource } from "./source.js";
import { openStore } from "./zarr-store.js";

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
 * which only the chunks that are needed are read: an address, a folder in Node, or a store of zarrita.
 *
 * @throws RangeError where there is no such level or plane, or an axis or number type is not known
 */
export async function zarrSource(
  where: string | URL | Readable,
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
  if (!/^(u?int(8|16|32)|float(16|32|64))$/.test(dtype)) {
    throw new RangeError(`zarrSource: ${name} holds ${dtype}; convert it to 8 or 16-bit integers or float`);
  }
  return {
    ...{ width, height, channels },
    block: { width: chunks[x], height: chunks[y] },
    async read(rect, { signal } = {}) {
      const selection = fixed.map((at, i) => {
        if (i === y) return slice(rect.y, rect.y + rect.height);
        return i === x ? slice(rect.x, rect.x + rect.width) : at;
      });
      const part = (await get(array, selection, { signal } as object)) as {
        data: ArrayLike<number>;
        stride: number[];
      };
      // What is left of the axes, in their order.
      const left = axes.filter((_, i) => fixed[i] === null);
      const stride = (axis: string) => part.stride[left.indexOf(axis)] ?? 0;
      const { width, height } = rect;
      return interleaved(part.data, { width, height, channels }, [stride("c"), stride("y"), stride("x")]);
    },
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

function interleaved(
  values: ArrayLike<number>,
  { width, height, channels }: { width: number; height: number; channels: number },
  [strideC, strideY, strideX]: number[],
): Image {
  const kept = values instanceof Uint8Array || values instanceof Uint16Array;
  if (channels === 1 && strideY === width && (kept || values instanceof Float32Array)) {
    return { width, height, channels, data: values };
  }
  const data: ImageData = new (kept ? (values.constructor as typeof Uint8Array) : Float32Array)(
    width * height * channels,
  );
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = row * strideY + column * strideX;
      for (let c = 0; c < channels; c++) data[to++] = values[from + c * strideC];
    }
  }
  return { width, height, channels, data };
}
