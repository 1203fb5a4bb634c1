/** Zarr hierarchies in memory, as the tests of sources write and damage them. */
import { crc32c } from "../src/zarr/crc32c.js";

export type Files = Map<string, Uint8Array>;

/** A store of a map's files. */
export function storeOf(files: Files) {
  return { get: async (key: string) => files.get(key) };
}

/** What a test says of an array; the rest is filled in. */
export interface ArraySpec {
  shape: number[];
  chunks?: number[];
  type?: string;
  codecs?: unknown[];
  more?: Record<string, unknown>;
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** An array of Zarr v3 at the root. */
export function v3({ shape, chunks = shape, type = "uint8", codecs, more }: ArraySpec): Files {
  const meta = {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: type,
    fill_value: 0,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: codecs ?? [{ name: "bytes", configuration: { endian: "little" } }],
    ...more,
  };
  return new Map([["/zarr.json", json(meta)]]);
}

/** An array of Zarr v2 at the root. */
export function v2({ shape, chunks = shape, type = "|u1", more }: ArraySpec): Files {
  const meta = {
    zarr_format: 2,
    shape,
    chunks,
    dtype: type,
    fill_value: 0,
    order: "C",
    filters: null,
    compressor: null,
    dimension_separator: ".",
    ...more,
  };
  return new Map([["/.zarray", json(meta)]]);
}

/** Puts arrays below a group of OME-Zarr 0.4 or 0.5. */
export function ome(
  levels: Files[],
  axes: unknown[] | undefined,
  {
    version = "0.4",
    datasets,
    ...more
  }: { version?: string; datasets?: unknown[]; [key: string]: unknown } = {},
): Files {
  const multiscales = [
    { version, axes, datasets: datasets ?? levels.map((_, i) => ({ path: `${i}` })), ...more },
  ];
  const files: Files = new Map();
  if (version === "0.5") {
    const attributes = { ome: { version, multiscales } };
    files.set("/zarr.json", json({ zarr_format: 3, node_type: "group", attributes }));
  } else {
    files.set("/.zgroup", json({ zarr_format: 2 }));
    files.set("/.zattrs", json({ multiscales }));
  }
  for (const [i, level] of levels.entries()) {
    for (const [key, bytes] of level) files.set(`/${i}${key}`, bytes);
  }
  return files;
}

/** Bytes of numbers as they lie in memory. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

/** Bytes with their checksum behind them. */
export function withCrc32c(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  new DataView(out.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return out;
}

/** A shard of chunks, undefined where one is absent, its index at its end. */
export function shardOf(chunks: Array<Uint8Array | undefined>): Uint8Array {
  const index = new DataView(new ArrayBuffer(16 * chunks.length));
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [i, chunk] of chunks.entries()) {
    index.setBigUint64(16 * i, chunk ? BigInt(at) : 2n ** 64n - 1n, true);
    index.setBigUint64(16 * i + 8, chunk ? BigInt(chunk.length) : 2n ** 64n - 1n, true);
    if (chunk) parts.push(chunk);
    at += chunk?.length ?? 0;
  }
  return Uint8Array.from([...parts, withCrc32c(bytesOf(index))].flatMap((part) => [...part]));
}
