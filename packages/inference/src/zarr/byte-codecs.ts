import { registry } from "zarrita";
import { decodeBlosc, unshuffle } from "./blosc.js";
import { crc32c } from "./crc32c.js";
import { Damage } from "./damage.js";
import { decodeLz4 } from "./lz4.js";

/** A codec as metadata name it. */
export interface CodecMetadata {
  name: string;
  configuration: Record<string, unknown>;
}

/** How many bytes a codec may give: so many, or at most so many. */
interface Size {
  exact?: number;
  most: number;
}

/** Decodes bytes to bytes, checks lengths and checksums, and takes no more memory than `size` says. */
export type ByteDecoder = (bytes: Uint8Array, size: Size) => Uint8Array | Promise<Uint8Array>;

/** The decoder of a codec from bytes to bytes; `undefined` for codecs that are not supported. */
export function byteDecoder({ name, configuration }: CodecMetadata): ByteDecoder | undefined {
  const plain = name.replace(/^numcodecs\./, "");
  const decoder = Object.hasOwn(decoders, plain) ? decoders[plain] : undefined;
  return decoder && ((bytes, size) => decoder(bytes, size, configuration));
}

const decoders: Record<
  string,
  (bytes: Uint8Array, size: Size, configuration: Record<string, unknown>) => Uint8Array | Promise<Uint8Array>
> = {
  crc32c(bytes) {
    const end = bytes.length - 4;
    if (end < 0) throw new Damage(`it has ${bytes.length} bytes, too few for its checksum`);
    const stored = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true);
    if (crc32c(bytes.subarray(0, end)) !== stored) throw new Damage("its checksum crc32c is wrong");
    return bytes.subarray(0, end);
  },
  async gzip(bytes, size) {
    const out = await inflate(bytes, "gzip", size.most);
    // Node takes what follows the data for nothing.
    const said = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
    if (said !== out.length) throw new Damage("its gzip data have something behind them");
    return out;
  },
  zlib: (bytes, size) => inflate(bytes, "deflate", size.most),
  zstd: decodeZstd,
  lz4(bytes, size) {
    const length = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (length < 0 || length > size.most) {
      throw new Damage(`its LZ4 header says ${length} bytes, its shape ${size.most}`);
    }
    const out = new Uint8Array(length);
    decodeLz4(bytes.subarray(4), out);
    return out;
  },
  blosc(bytes, { exact, most }) {
    const said = bytes.length < 8 ? most : new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    return decodeBlosc(bytes, exact ?? Math.min(said, most), {
      zlib: (from, to) => fill(to, inflate(from, "deflate", to.length)),
      zstd: (from, to) => fill(to, decodeZstd(from, { most: to.length })),
    });
  },
  shuffle(bytes, _, { elementsize = 4 }) {
    const out = new Uint8Array(bytes.length);
    unshuffle(bytes, out, elementsize as number);
    return out;
  },
};

async function fill(out: Uint8Array, decoded: Promise<Uint8Array>): Promise<void> {
  const bytes = await decoded;
  if (bytes.length !== out.length) throw new Damage("its Blosc blocks are damaged");
  out.set(bytes);
}

/** Inflates to no more than `most` bytes. */
async function inflate(bytes: Uint8Array, format: "gzip" | "deflate", most: number): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = stream.pipeThrough(new DecompressionStream(format)).getReader();
  const pieces: Uint8Array[] = [];
  let total = 0;
  const next = () =>
    reader.read().catch(() => {
      throw new Damage(`its ${format} data are damaged or end early`);
    });
  for (let { done, value } = await next(); !done; { done, value } = await next()) {
    total += value!.length;
    if (total > most) {
      await reader.cancel();
      throw new Damage(`its ${format} data inflate to more than the ${most} bytes of its shape`);
    }
    pieces.push(value!);
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

async function decodeZstd(bytes: Uint8Array, { most }: Size): Promise<Uint8Array> {
  if (zstdSize(bytes, most) > most) {
    throw new Damage(`its Zstandard data are larger than the ${most} bytes of its shape`);
  }
  const codec = (await registry.get("zstd")!()).fromConfig({ level: 1 }, {} as never);
  try {
    return (await codec.decode(bytes as never)) as unknown as Uint8Array;
  } catch (cause) {
    throw new Damage("its Zstandard data are damaged or end early", { cause });
  }
}

/**
 * What Zstandard's frames hold, bytes, by their headers (RFC 8878). Where a header doesn't say so, its blocks are
 * counted: what is less than a block beyond `most` may be right.
 */
function zstdSize(bytes: Uint8Array, most: number): number {
  const cut = () => new Damage("its Zstandard data are damaged or end early");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let total = 0;
  let at = 0;
  const take = (count: number) => {
    at += count;
    if (at > bytes.length) throw cut();
    return at - count;
  };
  if (bytes.length === 0) throw cut();
  while (at < bytes.length) {
    const magic = view.getUint32(take(4), true);
    if (magic >>> 4 === 0x184d2a5) {
      take(view.getUint32(take(4), true));
      continue;
    }
    if (magic !== 0xfd2fb528) throw cut();
    const descriptor = view.getUint8(take(1));
    const single = (descriptor & 32) !== 0;
    if (!single) take(1);
    take([0, 1, 2, 4][descriptor & 3]);
    const sizeOfSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
    const where = take(sizeOfSize);
    const said = [
      () => undefined,
      () => view.getUint8(where),
      () => view.getUint16(where, true) + 256,
      undefined,
      () => view.getUint32(where, true),
      ...[undefined, undefined, undefined],
      () => Number(view.getBigUint64(where, true)),
    ][sizeOfSize]!();
    let counted = 0;
    let compressed = 0;
    for (let last = 0; !last; ) {
      const header = take(3);
      const block = view.getUint16(header, true) | (view.getUint8(header + 2) << 16);
      last = block & 1;
      const [kind, size] = [(block >> 1) & 3, block >> 3];
      if (kind === 3) throw cut();
      take(kind === 1 ? 1 : size);
      if (kind === 2) compressed++;
      else counted += size;
    }
    if (descriptor & 4) take(4);
    // A compressed block holds up to 128 KiB, and writers fill all but the last.
    const guessed = counted + compressed * ZSTD_BLOCK;
    total += said ?? (guessed <= 4 * most + 8 * ZSTD_BLOCK ? Math.min(guessed, most) : guessed);
    if (total > most) break;
  }
  return total;
}

const ZSTD_BLOCK = 2 ** 17;
