import { UnreadableImageError } from "../../errors.js";

/** What the markers of a JPEG say, before it is decoded. */
export interface JpegMarkers {
  width: number;
  height: number;
  /** 1: grey, 3: colour. */
  channels: number;
  /** Whether its three channels are YCbCr, not RGB. */
  ycbcr: boolean;
  /** EXIF's orientation, 1 to 8; 1 needs no turning. */
  orientation: number;
}

/** Whether `bytes` begin as every JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

const [SOI, EOI, SOS, APP0, APP1, APP14, TEM] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xee, 0x01];

/** Baseline, extended and progressive with Huffman's codes. */
const FRAMES = [0xc0, 0xc1, 0xc2];

/** Frames of other kinds; between them stand Huffman's tables, JPG and DAC. */
const OTHER_FRAMES: Record<number, string | undefined> = {
  195: "lossless",
  197: "hierarchical",
  198: "hierarchical",
  199: "hierarchical",
  201: "of arithmetic codes",
  202: "of arithmetic codes",
  203: "of arithmetic codes",
  205: "hierarchical",
  206: "hierarchical",
  207: "hierarchical",
  247: "JPEG-LS",
};

/** Scans of a progressive JPEG; each walks over all blocks, and files of encoders have about ten. */
const MOST_SCANS = 100;

/**
 * Walks over the markers of a JPEG.
 *
 * @throws UnreadableImageError where it is cut short or damaged, of a kind that can't be decoded, or has fewer bits
 *   than blocks of pixels
 */
export function jpegMarkers(bytes: Uint8Array): JpegMarkers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: { width: number; height: number; ids: number[]; blocks: number } | undefined;
  let [scans, coded, orientation] = [0, 0, 1];
  let [jfif, adobe] = [false, -1];
  for (let at = 2; ; ) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 2 > bytes.length) throw cutShort();
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === 0) throw new UnreadableImageError("the JPEG is damaged");
    at += 2;
    if (marker === EOI) break;
    if (marker === SOI || marker === TEM || isRestart(marker)) continue;
    if (at + 2 > bytes.length) throw cutShort();
    const length = view.getUint16(at);
    const end = at + length;
    if (length < 2 || end > bytes.length) throw cutShort();
    const begins = (text: string) =>
      length >= 2 + text.length && [...text].every((letter, i) => bytes[at + 2 + i] === letter.charCodeAt(0));
    const other = OTHER_FRAMES[marker];
    if (other) {
      throw new UnreadableImageError(`it is a JPEG ${other}, which can't be read; save it as PNG or TIFF`);
    }
    if (FRAMES.includes(marker)) {
      if (frame) throw new UnreadableImageError("the JPEG has two frames: it is damaged");
      frame = frameOf(view, at, length);
    } else if (marker === APP0) jfif ||= begins("JFIF\0");
    else if (marker === APP1 && begins("Exif\0\0")) orientation = orientationOf(bytes.subarray(at + 8, end));
    else if (marker === APP14 && begins("Adobe") && length >= 14) adobe = bytes[at + 13];
    at = end;
    if (marker !== SOS) continue;
    if (!frame || ++scans > MOST_SCANS) throw new UnreadableImageError("the JPEG's scans are damaged");
    const start = at;
    while (at < bytes.length && !(bytes[at] === 0xff && bytes[at + 1] !== 0 && !isRestart(bytes[at + 1])))
      at++;
    coded += at - start;
  }
  if (!frame || scans === 0) throw new UnreadableImageError("the JPEG has no pixels: it is damaged");
  // A block has at least one bit.
  if (8 * coded < frame.blocks) throw cutShort();
  const { width, height, ids } = frame;
  const rgb = adobe >= 0 ? adobe === 0 : !jfif && String.fromCharCode(...ids) === "RGB";
  return { width, height, channels: ids.length, ycbcr: ids.length === 3 && !rgb, orientation };
}

const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;

function frameOf(view: DataView, at: number, length: number) {
  if (length < 8) throw cutShort();
  const [bits, height, width, count] = [
    view.getUint8(at + 2),
    view.getUint16(at + 3),
    view.getUint16(at + 5),
    view.getUint8(at + 7),
  ];
  if (bits !== 8) {
    throw new UnreadableImageError(`it is a JPEG of ${bits} bits; save it as PNG or TIFF`);
  }
  if (count === 4) throw new UnreadableImageError("its colour space is CMYK; convert it to grey or RGB");
  if ((count !== 1 && count !== 3) || length < 8 + 3 * count) {
    throw new UnreadableImageError(`it is a JPEG of ${count} channels: it is damaged`);
  }
  const ids = Array.from({ length: count }, (_, i) => view.getUint8(at + 8 + 3 * i));
  const sampling = ids.map((_, i) => view.getUint8(at + 9 + 3 * i));
  if (sampling.some((both) => both >> 4 < 1 || both >> 4 > 4 || (both & 15) < 1 || (both & 15) > 4)) {
    throw new UnreadableImageError("the JPEG's sampling is damaged");
  }
  const most = (shift: number) => Math.max(...sampling.map((both) => (both >> shift) & 15));
  const units = Math.ceil(width / (8 * most(4))) * Math.ceil(height / (8 * most(0)));
  const inUnit = count === 1 ? 1 : sampling.reduce((sum, both) => sum + (both >> 4) * (both & 15), 0);
  return { width, height, ids, blocks: units * inUnit };
}

/** Tag 274 of the first directory of EXIF's TIFF; 1 where there is none. */
function orientationOf(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 14) return 1;
  const little = exif[0] === 0x49;
  const start = view.getUint32(4, little);
  if (start + 2 > exif.length) return 1;
  const count = view.getUint16(start, little);
  for (let entry = start + 2; entry + 12 <= Math.min(exif.length, start + 2 + 12 * count); entry += 12) {
    if (view.getUint16(entry, little) !== 274) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

function cutShort(): UnreadableImageError {
  return new UnreadableImageError("the JPEG is cut short");
}
