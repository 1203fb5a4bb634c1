import { concatenate } from "./concatenate.js";

/** One page for {@link encodeTiffPages}; the number type of `data` says how the file stores it. */
export interface TiffPage {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint16Array | Int32Array | Float32Array;
}

const LITTLE_ENDIAN = 0x4949;
const SHORT = 3;
const LONG = 4;

/** Bytes of pixels a strip aims at: small enough to read a part, large enough to compress. */
const STRIP_BYTES = 65_536;

/**
 * A multi-page TIFF 6.0, little-endian, in strips compressed with Deflate (compression 8): grey for one
 * channel, RGB for three 8 or 16-bit channels, otherwise grey with extra samples. Opens in ImageJ, tifffile
 * and libtiff.
 *
 * @throws RangeError beyond 4 GiB, which classic TIFF can't address
 */
export async function encodeTiffPages(pages: TiffPage[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const append = (chunk: Uint8Array): number => {
    const offset = length;
    // Offsets of words must be even.
    const padded = chunk.length % 2 === 0 ? chunk : concatenate([chunk, new Uint8Array(1)]);
    chunks.push(padded);
    length += padded.length;
    if (length > 2 ** 32) throw new RangeError("encodeTiff: more than 4 GiB; write fewer pages a file");
    return offset;
  };
  const header = new Uint8Array(8);
  append(header);
  let pointer = { view: new DataView(header.buffer), at: 4 };
  pointer.view.setUint16(0, LITTLE_ENDIAN, true);
  pointer.view.setUint16(2, 42, true);
  for (const page of pages) {
    const { rowsPerStrip, strips } = await compress(page);
    const offsets = strips.map(append);
    const counts = strips.map((strip) => strip.length);
    const arrays = (values: number[]) =>
      values.length === 1 ? values[0] : append(bytesOf(Uint32Array.from(values)));
    const repeat = (value: number) =>
      page.channels === 1 ? value : append(bytesOf(new Uint16Array(page.channels).fill(value)));
    const float = page.data instanceof Float32Array;
    const sampleFormat = float ? 3 : page.data instanceof Int32Array ? 2 : 1;
    const rgb = page.channels === 3 && !float && page.data.BYTES_PER_ELEMENT <= 2;
    const extra = rgb ? 0 : page.channels - 1;
    const entries: Array<[tag: number, type: number, count: number, value: number]> = [
      [256, LONG, 1, page.width],
      [257, LONG, 1, page.height],
      [258, SHORT, page.channels, shortsInline(page, repeat, 8 * page.data.BYTES_PER_ELEMENT)],
      [259, SHORT, 1, 8],
      [262, SHORT, 1, rgb ? 2 : 1],
      [273, LONG, offsets.length, arrays(offsets)],
      [277, SHORT, 1, page.channels],
      [278, LONG, 1, rowsPerStrip],
      [279, LONG, counts.length, arrays(counts)],
      [284, SHORT, 1, 1],
      [339, SHORT, page.channels, shortsInline(page, repeat, sampleFormat)],
    ];
    if (extra > 0) {
      const unspecified = extra <= 2 ? 0 : append(bytesOf(new Uint16Array(extra)));
      entries.splice(10, 0, [338, SHORT, extra, unspecified]);
    }
    const directory = new DataView(new ArrayBuffer(2 + 12 * entries.length + 4));
    directory.setUint16(0, entries.length, true);
    entries.forEach(([tag, type, count, value], i) => {
      directory.setUint16(2 + 12 * i, tag, true);
      directory.setUint16(4 + 12 * i, type, true);
      directory.setUint32(6 + 12 * i, count, true);
      directory.setUint32(10 + 12 * i, value, true);
    });
    // The directory before this one, or the header, points here.
    pointer.view.setUint32(pointer.at, length, true);
    append(new Uint8Array(directory.buffer));
    pointer = { view: directory, at: directory.byteLength - 4 };
  }
  return concatenate(chunks);
}

/** One or two 16-bit values stand in the entry itself, more in a block that it points to. */
function shortsInline({ channels }: TiffPage, block: (value: number) => number, value: number): number {
  if (channels === 2) return value | (value << 16);
  return block(value);
}

async function compress(page: TiffPage): Promise<{ rowsPerStrip: number; strips: Uint8Array[] }> {
  const bytes = bytesOf(page.data);
  const rowBytes = bytes.length / page.height;
  const rowsPerStrip = Math.min(page.height, Math.max(1, Math.floor(STRIP_BYTES / rowBytes)));
  const strips: Uint8Array[] = [];
  for (let row = 0; row < page.height; row += rowsPerStrip) {
    strips.push(await deflate(bytes.subarray(row * rowBytes, (row + rowsPerStrip) * rowBytes)));
  }
  return { rowsPerStrip, strips };
}

/** zlib format, by the platform. */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function bytesOf(values: Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
