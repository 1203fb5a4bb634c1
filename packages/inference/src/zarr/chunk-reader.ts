import { UnreadableImageError } from "@unet/image";
import { byteDecoder } from "./byte-codecs.js";
import { type Chunk, chunkDecoder } from "./chunk-decoder.js";
import { Damage } from "./damage.js";
import { type ArrayMetadata, codecsOf, numberTypes, shown, sizesOf } from "./zarr-metadata.js";
import { type Key, type ReadableStore, readLimited, StatusError } from "./zarr-store.js";

/** How chunks are read. */
export interface ChunkReaderOptions {
  /** What the Zarr is called in messages. */
  name: string;
  /** More pixels than this a chunk are refused. */
  maxPixels: number;
  /** Whether a chunk that the server forbids to read is taken as absent. */
  forbiddenIsAbsent: boolean;
}

/** Reads the chunks of an array. */
export interface ChunkReader {
  /** What can't be read in part: a chunk, or a chunk of a shard. */
  shape: number[];
  read(chunk: readonly number[], signal?: AbortSignal): Promise<Chunk>;
  /** How many chunks, or shards of chunks, were forbidden and taken as absent. */
  forbidden(): number;
}

/**
 * Reads the chunks of an array, each held to what its metadata and checksums say.
 *
 * @throws UnreadableImageError where metadata ask for too much, or for what isn't read; from `read` where a chunk is
 *   damaged, with its key
 */
export async function chunkReader(
  store: ReadableStore,
  array: ArrayMetadata,
  { name, maxPixels, forbiddenIsAbsent }: ChunkReaderOptions,
): Promise<ChunkReader> {
  const forbidden = new Set<string>();
  /** What is read of a key, undefined where it isn't there; errors name it. */
  const named = async <Value>(
    key: Key,
    signal: AbortSignal | undefined,
    read: () => Promise<Value | undefined>,
  ) => {
    try {
      return await read();
    } catch (error) {
      const refused = error instanceof StatusError && error.status === 403;
      if (refused && forbiddenIsAbsent) {
        forbidden.add(key);
        return undefined;
      }
      if (signal?.aborted) throw error;
      const reason = (error as Error).message;
      const hint = refused
        ? "; without the right to list, absent chunks answer so: forbiddenIsAbsent takes them as absent"
        : "";
      throw new UnreadableImageError(`${name}: chunk ${key.slice(1)}: ${reason}${hint}`, { cause: error });
    }
  };
  try {
    const { codecs, chunks, type } = array;
    const assertChunk = (shape: number[]) => {
      const pixels = shape.reduce((product, size) => product * size, 1);
      if (pixels <= maxPixels && pixels * numberTypes[type] <= 4 * maxPixels) return;
      throw new Damage(
        `its chunks of ${shape.join(" × ")} ${type} are more than maxPixels, ${maxPixels}; raise maxPixels if that is meant`,
      );
    };
    const absent: Chunk = { data: [array.fill], stride: chunks.map(() => 0) };
    if (!codecs.some(({ name }) => name === "sharding_indexed")) {
      assertChunk(chunks);
      const decoder = await chunkDecoder({ ...array, shape: chunks });
      return {
        shape: chunks,
        forbidden: () => forbidden.size,
        async read(chunk, signal) {
          const key = array.keyOf(chunk);
          const decoded = await named(key, signal, async () => {
            const bytes = await readLimited(store, key, decoder.most, signal);
            return bytes && decoder.decode(bytes);
          });
          return decoded ?? absent;
        },
      };
    }
    const { shape, index, inner } = shardsOf(array);
    assertChunk(shape);
    const decoder = await chunkDecoder({ ...array, ...inner, shape });
    const indexes = keptIndexes(store, index, maxPixels);
    return {
      shape,
      forbidden: () => forbidden.size,
      async read(chunk, signal) {
        const key = array.keyOf(chunk.map((at, axis) => Math.floor(at / index.shape[axis])));
        const decoded = await named(key, signal, async () => {
          const entries = await indexes(key, signal);
          if (!entries) return undefined;
          const at = chunk.reduce((sum, at, axis) => sum * index.shape[axis] + (at % index.shape[axis]), 0);
          const [offset, length] = [
            entries.getBigUint64(16 * at, true),
            entries.getBigUint64(16 * at + 8, true),
          ];
          if (offset === NONE && length === NONE) return undefined;
          if (length > decoder.most || offset > Number.MAX_SAFE_INTEGER) {
            throw new Damage(
              `its index is damaged: ${length} bytes at ${offset} for chunk ${chunk.join("/")}`,
            );
          }
          const bytes = await rangeOf(store, key, { offset: Number(offset), length: Number(length) }, signal);
          try {
            return await decoder.decode(bytes);
          } catch (error) {
            if (error instanceof Damage) throw new Damage(`in it chunk ${chunk.join("/")}: ${error.message}`);
            throw error;
          }
        });
        return decoded ?? absent;
      },
    };
  } catch (error) {
    if (error instanceof Damage) {
      throw new UnreadableImageError(`${name}${array.path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** What a shard's index has where a chunk is absent. */
const NONE = 2n ** 64n - 1n;

/** How a shard's index lies in it. */
interface ShardIndex {
  /** How many chunks a shard has along each axis. */
  shape: number[];
  /** Bytes of the index, and of what follows them. */
  bytes: number;
  checked: boolean;
  atStart: boolean;
}

/** What `sharding_indexed` says. */
function shardsOf({ codecs, chunks }: ArrayMetadata) {
  if (codecs.length > 1) throw new Damage("it has other codecs around sharding_indexed, which isn't read");
  const { chunk_shape, codecs: inner, index_codecs, index_location = "end" } = codecs[0].configuration;
  const shape = sizesOf(chunk_shape, "chunk_shape of sharding_indexed", chunks.length);
  if (chunks.some((size, axis) => size % shape[axis] !== 0)) {
    throw new Damage(`its shards of ${chunks.join(" × ")} aren't whole chunks of ${shape.join(" × ")}`);
  }
  if (index_location !== "end" && index_location !== "start") {
    throw new Damage(`its index_location is ${shown(index_location)}; it must be "start" or "end"`);
  }
  const [bytes, ...more] = codecsOf(index_codecs, "index_codecs");
  const checked = more[0]?.name === "crc32c";
  if (bytes.name !== "bytes" || bytes.configuration.endian === "big" || more.length > (checked ? 1 : 0)) {
    throw new Damage(`its index_codecs ${shown(index_codecs)} aren't read; they must be bytes and crc32c`);
  }
  const counts = chunks.map((size, axis) => size / shape[axis]);
  const list = codecsOf(inner, "codecs of sharding_indexed");
  const index: ShardIndex = {
    shape: counts,
    bytes: 16 * counts.reduce((product, count) => product * count, 1),
    checked,
    atStart: index_location === "start",
  };
  const endian = list.find(({ name }) => name === "bytes")?.configuration.endian;
  return { shape, index, inner: { codecs: list, bigEndian: endian === "big" } };
}

/** Reads the indexes of shards, and keeps the last of them. */
function keptIndexes(store: ReadableStore, index: ShardIndex, maxPixels: number) {
  const { bytes, checked, atStart } = index;
  if (bytes > maxPixels)
    throw new Damage(`its shards have ${bytes / 16} chunks; at most ${maxPixels / 16} are read`);
  const kept = new Map<Key, Promise<DataView | undefined>>();
  const read = async (key: Key, signal?: AbortSignal): Promise<DataView | undefined> => {
    const length = bytes + (checked ? 4 : 0);
    const range = atStart ? { offset: 0, length } : { suffixLength: length };
    const encoded = await rangeOf(store, key, range, signal, true);
    if (!encoded) return undefined;
    let entries = encoded;
    try {
      if (checked)
        entries = await byteDecoder({ name: "crc32c", configuration: {} })!(encoded, { most: bytes });
    } catch {
      throw new Damage("the checksum of its index is wrong");
    }
    return new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  };
  return (key: Key, signal?: AbortSignal) => {
    const known = kept.get(key);
    if (known) return known;
    const entries = read(key, signal);
    kept.set(key, entries);
    entries.catch(() => kept.delete(key));
    if (kept.size > 64) kept.delete(kept.keys().next().value!);
    return entries;
  };
}

type ShardRange = { offset: number; length: number } | { suffixLength: number };

async function rangeOf(
  store: ReadableStore,
  key: Key,
  range: ShardRange,
  signal?: AbortSignal,
): Promise<Uint8Array>;
async function rangeOf(
  store: ReadableStore,
  key: Key,
  range: ShardRange,
  signal: AbortSignal | undefined,
  optional: true,
): Promise<Uint8Array | undefined>;
async function rangeOf(
  store: ReadableStore,
  key: Key,
  range: ShardRange,
  signal?: AbortSignal,
  optional = false,
): Promise<Uint8Array | undefined> {
  const length = "length" in range ? range.length : range.suffixLength;
  if (length === 0) return new Uint8Array(0);
  let bytes: Uint8Array | undefined;
  if (store.getRange) bytes = await store.getRange(key, range, { signal });
  else {
    const whole = await store.get(key, { signal });
    const from = "offset" in range ? range.offset : Math.max((whole?.length ?? 0) - length, 0);
    bytes = whole?.subarray(from, from + length);
  }
  if (!bytes && optional) return undefined;
  if (bytes?.length === length) return bytes;
  throw new Damage(`it gives ${bytes?.length ?? 0} of the ${length} bytes that should be there`);
}
