import { UnreadableImageError } from "../../errors.js";
import { TAGS } from "./tiff-layout.js";

/** What the chain of pages says of one of them, before anything else of it is read. */
export interface PageEntry {
  /** Where its entries begin in the file. */
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Slices that the page itself holds one behind the other (ImageDepth), 1 where it says nothing. */
  readonly depth: number;
  /** Values a pixel. */
  readonly samples: number;
  /** Whether it is another page at reduced resolution, or a mask. */
  readonly reduced: boolean;
}

/** Bytes of a number of each type, from BYTE to DOUBLE and BigTIFF's three. */
const SIZES: Record<number, number | undefined> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** SHORT, LONG and LONG8, which sizes and the like are of. */
const WHOLE = new Set([3, 4, 16]);

const DECISIVE: ReadonlySet<number> = new Set(Object.values(TAGS));

/** NewSubfileType: of a lower resolution, or a mask; a page of a document (2) is one like others. */
const REDUCED_OR_MASK = 1 | 4;

/** SubfileType, which came before it: of a lower resolution. */
const REDUCED = 2;

/** Slices of pages that have several; more are damage, for each would be an image of its own. */
const MOST_SLICES = 65_536;

/** Bytes that are read at a time: the entries of neighbouring pages often lie together. */
const WINDOW = 16_384;

/**
 * Walks the chain of pages and looks at every entry, so that geotiff, which trusts them, takes no more memory than
 * the file has bytes and ends where the chain of pages is a loop.
 *
 * @param fileSize bytes; Infinity where it is not known
 * @throws UnreadableImageError where an entry is of a type that it can't be, stands twice, or lies outside the
 *   file, or a page has no size
 */
export async function walkPages(tiff: import("geotiff").GeoTIFF, fileSize: number): Promise<PageEntry[]> {
  const { littleEndian, bigTiff } = tiff;
  const [countSize, offsetSize, entrySize] = bigTiff ? [8, 8, 20] : [2, 4, 12];
  let window = { start: 0, bytes: new ArrayBuffer(0) };
  const read = async (offset: number, length: number) => {
    if (!(offset + length <= fileSize)) throw cutShort(offset + length, fileSize);
    if (offset < window.start || offset + length > window.start + window.bytes.byteLength) {
      const wanted = Math.max(length, Math.min(WINDOW, fileSize - offset));
      const [bytes] = await tiff.source.fetch([{ offset, length: wanted }]);
      if (bytes.byteLength < length) throw cutShort(offset + length, offset + bytes.byteLength);
      window = { start: offset, bytes: bytes as ArrayBuffer };
    }
    return new DataView(window.bytes, offset - window.start, length);
  };
  const numberAt = (view: DataView, at: number, size: number) => {
    if (size === 2) return view.getUint16(at, littleEndian);
    if (size === 4) return view.getUint32(at, littleEndian);
    return Number(view.getBigUint64(at, littleEndian));
  };
  const seen = new Set<number>();
  const pages: PageEntry[] = [];
  let bytes = 0;
  let slices = 0;
  for (let at = tiff.firstIFDOffset; at !== 0; ) {
    if (seen.has(at)) throw new UnreadableImageError("its pages form a loop: the file is damaged");
    seen.add(at);
    const count = numberAt(await read(at, countSize), 0, countSize);
    const size = count * entrySize;
    const entries = await read(at + countSize, size + offsetSize);
    bytes += size;
    const tags = new Set<number>();
    const single = new Map<number, number>();
    for (let entry = 0; entry < size; entry += entrySize) {
      const [tag, type] = [numberAt(entries, entry, 2), numberAt(entries, entry + 2, 2)];
      const values = numberAt(entries, entry + 4, offsetSize);
      const length = (SIZES[type] ?? 0) * values;
      if (length === 0 || tags.has(tag) || (DECISIVE.has(tag) && !WHOLE.has(type))) {
        throw new UnreadableImageError(`a page's entry ${tag} is damaged or there twice`);
      }
      tags.add(tag);
      if (length <= offsetSize) {
        if (values === 1 && WHOLE.has(type)) {
          single.set(tag, numberAt(entries, entry + 4 + offsetSize, SIZES[type]!));
        }
        continue;
      }
      const end = numberAt(entries, entry + 4 + offsetSize, offsetSize) + length;
      if (!(end <= fileSize)) throw cutShort(end, fileSize);
      bytes += length;
    }
    // Pages may share entries, but not much of the file.
    if (bytes > 16 * fileSize) throw new UnreadableImageError("its pages overlap: the file is damaged");
    const page = pageOf(at, single);
    if (page.depth > 1) slices += page.depth;
    if (slices > MOST_SLICES) throw tooDeep(slices);
    pages.push(page);
    at = numberAt(entries, size, offsetSize);
  }
  if (pages.length === 0) throw new UnreadableImageError("the TIFF has no page");
  return pages;
}

function pageOf(offset: number, single: ReadonlyMap<number, number>): PageEntry {
  const width = single.get(TAGS.ImageWidth);
  const height = single.get(TAGS.ImageLength);
  if (width === undefined || height === undefined) {
    throw new UnreadableImageError("a page of the TIFF does not say how large it is: it is damaged");
  }
  const depth = single.get(TAGS.ImageDepth) ?? 1;
  if (depth < 1) throw tooDeep(depth);
  const reduced =
    ((single.get(TAGS.NewSubfileType) ?? 0) & REDUCED_OR_MASK) !== 0 ||
    single.get(TAGS.SubfileType) === REDUCED;
  return { offset, width, height, depth, samples: single.get(TAGS.SamplesPerPixel) ?? 1, reduced };
}

function tooDeep(slices: number): UnreadableImageError {
  return new UnreadableImageError(`the TIFF's pages say that they have ${slices} slices: it is damaged`);
}

function cutShort(end: number, fileSize: number): UnreadableImageError {
  return new UnreadableImageError(`the TIFF is cut short: it needs ${end} bytes and has ${fileSize}`);
}
