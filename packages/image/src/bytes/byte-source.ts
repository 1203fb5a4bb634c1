import { type ImageSource, isRemote } from "./files.js";

/** Bytes that are read in pieces, as geotiff wants them. */
export interface ByteSource {
  /** Infinity where it is not known. */
  readonly size: number;
  /** Pieces; those that reach beyond the end are shorter. */
  fetch(slices: Array<{ offset: number; length: number }>, signal?: AbortSignal): Promise<ArrayBufferLike[]>;
  close(): Promise<void>;
}

/**
 * Opens a path or a file's address in Node, a `Blob` or bytes; a remote address by range requests. A path holds a
 * file open until `close`.
 */
export async function openBytes(source: ImageSource): Promise<ByteSource> {
  if (source instanceof Blob) {
    return inPieces(source.size, (start, end) => source.slice(start, end).arrayBuffer());
  }
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    return inPieces(bytes.length, async (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer);
  }
  if (isRemote(source)) return openRemote(String(source));
  const { open } = (await import("@unet/image/node")).fs;
  const file = await open(source, "r");
  try {
    const status = await file.stat();
    if (status.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    const { size } = status;
    const read = async (start: number, end: number) => {
      const bytes = new Uint8Array(Math.max(0, end - start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled < bytes.length ? bytes.slice(0, filled).buffer : bytes.buffer;
    };
    return { ...inPieces(size, read), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function inPieces(size: number, read: (start: number, end: number) => Promise<ArrayBufferLike>): ByteSource {
  return {
    size,
    fetch: (slices) =>
      Promise.all(slices.map(({ offset, length }) => read(offset, Math.min(offset + length, size)))),
    close: async () => {},
  };
}

/** geotiff's source, which asks for blocks and keeps some. */
async function openRemote(address: string): Promise<ByteSource> {
  const { fromUrl } = await import("geotiff");
  const { source } = await fromUrl(address);
  return {
    size: Number.POSITIVE_INFINITY,
    fetch: (slices, signal) => source.fetch(slices, signal),
    close: async () => {},
  };
}
