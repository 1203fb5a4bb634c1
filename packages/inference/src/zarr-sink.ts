import type { Image, Rect } from "@unet/image";
import { create, registry, root } from "zarrita";
import type { TileSink } from "./sink.js";
import { fileStore, type ZarrStore } from "./zarr-store.js";

/** Options of {@link zarrSink}. */
export interface ZarrSinkOptions {
  /** The image's size, px. */
  width: number;
  height: number;
  /** Channels of the scores: classes. */
  channels: number;
  /** Side of a chunk, px. Default 512. */
  chunk?: number;
  /**
   * How chunks are compressed. Default `"none"`: the last bits of floats look random, so that zstd saves
   * little and takes long.
   */
  compression?: "zstd" | "none";
  /**
   * What the scores depend on: the image, the model, the options. An interrupted run is taken up only where
   * this is the same. Default: empty.
   */
  run?: string;
  /** What the image is called in its metadata. Default `"scores"`. */
  name?: string;
}

/**
 * An OME-Zarr 0.5 of float scores, axes c, y, x. Each chunk is written once, as a whole; a run that was
 * interrupted, even by `kill -9`, is taken up where it stopped: `predictTiled` computes the chunks that are
 * not there. A folder is called `….part` until it is complete.
 *
 * @param where a folder in Node, which must not exist, or a store
 * @throws Error where the folder exists, or its `.part` is of another run
 */
export async function zarrSink(where: string | ZarrStore, options: ZarrSinkOptions): Promise<TileSink> {
  const { width, height, channels, chunk = 512, compression = "none", run = "", name = "scores" } = options;
  const path = typeof where === "string" ? where.replace(/\/+$/, "") : undefined;
  if (path) await assertAbsent(path);
  const store = typeof where === "string" ? fileStore(`${path}.part`) : where;
  const shape = [channels, height, width];
  let created = await store.has("/zarr.json");
  if (created) await assertSameRun(store, { run, shape, chunk, path });
  const describe = async () => {
    const location = root(store);
    await create(location.resolve("0"), {
      ...{ shape, chunkShape: [1, chunk, chunk], dtype: "float32", fillValue: 0 },
      codecs: [
        { name: "bytes", configuration: { endian: "little" } },
        ...(compression === "zstd" ? [{ name: "zstd", configuration: { level: 1, checksum: false } }] : []),
      ],
      dimensionNames: ["c", "y", "x"],
    });
    // Last, since it says that the rest is there.
    await create(location, { attributes: { ome: multiscales(name), unet: { run } } });
    created = true;
  };
  const encode = await encoderOf(compression);
  return {
    block: { width: chunk, height: chunk },
    async has(rect) {
      for (const key of keysOf(rect, channels, chunk)) if (!(await store.has(key))) return false;
      return true;
    },
    async write(rect, scores) {
      // Not before there is something to keep.
      if (!created) await describe();
      const writes: Promise<void>[] = [];
      for (const key of keysOf(rect, channels, chunk)) {
        const [c, y, x] = key.split("/").slice(3).map(Number);
        const bytes = planeOf(scores, c, { x: x * chunk - rect.x, y: y * chunk - rect.y }, chunk);
        writes.push(Promise.resolve(encode(bytes)).then((encoded) => store.set(key, encoded)));
      }
      await Promise.all(writes);
    },
    async close(complete) {
      if (!complete || !path) return;
      const { rename } = await import("node:fs/promises");
      await rename(`${path}.part`, path);
    },
  };
}

function multiscales(name: string) {
  const scale = { type: "scale", scale: [1, 1, 1] };
  return {
    version: "0.5",
    multiscales: [
      {
        name,
        axes: [
          { name: "c", type: "channel" },
          { name: "y", type: "space" },
          { name: "x", type: "space" },
        ],
        datasets: [{ path: "0", coordinateTransformations: [scale] }],
      },
    ],
  };
}

async function assertAbsent(path: string): Promise<void> {
  const { access } = await import("node:fs/promises");
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`zarrSink: ${path} exists; remove it, or name another`);
}

async function assertSameRun(
  store: ZarrStore,
  { run, shape, chunk, path }: { run: string; shape: number[]; chunk: number; path?: string },
): Promise<void> {
  const parse = async (key: "/zarr.json" | "/0/zarr.json") =>
    JSON.parse(new TextDecoder().decode(await store.get(key)));
  const [group, array] = [await parse("/zarr.json"), await parse("/0/zarr.json")];
  const same =
    group.attributes?.unet?.run === run &&
    String(array.shape) === String(shape) &&
    array.chunk_grid.configuration.chunk_shape[2] === chunk;
  if (same) return;
  throw new Error(
    `zarrSink: ${path ? `${path}.part` : "the store"} holds part of another run (image, model or options differ); remove it, or name another`,
  );
}

function* keysOf(rect: Rect, channels: number, chunk: number): Generator<`/${string}`> {
  const [top, left] = [Math.floor(rect.y / chunk), Math.floor(rect.x / chunk)];
  for (let c = 0; c < channels; c++) {
    for (let y = top; y * chunk < rect.y + rect.height; y++) {
      for (let x = left; x * chunk < rect.x + rect.width; x++) yield `/0/c/${c}/${y}/${x}`;
    }
  }
}

/** The bytes of one channel of a chunk that begins at `from`; what lies beyond the image is 0. */
function planeOf(
  { width, height, channels, data }: Image<Float32Array>,
  channel: number,
  from: { x: number; y: number },
  chunk: number,
): Uint8Array {
  const out = new Float32Array(chunk * chunk);
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
