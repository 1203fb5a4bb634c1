/** A page for {@link makeTiff}: what stands in its directory beside the place of its pixels, and those. */
export interface PageToMake {
  width: number;
  height: number;
  data: Uint8Array | Uint16Array;
  /** Further entries, or others than the usual ones; text is ASCII. */
  tags?: Record<number, number | string | Uint8Array>;
  /** Side of tiles, which `data` holds one behind the other; otherwise it is one strip. */
  tile?: number;
}

/** A classic little-endian TIFF, uncompressed unless its tags say otherwise. */
export function makeTiff(pages: PageToMake[], rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 8;
  const append = (bytes: Uint8Array) => {
    const at = length;
    chunks.push(bytes, new Uint8Array(bytes.length % 2));
    length += bytes.length + (bytes.length % 2);
    return at;
  };
  const header = new DataView(new ArrayBuffer(8));
  header.setUint32(0, 0x2a4949, true);
  const pixels = pages.map(({ data }) => {
    const at = append(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { at, size: data.byteLength };
  });
  // What follows the first page's pixels: `rest` stands there where there is one page.
  append(rest);
  let pointer = { view: header, at: 4 };
  for (const [i, { width, height, data, tags = {}, tile }] of pages.entries()) {
    const { at, size } = pixels[i];
    const all: Record<number, number | string | Uint8Array> = {
      256: width,
      257: height,
      258: 8 * data.BYTES_PER_ELEMENT,
      259: 1,
      262: 1,
      277: 1,
      ...(tile ? { 322: tile, 323: tile, 324: at, 325: size } : { 273: at, 278: height, 279: size }),
      ...tags,
    };
    const entries = Object.entries(all).map(([tag, value]) => {
      if (typeof value === "number") return { tag, type: 4, count: 1, value };
      const bytes = typeof value === "string" ? new TextEncoder().encode(`${value}\0`) : value;
      return { tag, type: typeof value === "string" ? 2 : 7, count: bytes.length, value: append(bytes) };
    });
    const directory = new DataView(new ArrayBuffer(2 + 12 * entries.length + 4));
    directory.setUint16(0, entries.length, true);
    for (const [k, { tag, type, count, value }] of entries.entries()) {
      directory.setUint16(2 + 12 * k, Number(tag), true);
      directory.setUint16(4 + 12 * k, type, true);
      directory.setUint32(6 + 12 * k, count, true);
      directory.setUint32(10 + 12 * k, value, true);
    }
    pointer.view.setUint32(pointer.at, length, true);
    append(new Uint8Array(directory.buffer));
    pointer = { view: directory, at: directory.byteLength - 4 };
  }
  const out = new Uint8Array(length);
  out.set(new Uint8Array(header.buffer));
  let at = 8;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
