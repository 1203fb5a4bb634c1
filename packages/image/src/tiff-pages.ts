import { UnreadableImageError } from "./errors.js";
import { TAGS } from "./tiff-layout.js";

/** Bytes of a number of each type, from BYTE to DOUBLE and BigTIFF's three. */
const SIZES: Record<number, number | undefined> = {
  ...{ 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 },
  ...{ 16: 8, 17: 8, 18: 8 },
};

/** SHORT, LONG and LONG8, which sizes and the like are of. */
const WHOLE = new Set([3, 4, 16]);

const DECISIVE: ReadonlySet<number> = new Set(Object.values(TAGS));

/**
 * Counts the chain of pages and looks at every entry, so that geotiff, which trusts them, takes no more memory
 * than the file has bytes and comes to an end where the chain bites its tail.
 *
 * @param fileSize bytes; Infinity where it is not known
 * @throws UnreadableImageError where an entry is of a type that it can't be, stands twice, or lies outside the file
 */
export async function countPages(tiff: import("geotiff").GeoTIFF, fileSize: number): Promise<number> {
  const { littleEndian, bigTiff } = tiff;
  const [countSize, offsetSize, entrySize] = bigTiff ? [8, 8, 20] : [2, 4, 12];
  const read = async (offset: number, length: number) => {
    if (!(offset + length <= fileSize)) throw cutShort(offset + length, fileSize);
    const [buffer] = await tiff.source.fetch([{ offset, length }]);
    if (buffer.byteLength < length) throw cutShort(offset + length, offset + buffer.byteLength);
    return new DataView(buffer);
  };
  const numberAt = (view: DataView, at: number, size: number) => {
    if (size === 2) return view.getUint16(at, littleEndian);
    if (size === 4) return view.getUint32(at, littleEndian);
    return Number(view.getBigUint64(at, littleEndian));
  };
  const seen = new Set<number>();
  let bytes = 0;
  for (let at = tiff.firstIFDOffset; at !== 0; ) {
    if (seen.has(at)) throw new UnreadableImageError("its pages form a loop: the file is damaged");
    seen.add(at);
    const count = numberAt(await read(at, countSize), 0, countSize);
    const size = count * entrySize;
    const entries = await read(at + countSize, size + offsetSize);
    bytes += size;
    const tags = new Set<number>();
    for (let entry = 0; entry < size; entry += entrySize) {
      const [tag, type] = [numberAt(entries, entry, 2), numberAt(entries, entry + 2, 2)];
      const length = (SIZES[type] ?? 0) * numberAt(entries, entry + 4, offsetSize);
      if (length === 0 || tags.has(tag) || (DECISIVE.has(tag) && !WHOLE.has(type))) {
        throw new UnreadableImageError(`a page's entry ${tag} is damaged or there twice`);
      }
      tags.add(tag);
      if (length <= offsetSize) continue;
      const end = numberAt(entries, entry + 4 + offsetSize, offsetSize) + length;
      if (!(end <= fileSize)) throw cutShort(end, fileSize);
      bytes += length;
    }
    // Pages may share entries, but not much of the file.
    if (bytes > 16 * fileSize) throw new UnreadableImageError("its pages overlap: the file is damaged");
    at = numberAt(entries, size, offsetSize);
  }
  if (seen.size === 0) throw new UnreadableImageError("the TIFF has no page");
  return seen.size;
}

function cutShort(end: number, fileSize: number): UnreadableImageError {
  return new UnreadableImageError(`the TIFF is cut short: it needs ${end} bytes and has ${fileSize}`);
}
