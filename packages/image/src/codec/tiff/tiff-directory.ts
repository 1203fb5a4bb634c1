import { type PixelSize, unitSymbol } from "../pixel-size.js";

/** What the directory of a page says. */
export interface PageToWrite {
  width: number;
  height: number;
  /** Values a pixel; three of 8 or 16 bits are RGB. */
  channels: number;
  type: "uint8" | "uint16" | "int32" | "float32";
  /** Rows of a strip, or the side of a tile, px. */
  rowsPerStrip?: number;
  tile?: number;
  /** Of each strip or tile, compressed with Deflate, where it begins and how long it is, bytes. */
  offsets: number[];
  sizes: number[];
  /** ASCII. */
  description?: string;
  pixelSize?: PixelSize;
}

const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const LONG8 = 16;

/** Bytes of a value of each type. */
const BYTES: Record<number, number> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8, [LONG8]: 8 };

/** Bytes of the header, which is written last: BigTIFF's. */
export const TIFF_HEADER = 16;

/**
 * The header of a TIFF 6.0 or BigTIFF, little-endian, and the directories of its pages, which go to offset `at`.
 *
 * @param big whether offsets have 64 bits
 */
export function tiffDirectories(
  pages: readonly PageToWrite[],
  at: number,
  big: boolean,
): { header: Uint8Array; directories: Uint8Array } {
  const word = big ? 8 : 4;
  const [countBytes, entryBytes] = big ? [8, 20] : [2, 12];
  const all = pages.map((page) => entriesOf(page, big));
  const sizes = all.map((entries) => {
    const outside = entries.reduce(
      (sum, [, type, values]) => sum + evenOutside(BYTES[type] * countOf(type, values), word),
      0,
    );
    return countBytes + entries.length * entryBytes + word + outside;
  });
  const view = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size, 0)));
  const setWord = (position: number, value: number) =>
    big ? view.setBigUint64(position, BigInt(value), true) : view.setUint32(position, value, true);
  let start = 0;
  for (const [page, entries] of all.entries()) {
    if (big) setWord(start, entries.length);
    else view.setUint16(start, entries.length, true);
    let free = start + countBytes + entries.length * entryBytes + word;
    setWord(free - word, page + 1 < all.length ? at + start + sizes[page] : 0);
    for (const [i, [tag, type, values]] of entries.entries()) {
      const entry = start + countBytes + i * entryBytes;
      const count = countOf(type, values);
      view.setUint16(entry, tag, true);
      view.setUint16(entry + 2, type, true);
      setWord(entry + 4, count);
      const outside = evenOutside(BYTES[type] * count, word);
      let position = entry + 4 + word;
      if (outside > 0) {
        setWord(position, at + free);
        position = free;
        free += outside;
      }
      for (const value of values) {
        if (type === ASCII) view.setUint8(position, value);
        else if (type === SHORT) view.setUint16(position, value, true);
        else if (type === LONG8) view.setBigUint64(position, BigInt(value), true);
        else view.setUint32(position, value, true);
        position += type === RATIONAL ? 4 : BYTES[type];
      }
    }
    start += sizes[page];
  }
  const header = new DataView(new ArrayBuffer(big ? 16 : 8));
  header.setUint16(0, 0x4949, true);
  header.setUint16(2, big ? 43 : 42, true);
  if (big) header.setUint16(4, 8, true);
  if (big) header.setBigUint64(8, BigInt(at), true);
  else header.setUint32(4, at, true);
  return { header: new Uint8Array(header.buffer), directories: new Uint8Array(view.buffer) };
}

type Entry = [tag: number, type: number, values: number[]];

function entriesOf(page: PageToWrite, big: boolean): Entry[] {
  const { width, height, channels, type, rowsPerStrip, tile, offsets, sizes, description, pixelSize } = page;
  const bits = { uint8: 8, uint16: 16, int32: 32, float32: 32 }[type];
  const rgb = isRgb(page);
  const extra = channels - (rgb ? 3 : 1);
  const pointer = big ? LONG8 : LONG;
  const each = (value: number) => new Array<number>(channels).fill(value);
  const entries: Entry[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, each(bits)],
    [259, SHORT, [8]],
    [262, SHORT, [rgb ? 2 : 1]],
    [277, SHORT, [channels]],
    [284, SHORT, [1]],
    [339, SHORT, each(type === "float32" ? 3 : type === "int32" ? 2 : 1)],
  ];
  if (description) entries.push([270, ASCII, [...new TextEncoder().encode(description), 0]]);
  if (extra > 0) entries.push([338, SHORT, new Array<number>(extra).fill(0)]);
  if (tile)
    entries.push([322, LONG, [tile]], [323, LONG, [tile]], [324, pointer, offsets], [325, pointer, sizes]);
  else entries.push([273, pointer, offsets], [278, LONG, [rowsPerStrip ?? height]], [279, pointer, sizes]);
  if (pixelSize) {
    // In pixels for each of the unit that the description names, or that ResolutionUnit does.
    const unit = { inch: 2, cm: 3 }[unitSymbol(pixelSize.unit)] ?? 1;
    entries.push([282, RATIONAL, rational(1 / pixelSize.x)], [283, RATIONAL, rational(1 / pixelSize.y)]);
    entries.push([296, SHORT, [unit]]);
  }
  return entries.sort(([a], [b]) => a - b);
}

/** Whether the channels are colours, to readers of the file. */
export function isRgb({ channels, type }: Pick<PageToWrite, "channels" | "type">): boolean {
  return channels === 3 && (type === "uint8" || type === "uint16");
}

function countOf(type: number, values: readonly number[]): number {
  return type === RATIONAL ? values.length / 2 : values.length;
}

/** Bytes that values take outside of their entry, where they must: an even number. */
function evenOutside(bytes: number, word: number): number {
  return bytes > word ? bytes + (bytes % 2) : 0;
}

/** A positive number as two of 32 bits, of the most digits that fit. */
function rational(value: number): [numerator: number, denominator: number] {
  let denominator = 1_000_000_000;
  while (denominator > 1 && value * denominator >= 2 ** 32) denominator /= 10;
  return [Math.min(Math.max(Math.round(value * denominator), 1), 2 ** 32 - 1), denominator];
}
