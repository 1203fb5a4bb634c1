import { concatenate } from "./concatenate.js";
import { UnreadableImageError } from "./errors.js";

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
    } else if (name !== "IEND" && isCritical(name)) {
      throw new UnreadableImageError(`${chunk} is none that PNG has`);
    }
    if (isCritical(name)) kept.push(bytes.subarray(at, end + 4));
    last = name;
    at = end + 4;
  }
  if (!header || data.length === 0) throw new UnreadableImageError("the PNG has no data");
  return { header, palette, data, decisive: concatenate(kept) };
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
