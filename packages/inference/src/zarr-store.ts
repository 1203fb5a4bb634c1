import { FetchStore, type Readable } from "zarrita";

type Key = `/${string}`;

/** Some bytes of a value, from its start or its end. */
type Range = { offset: number; length: number } | { suffixLength: number };

/** Where the keys of a Zarr hierarchy are kept. */
export interface ZarrStore {
  get(key: Key, options?: { signal?: AbortSignal }): Promise<Uint8Array | undefined>;
  /** Needed to read shards. */
  getRange?(key: Key, range: Range): Promise<Uint8Array | undefined>;
  set(key: Key, value: Uint8Array): Promise<void>;
  /** Whether there is such a key, without reading it. */
  has(key: Key): Promise<boolean>;
}

/** A store to read from: an address, a folder in Node, or the caller's own. */
export function openStore(where: string | URL | Pick<ZarrStore, "get" | "getRange">): Readable {
  if (typeof where !== "string" && !(where instanceof URL)) return where;
  const isAddress = where instanceof URL ? where.protocol !== "file:" : /^https?:/.test(where);
  return isAddress ? new FetchStore(where) : fileStore(where);
}

/**
 * A folder. A key is written under a temporary name and then renamed, so that a chunk is whole or not there,
 * whenever the process ends. Node only.
 */
export function fileStore(folder: string | URL): Required<ZarrStore> {
  const root = folder instanceof URL ? decodeURIComponent(folder.pathname) : folder;
  // Synchronous calls: an asynchronous one takes four turns of the event loop, and a backend that computes on the
  // CPU keeps it waiting at each. Small files in the system's cache take less time than those turns.
  const files = import("node:fs");
  const pathOf = (key: Key) => `${root}${key}`;
  return {
    async get(key) {
      const { readFileSync } = await files;
      return unlessAbsent(() => readFileSync(pathOf(key)));
    },
    async getRange(key, range) {
      const { closeSync, fstatSync, openSync, readSync } = await files;
      return unlessAbsent(() => {
        const file = openSync(pathOf(key), "r");
        try {
          const length = "suffixLength" in range ? range.suffixLength : range.length;
          const offset = "suffixLength" in range ? fstatSync(file).size - length : range.offset;
          const bytes = new Uint8Array(length);
          return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
        } finally {
          closeSync(file);
        }
      });
    },
    async has(key) {
      const { existsSync } = await files;
      return existsSync(pathOf(key));
    },
    async set(key, value) {
      const { mkdirSync, renameSync, writeFileSync } = await files;
      const path = pathOf(key);
      mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      writeFileSync(`${path}.tmp`, value);
      renameSync(`${path}.tmp`, path);
    },
  };
}

/** What `read` gives, or undefined where there is no such file. */
function unlessAbsent(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "EISDIR"].includes((error as { code: string }).code)) throw error;
    return undefined;
  }
}
