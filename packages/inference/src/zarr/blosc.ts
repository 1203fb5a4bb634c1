import { Damage } from "./damage.js";
import { copy, decodeLz4 } from "./lz4.js";

/** Decodes a stream inside of Blosc's frame; fills `out` exactly. */
export type StreamDecoder = (bytes: Uint8Array, out: Uint8Array) => void | Promise<void>;

/**
 * Decodes a frame of Blosc 1 that holds `size` bytes. The library's decoder doesn't look at what C-Blosc answers: of a
 * damaged frame it gives what was in memory.
 *
 * @param decoders those of `zlib` and `zstd`
 * @throws Damage where the frame's sizes don't agree with `size`, with its length or with each other
 */
export async function decodeBlosc(
  frame: Uint8Array,
  size: number,
  decoders: { zlib: StreamDecoder; zstd: StreamDecoder },
): Promise<Uint8Array> {
  if (frame.length < HEADER) throw new Damage(`it has ${frame.length} bytes, too few for Blosc`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [version, codecVersion, flags, typeSize] = frame;
  const [bytes, blockSize, length] = [4, 8, 12].map((at) => view.getUint32(at, true));
  if (version !== 2) throw new Damage(`it is no frame of Blosc 1 (version ${version})`);
  if (length !== frame.length) {
    throw new Damage(`it has ${frame.length} bytes, and its Blosc header says ${length}`);
  }
  if (bytes !== size) {
    throw new Damage(`its Blosc header says ${bytes} bytes of pixels, its shape ${size}`);
  }
  if (flags & RESERVED || codecVersion !== 1) throw new Damage("its Blosc header is damaged");
  if (flags & COPIED) {
    if (length !== HEADER + size) throw new Damage("its Blosc header contradicts itself");
    return frame.subarray(HEADER);
  }
  const out = new Uint8Array(size);
  if (size === 0) return out;
  const blocks = Math.ceil(size / blockSize);
  if (!(blockSize > 0 && typeSize > 0 && HEADER + 4 * blocks <= length)) {
    throw new Damage("its Blosc header contradicts itself");
  }
  const decode = decoderOf(flags >> 5, decoders);
  const shuffled = new Uint8Array(Math.min(blockSize, size));
  for (let block = 0; block < blocks; block++) {
    const target = out.subarray(block * blockSize, Math.min((block + 1) * blockSize, size));
    const whole = target.length === blockSize;
    const split = !(flags & NOT_SPLIT) && typeSize <= 16 && blockSize / typeSize >= 128 && whole;
    const streams = split ? typeSize : 1;
    const streamSize = Math.floor(target.length / streams);
    if (streamSize * streams !== target.length) throw new Damage("its Blosc blocks are damaged");
    const turned = flags & (SHUFFLED | BITS_SHUFFLED) && typeSize > (flags & SHUFFLED ? 1 : 0);
    const part = turned ? shuffled.subarray(0, target.length) : target;
    let at = view.getUint32(HEADER + 4 * block, true);
    for (let stream = 0; stream < streams; stream++) {
      if (at < HEADER + 4 * blocks || at + 4 > length) throw new Damage("its Blosc blocks are damaged");
      const end = at + 4 + view.getUint32(at, true);
      if (end > length) throw new Damage("its Blosc blocks are damaged");
      const [from, to] = [
        frame.subarray(at + 4, end),
        part.subarray(stream * streamSize, (stream + 1) * streamSize),
      ];
      if (from.length === to.length) to.set(from);
      else await decode(from, to);
      at = end;
    }
    if (!turned) continue;
    if (flags & SHUFFLED) unshuffle(part, target, typeSize);
    else unshuffleBits(part, target, typeSize);
  }
  return out;
}

const HEADER = 16;
const SHUFFLED = 1;
const COPIED = 2;
const BITS_SHUFFLED = 4;
const RESERVED = 8;
const NOT_SPLIT = 16;

function decoderOf(format: number, { zlib, zstd }: Parameters<typeof decodeBlosc>[2]): StreamDecoder {
  const decoder = [decodeBloscLz, decodeLz4, undefined, zlib, zstd][format];
  if (decoder) return decoder;
  throw new Damage(
    format === 2 ? "it is compressed with Snappy, which isn't read" : "its Blosc header is damaged",
  );
}

/** Puts together again the bytes of each element, which lie in planes: all first bytes, then all second. */
export function unshuffle(from: Uint8Array, out: Uint8Array, typeSize: number): void {
  const count = Math.floor(from.length / typeSize);
  for (let byte = 0; byte < typeSize; byte++) {
    for (let i = 0, to = byte, at = byte * count; i < count; i++, to += typeSize) out[to] = from[at++];
  }
  out.set(from.subarray(count * typeSize), count * typeSize);
}

/** The same for planes of bits: bit k of byte b of each element, eight elements a byte. */
function unshuffleBits(from: Uint8Array, out: Uint8Array, typeSize: number): void {
  let count = Math.floor(from.length / typeSize);
  // Such a block stays as it is.
  if (count % 8 !== 0) count = 0;
  const row = count / 8;
  out.fill(0);
  for (let byte = 0; byte < typeSize; byte++) {
    for (let bit = 0; bit < 8; bit++) {
      const plane = (8 * byte + bit) * row;
      for (let i = 0; i < count; i++) {
        out[i * typeSize + byte] |= ((from[plane + (i >> 3)] >> (i & 7)) & 1) << bit;
      }
    }
  }
  out.set(from.subarray(count * typeSize), count * typeSize);
}

/** BloscLZ: runs of literals, and repetitions up to 8191 + 65535 bytes back. */
function decodeBloscLz(bytes: Uint8Array, out: Uint8Array): void {
  const cut = () => new Damage("its BloscLZ data are damaged");
  let at = 0;
  let to = 0;
  const next = () => {
    if (at >= bytes.length) throw cut();
    return bytes[at++];
  };
  // The first is always of literals; its upper bits say something else.
  for (let control = next() & 31; ; control = bytes[at++]) {
    if (control < 32) {
      const literals = control + 1;
      if (at + literals > bytes.length || to + literals > out.length) throw cut();
      copy(bytes, at, out, to, literals);
      at += literals;
      to += literals;
    } else {
      let length = (control >> 5) + 2;
      if (control >> 5 === 7) {
        for (let more = 255; more === 255; length += more) more = next();
      }
      let distance = ((control & 31) << 8) + next();
      if (distance === FAR) distance += (next() << 8) + next();
      distance += 1;
      if (distance > to || to + length > out.length) throw cut();
      copy(out, to - distance, out, to, length);
      to += length;
    }
    if (at >= bytes.length) break;
  }
  if (to !== out.length) throw cut();
}

const FAR = (31 << 8) + 255;
