import type { Rect } from "@unet/image";
import { registry } from "zarrita";
import { crc32c as checksumOf } from "./crc32c.js";
import { assertSameLayout, metadataOf, type ZarrLayout } from "./zarr-layout.js";
import { fileStore, type Key, type ZarrStore } from "./zarr-store.js";

/** What is written: scores, or labels. */
interface Pixels {
  width: number;
  height: number;
  data: Float32Array | Int32Array;
}

/** Writes an OME-Zarr 0.5 chunk by chunk; in a folder it is called `….part` until it is complete. */
export async function zarrChunks(
  where: string | ZarrStore,
  layout: ZarrLayout & { onNotice?: (notice: string) => void },
) {
  const { channels, chunk, compression, run } = layout;
  const path = typeof where === "string" ? where.replace(/\/+$/, "") : undefined;
  const release = path ? await lockOf(path, layout.onNotice) : undefined;
  const store = typeof where === "string" ? fileStore(`${path}.part`) : where;
  let created: boolean;
  try {
    if (path) await assertAbsent(path);
    created = await store.has("/zarr.json");
    if (created) await assertSameLayout(store, layout, path ? `${path}.part` : "the store");
    // What is written over what another run left must not be taken for that run's.
    if (run === undefined) created = false;
  } catch (error) {
    await release?.();
    throw error;
  }
  const describe = async () => {
    for (const [key, value] of metadataOf(layout)) {
      await store.set(key, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
    }
    created = true;
  };
  const encode = await encoderOf(compression);
  return {
    block: { width: chunk, height: chunk },
    async has(rect: Rect): Promise<boolean> {
      if (!created) return false;
      for (const key of keysOf(rect, channels, chunk)) if (!(await isWhole(store, key))) return false;
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
        writes.push(encode(bytes).then((encoded) => store.set(key, encoded)));
      }
      await Promise.all(writes);
    },
    async close(complete: boolean): Promise<void> {
      try {
        if (!complete || !path) return;
        const { rename } = (await import("@unet/image/node")).fs;
        const { flushFolder } = await import("@unet/image/node");
        // The store has brought each chunk to the disk.
        await flushFolder(`${path}.part`, { files: false });
        await rename(`${path}.part`, path);
      } finally {
        await release?.();
      }
    },
  };
}

/** Two processes that write one Zarr would each take the other's chunks for its own. */
async function lockOf(
  path: string,
  onNotice: ((notice: string) => void) | undefined,
): Promise<() => Promise<void>> {
  const { mkdir } = (await import("@unet/image/node")).fs;
  const { dirname } = (await import("@unet/image/node")).path;
  const { lock } = await import("@unet/image/node");
  await mkdir(dirname(path), { recursive: true });
  return lock(`${path}.lock`, { what: path, onNotice });
}

async function assertAbsent(path: string): Promise<void> {
  const { access } = (await import("@unet/image/node")).fs;
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new Error(`zarrSink: ${path} exists; remove it, or name another`);
}

/** Whether there is a chunk, and its checksum is right: a power cut can leave one that is empty, or of zeros. */
async function isWhole(store: ZarrStore, key: Key): Promise<boolean> {
  const bytes = await store.get(key);
  if (!bytes || bytes.length <= CHECKSUM) return false;
  const end = bytes.length - CHECKSUM;
  return (
    checksumOf(bytes.subarray(0, end)) ===
    new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0, true)
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

/** Bytes of the checksum behind a chunk. */
const CHECKSUM = 4;

/**
 * The bytes of one channel of a chunk that begins at `from`, with room for the checksum behind them; what lies beyond the
 * image is 0.
 */
function planeOf(
  { width, height, channels, data }: Pixels & { channels: number },
  channel: number,
  from: { x: number; y: number },
  chunk: number,
): Uint8Array {
  const memory = new ArrayBuffer(4 * chunk ** 2 + CHECKSUM);
  // The bits as they are, whatever the type of the numbers.
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const out = new Int32Array(memory);
  const columns = Math.min(chunk, width - from.x);
  const rows = Math.min(chunk, height - from.y);
  for (let y = 0; y < rows; y++) {
    let at = ((from.y + y) * width + from.x) * channels + channel;
    const end = y * chunk + columns;
    for (let to = y * chunk; to < end; to++, at += channels) out[to] = bits[at];
  }
  return new Uint8Array(memory);
}

/**
 * What compresses a chunk, and puts its checksum behind it, where it has room. Its numbers are little-endian, as typed
 * arrays are on all machines in use.
 */
async function encoderOf(compression: "zstd" | "none"): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const codec =
    compression === "zstd"
      ? (await registry.get("zstd")!()).fromConfig({ level: 1 }, {} as never)
      : undefined;
  return async (plane) => {
    const bytes = plane.subarray(0, -CHECKSUM);
    const encoded = (await codec?.encode(bytes as never)) as Uint8Array | undefined;
    const out = encoded ? new Uint8Array(encoded.length + CHECKSUM) : plane;
    if (encoded) out.set(encoded);
    const end = out.length - CHECKSUM;
    new DataView(out.buffer).setUint32(end, checksumOf(out.subarray(0, end)), true);
    return out;
  };
}
