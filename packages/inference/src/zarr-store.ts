import { FetchStore } from "zarrita";

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
export function openStore<Store extends object>(where: string | URL | Store) {
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
  const files = import("node:fs/promises");
  const pathOf = (key: Key) => `${root}${key}`;
  return {
    async get(key, options) {
      const { readFile } = await files;
      return readFile(pathOf(key), options).catch(absent);
    },
    async getRange(key, range) {
      const { open } = await files;
      const file = await open(pathOf(key)).catch(absent);
      if (!file) return undefined;
      try {
        const { size } = await file.stat();
        const length = "suffixLength" in range ? range.suffixLength : range.length;
        const offset = "suffixLength" in range ? size - length : range.offset;
        const bytes = new Uint8Array(length);
        const { bytesRead } = await file.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    async has(key) {
      const { access } = await files;
      return access(pathOf(key)).then(
        () => true,
        () => false,
      );
    },
    async set(key, value) {
      const { mkdir, rename, writeFile } = await files;
      const path = pathOf(key);
      const temporary = `${path}.tmp`;
      await mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await writeFile(temporary, value);
      await rename(temporary, path);
    },
  };
}

/** @throws what is no sign of a key that is not there */
function absent(error: { code?: string }): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR" && error.code !== "EISDIR") throw error;
}
