import { Damage } from "./damage.js";

/** A key of a Zarr hierarchy: the path of a file in its folder, beginning with a slash. */
export type Key = `/${string}`;

/** Some bytes of a value, from its start or its end. */
type Range = { offset: number; length: number } | { suffixLength: number };

/** How a value is asked for. */
interface GetOptions {
  signal?: AbortSignal;
  /** A value of more bytes than these is refused, before memory is taken where its size can be known. */
  limit?: number;
}

/** Where the keys of a Zarr hierarchy are kept. */
export interface ZarrStore {
  get(key: Key, options?: GetOptions): Promise<Uint8Array | undefined>;
  /** Needed to read shards without reading them whole. */
  getRange?(key: Key, range: Range, options?: { signal?: AbortSignal }): Promise<Uint8Array | undefined>;
  set(key: Key, value: Uint8Array): Promise<void>;
  /** Whether there is such a key, without reading it. */
  has(key: Key): Promise<boolean>;
}

/** A store that is read. */
export type ReadableStore = Pick<ZarrStore, "get" | "getRange">;

/** A store to read from: an address, a folder in Node, or the caller's own. */
export function openStore(where: string | URL | ReadableStore): ReadableStore {
  if (typeof where !== "string" && !(where instanceof URL)) return where;
  const isAddress = where instanceof URL ? where.protocol !== "file:" : /^https?:/.test(where);
  return isAddress ? addressStore(where) : fileStore(where);
}

/** A value of no more bytes than `limit`, also of a store that doesn't know of limits. */
export async function readLimited(
  store: ReadableStore,
  key: Key,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const bytes = await store.get(key, { signal, limit });
  if (bytes && bytes.length > limit) throw tooLong(bytes.length, limit);
  return bytes;
}

function tooLong(length: number, limit: number): Damage {
  return new Damage(`it has ${length} bytes, and at most ${limit} can be right`);
}

/** What a server answers, where that is neither what was asked for nor that there is no such thing. */
export class StatusError extends Error {
  override name = "StatusError";
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`its server answers ${`${status} ${text}`.trim()}`);
  }
}

/** What lies below an address. */
function addressStore(where: string | URL): ReadableStore {
  const base = new URL(where);
  const ask = async (key: Key, init: RequestInit): Promise<Response | undefined> => {
    const url = new URL(base);
    const path = key.split("/").map(encodeURIComponent).join("/");
    url.pathname = base.pathname.replace(/\/+$/, "") + path;
    const response = await fetch(url, init);
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410) return undefined;
    throw new StatusError(response.status, response.statusText);
  };
  return {
    async get(key, { signal, limit = Number.POSITIVE_INFINITY } = {}) {
      const response = await ask(key, { signal });
      return response && bodyOf(response, limit);
    },
    async getRange(key, range, { signal } = {}) {
      let from: number;
      let length: number;
      if ("suffixLength" in range) {
        // A range from the end would cost a page another request, to be allowed to send it.
        const head = await ask(key, { signal, method: "HEAD" });
        if (!head) return undefined;
        const size = Number(head.headers.get("content-length"));
        length = range.suffixLength;
        from = size - length;
        if (!(from >= 0)) throw new Damage(`it has ${size} bytes, too few for its index`);
      } else {
        from = range.offset;
        length = range.length;
      }
      const headers = { range: `bytes=${from}-${from + length - 1}` };
      const response = await ask(key, { signal, headers });
      if (!response) return undefined;
      if (response.status === 206) return bodyOf(response, length);
      // A server that knows no ranges sends the whole.
      return (await bodyOf(response, from + length, true)).subarray(from);
    },
  };
}

/** The bytes of an answer, up to `limit`; more are refused, or left where they are. */
async function bodyOf(response: Response, limit: number, cut = false): Promise<Uint8Array> {
  const said = Number(response.headers.get("content-length"));
  if (said > limit && !cut) {
    await response.body?.cancel();
    throw tooLong(said, limit);
  }
  const pieces: Uint8Array[] = [];
  let total = 0;
  const reader = response.body!.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    pieces.push(value!);
    total += value!.length;
    if (total <= limit) continue;
    await reader.cancel();
    if (!cut) throw tooLong(total, limit);
    break;
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes.subarray(0, limit);
}

/**
 * A folder. A key is written under a temporary name, brought to the disk and then renamed, so that a chunk is whole or not
 * there, whenever the process ends. Node only.
 */
export function fileStore(folder: string | URL): Required<ZarrStore> {
  const root = folder instanceof URL ? decodeURIComponent(folder.pathname) : folder;
  // Synchronous calls, but for the way to the disk: an asynchronous one takes several turns of the event loop, and a
  // backend that computes on the CPU keeps it waiting at each. The system's cache takes less time than those turns.
  const files = import("@unet/image/node").then(({ fsSync }) => fsSync);
  const pathOf = (key: Key) => `${root}${key}`;
  return {
    async get(key, { limit = Number.POSITIVE_INFINITY } = {}) {
      const { readFileSync, statSync } = await files;
      return unlessAbsent(() => {
        const stat = statSync(pathOf(key));
        if (!stat.isFile() && !stat.isDirectory()) throw new Damage("it is no file");
        if (stat.size > limit && stat.isFile()) throw tooLong(stat.size, limit);
        return readFileSync(pathOf(key));
      });
    },
    async getRange(key, range) {
      const { closeSync, fstatSync, openSync, readSync, statSync } = await files;
      return unlessAbsent(() => {
        const stat = statSync(pathOf(key));
        if (!stat.isFile() && !stat.isDirectory()) throw new Damage("it is no file");
        const file = openSync(pathOf(key), "r");
        try {
          const { size } = fstatSync(file);
          const length = "suffixLength" in range ? range.suffixLength : range.length;
          const offset = "suffixLength" in range ? size - length : range.offset;
          if (offset < 0 || offset + length > size)
            throw new Damage(`it has ${size} bytes, fewer than it should`);
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
      const { closeSync, fdatasync, mkdirSync, openSync, renameSync, writeSync } = await files;
      const { temporaryFor } = await import("@unet/image/node");
      const path = pathOf(key);
      const temporary = temporaryFor(path);
      mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const file = openSync(temporary, "wx");
      try {
        for (let at = 0; at < value.length; ) at += writeSync(file, value, at);
        // The one call that takes long, beside what the backend computes.
        await new Promise<void>((resolve, reject) => {
          fdatasync(file, (error) => (error && !cannotFlush(error) ? reject(error) : resolve()));
        });
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    },
  };
}

/** Some network file systems can't. */
const cannotFlush = ({ code }: NodeJS.ErrnoException) => code === "EINVAL" || code === "ENOTSUP";

/** What `read` gives, or undefined where there is no such file. */
function unlessAbsent(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "EISDIR"].includes((error as { code: string }).code)) throw error;
    return undefined;
  }
}
