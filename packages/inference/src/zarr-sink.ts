import type { Image, Rect } from "@unet/image";
import { create, open, root, set, slice } from "zarrita";
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
  /** How chunks are compressed. Default `"zstd"`. */
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
  const { width, height, channels, chunk = 512, compression = "zstd", run = "", name = "scores" } = options;
  const path = typeof where === "string" ? where.replace(/\/+$/, "") : undefined;
  if (path) await assertAbsent(path);
  const store = typeof where === "string" ? fileStore(`${path}.part`) : where;
  const shape = [channels, height, width];
  if (await store.has("/zarr.json")) await assertSameRun(store, { run, shape, chunk, path });
  const location = root(store);
  const level = location.resolve("0");
  if (!(await store.has("/zarr.json"))) {
    await create(level, {
      ...{ shape, chunkShape: [1, chunk, chunk], dtype: "float32", fillValue: 0 },
      codecs: [
        { name: "bytes", configuration: { endian: "little" } },
        ...(compression === "zstd" ? [{ name: "zstd", configuration: { level: 1, checksum: false } }] : []),
      ],
      dimensionNames: ["c", "y", "x"],
    });
    // Last, since it says that the rest is there.
    await create(location, { attributes: { ome: multiscales(name), unet: { run } } });
  }
  const array = await open.v3(level, { kind: "array" });
  return {
    block: { width: chunk, height: chunk },
    async has(rect) {
      for (const key of keysOf(rect, channels, chunk)) if (!(await store.has(key))) return false;
      return true;
    },
    async write(rect, scores) {
      const [rows, columns] = [slice(rect.y, rect.y + rect.height), slice(rect.x, rect.x + rect.width)];
      for (let c = 0; c < channels; c++) {
        const data = plane(scores, c);
        await set(array as never, [c, rows, columns], {
          data,
          shape: [rect.height, rect.width],
          stride: [rect.width, 1],
        } as never);
      }
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

function plane({ width, height, channels, data }: Image<Float32Array>, channel: number): Float32Array {
  if (channels === 1) return data;
  const out = new Float32Array(width * height);
  for (let to = 0, from = channel; to < out.length; to++, from += channels) out[to] = data[from];
  return out;
}
