import type { Rect } from "@unet/image";
import { create, registry, root } from "zarrita";
import { fileStore, type ZarrStore } from "./zarr-store.js";

/** What is written: scores, or labels. */
interface Pixels {
  width: number;
  height: number;
  data: Float32Array | Int32Array;
}

/** What a Zarr of one image holds, and how. */
export interface ZarrLayout {
  width: number;
  height: number;
  /** The first of the axes c, y, x; without it they are y, x. */
  channels?: number;
  /** Labels are `"int32"`. */
  dtype: "float32" | "int32";
  /** Side of a chunk, px. */
  chunk: number;
  compression: "zstd" | "none";
  /** What the pixels depend on. */
  run: string;
  name: string;
}

/** Writes an OME-Zarr 0.5 chunk by chunk; in a folder it is called `….part` until it is complete. */
export async function zarrChunks(where: string | ZarrStore, layout: ZarrLayout) {
  const { width, height, channels, dtype, chunk, compression, run, name } = layout;
  const path = typeof where === "string" ? where.replace(/\/+$/, "") : undefined;
  const release = path ? await lockOf(path) : undefined;
  const store = typeof where === "string" ? fileStore(`${path}.part`) : where;
  const shape = channels === undefined ? [height, width] : [channels, height, width];
  const axes = channels === undefined ? ["y", "x"] : ["c", "y", "x"];
  let created = await store.has("/zarr.json");
  try {
    if (path) await assertAbsent(path);
    if (created) await assertSameRun(store, { run, shape, dtype, chunk, path });
  } catch (error) {
    await release?.();
    throw error;
  }
  const describe = async () => {
    const location = root(store);
    await create(location.resolve("0"), {
      ...{ shape, chunkShape: axes.map((axis) => (axis === "c" ? 1 : chunk)), dtype, fillValue: 0 },
      codecs: [
        { name: "bytes", configuration: { endian: "little" } },
        ...(compression === "zstd" ? [{ name: "zstd", configuration: { level: 1, checksum: false } }] : []),
      ],
      dimensionNames: axes,
    });
    // Last, since it says that the rest is there.
    await create(location, { attributes: { ome: multiscales(name, axes, dtype), unet: { run } } });
    created = true;
  };
  const encode = await encoderOf(compression);
  return {
    block: { width: chunk, height: chunk },
    async has(rect: Rect): Promise<boolean> {
      for (const key of keysOf(rect, channels, chunk)) if (!(await store.has(key))) return false;
      return true;
    },
    async write(rect: Rect, pixels: Pixels): Promise<void> {
      // Not before there is something to keep.
      if (!created) await describe();
      const writes: Promise<void>[] = [];
      for (const key of keysOf(rect, channels, chunk)) {
        const [x, y, c = 0] = key.split("/").slice(3).map(Number).reverse();
        const bytes = planeOf(
          { ...pixels, channels: channels ?? 1 },
          c,
          { x: x * chunk - rect.x, y: y * chunk - rect.y },
          chunk,
        );
        writes.push(Promise.resolve(encode(bytes)).then((encoded) => store.set(key, encoded)));
      }
      await Promise.all(writes);
    },
    async close(complete: boolean): Promise<void> {
      try {
        if (!complete || !path) return;
        const { rename } = (await import("@unet/image/node")).fs;
        const { flushFolder } = await import("@unet/image/node");
        await flushFolder(`${path}.part`);
        await rename(`${path}.part`, path);
      } finally {
        await release?.();
      }
    },
  };
}

function multiscales(name: string, axes: string[], dtype: ZarrLayout["dtype"]) {
  const scale = { type: "scale", scale: axes.map(() => 1) };
  return {
    version: "0.5",
    multiscales: [
      {
        name,
        axes: axes.map((axis) => ({ name: axis, type: axis === "c" ? "channel" : "space" })),
        datasets: [{ path: "0", coordinateTransformations: [scale] }],
      },
    ],
    ...(dtype === "int32" && { "image-label": { version: "0.5" } }),
  };
}

/** Two processes that write one Zarr would each take the other's chunks for its own. */
async function lockOf(path: string): Promise<() => Promise<void>> {
  const { mkdir } = (await import("@unet/image/node")).fs;
  const { dirname } = (await import("@unet/image/node")).path;
  const { lock } = await import("@unet/image/node");
  await mkdir(dirname(path), { recursive: true });
  return lock(`${path}.lock`, { what: path });
}

async function assertAbsent(path: string): Promise<void> {
  const { access } = (await import("@unet/image/node")).fs;
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`zarrSink: ${path} exists; remove it, or name another`);
}

async function assertSameRun(
  store: ZarrStore,
  {
    run,
    shape,
    dtype,
    chunk,
    path,
  }: Pick<ZarrLayout, "run" | "dtype" | "chunk"> & { shape: number[]; path?: string },
): Promise<void> {
  const parse = async (key: "/zarr.json" | "/0/zarr.json") =>
    JSON.parse(new TextDecoder().decode(await store.get(key)));
  const [group, array] = [await parse("/zarr.json"), await parse("/0/zarr.json")];
  const same =
    group.attributes?.unet?.run === run &&
    String(array.shape) === String(shape) &&
    array.data_type === dtype &&
    array.chunk_grid.configuration.chunk_shape.at(-1) === chunk;
  if (same) return;
  throw new Error(
    `zarrSink: ${path ? `${path}.part` : "the store"} holds part of another run (image, model or options differ); remove it, or name another`,
  );
}

function* keysOf(rect: Rect, channels: number | undefined, chunk: number): Generator<`/${string}`> {
  const [top, left] = [Math.floor(rect.y / chunk), Math.floor(rect.x / chunk)];
  for (let c = 0; c < (channels ?? 1); c++) {
    const plane: `/${string}` = channels === undefined ? "/0/c" : `/0/c/${c}`;
    for (let y = top; y * chunk < rect.y + rect.height; y++) {
      for (let x = left; x * chunk < rect.x + rect.width; x++) yield `${plane}/${y}/${x}`;
    }
  }
}

/** The bytes of one channel of a chunk that begins at `from`; what lies beyond the image is 0. */
function planeOf(
  { width, height, channels, data }: Pixels & { channels: number },
  channel: number,
  from: { x: number; y: number },
  chunk: number,
): Uint8Array {
  const out = data instanceof Float32Array ? new Float32Array(chunk ** 2) : new Int32Array(chunk ** 2);
  const columns = Math.min(chunk, width - from.x);
  const rows = Math.min(chunk, height - from.y);
  for (let y = 0; y < rows; y++) {
    let at = ((from.y + y) * width + from.x) * channels + channel;
    const end = y * chunk + columns;
    for (let to = y * chunk; to < end; to++, at += channels) out[to] = data[at];
  }
  return new Uint8Array(out.buffer);
}

/** What compresses a chunk. Its numbers are little-endian, as typed arrays are on all machines in use. */
async function encoderOf(
  compression: "zstd" | "none",
): Promise<(bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>> {
  if (compression === "none") return (bytes) => bytes;
  const codec = (await registry.get("zstd")!()).fromConfig({ level: 1 }, {} as never);
  return (bytes) => codec.encode(bytes) as Promise<Uint8Array>;
}
