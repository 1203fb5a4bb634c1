import { concatenate } from "../../bytes/concatenate.js";
import { UnreadableImageError } from "../../errors.js";
import { HOLDS, type Holds } from "../holds.js";
import { metresOf, type PixelSize } from "../pixel-size.js";

/** The parts of a PNG that decide its pixels. */
export interface PngChunks {
  /** The 13 bytes of IHDR. */
  header: DataView;
  /** Whether there are colours, PLTE. */
  palette: boolean;
  /** The pieces of compressed data, IDAT. */
  data: Uint8Array[];
  /** The PNG with nothing but these and its palette. */
  decisive: Uint8Array;
  pixelSize?: PixelSize;
  holds?: Holds;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether `bytes` begin as every PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Takes a PNG apart.
 *
 * @throws UnreadableImageError where a checksum is wrong, or chunks are missing, out of order or cut short
 */
export function pngChunks(bytes: Uint8Array): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept = [bytes.subarray(0, SIGNATURE.length)];
  const data: Uint8Array[] = [];
  let header: DataView | undefined;
  let palette = false;
  let last = "";
  const said: { pixelSize?: PixelSize; holds?: Holds } = {};
  for (let at = SIGNATURE.length; last !== "IEND"; ) {
    if (at + 12 > bytes.length) throw new UnreadableImageError("the PNG is cut short");
    const length = view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    const chunk = `its chunk ${name.replace(/[^A-Za-z]/g, "?")}`;
    if (end + 4 > bytes.length)
      throw new UnreadableImageError(`the PNG is cut short: it ends within ${chunk}`);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new UnreadableImageError(`the checksum of ${chunk} is wrong: the file is damaged`);
    }
    if ((name === "IHDR") !== (last === "")) {
      throw new UnreadableImageError("the PNG does not begin with one header");
    }
    if (name === "IHDR") {
      if (length !== 13) throw new UnreadableImageError(`the PNG's header has ${length} bytes, not 13`);
      header = new DataView(bytes.buffer, bytes.byteOffset + at + 8, length);
    } else if (name === "PLTE") {
      if (palette || data.length > 0 || length % 3 !== 0 || length === 0 || length > 768) {
        throw new UnreadableImageError("its palette is damaged or out of place");
      }
      palette = true;
    } else if (name === "IDAT") {
      if (data.length > 0 && last !== "IDAT") throw new UnreadableImageError("its data are not in one row");
      data.push(bytes.subarray(at + 8, end));
    } else if (name === "pHYs" && length === 9 && bytes[at + 16] === METRE) {
      said.pixelSize = sizeByPixelsPerMetre(view.getUint32(at + 8), view.getUint32(at + 12));
    } else if (name === "tEXt" && length < 100) {
      const [keyword, text] = new TextDecoder("latin1").decode(bytes.subarray(at + 8, end)).split("\0");
      if (keyword === HOLDS && (text === "probabilities" || text === "labels")) said.holds = text;
    } else if (name !== "IEND" && isCritical(name)) {
      throw new UnreadableImageError(`${chunk} is none that PNG has`);
    }
    if (isCritical(name)) kept.push(bytes.subarray(at, end + 4));
    last = name;
    at = end + 4;
  }
  if (!header || data.length === 0) throw new UnreadableImageError("the PNG has no data");
  return { header, palette, data, decisive: concatenate(kept), ...said };
}

/** Of pHYs: the numbers are pixels a metre. */
const METRE = 1;

/** By pixels a metre, in micrometres. */
function sizeByPixelsPerMetre(x: number, y: number): PixelSize | undefined {
  return x > 0 && y > 0 ? { x: 1e6 / x, y: 1e6 / y, unit: "µm" } : undefined;
}

/** A PNG with chunks that say how large its pixels are and what its values are. */
export function withSayings(
  png: Uint8Array,
  { pixelSize, holds }: { pixelSize?: PixelSize; holds?: Holds },
): Uint8Array {
  const afterHeader = SIGNATURE.length + 25;
  const chunks: Uint8Array[] = [];
  const metres = pixelSize && metresOf(pixelSize.unit);
  if (pixelSize && metres) {
    const perMetre = [pixelSize.x, pixelSize.y].map((side) => Math.round(1 / (side * metres)));
    if (perMetre.every((number) => number >= 1 && number < 2 ** 31)) {
      const data = new DataView(new ArrayBuffer(9));
      for (const [i, number] of perMetre.entries()) data.setUint32(4 * i, number);
      data.setUint8(8, METRE);
      chunks.push(chunkOf("pHYs", new Uint8Array(data.buffer)));
    }
  }
  if (holds) chunks.push(chunkOf("tEXt", new TextEncoder().encode(`${HOLDS}\0${holds}`)));
  return chunks.length === 0
    ? png
    : concatenate([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)]);
}

function chunkOf(name: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(name), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** Readers may pass over chunks whose name begins with a small letter. */
const isCritical = (name: string) => (name.charCodeAt(0) & 0x20) === 0;

/** The checksum of ISO 3309, as PNG has it. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
