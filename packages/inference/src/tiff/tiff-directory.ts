/** What a directory says of one image in tiles. */
export interface TiledLayout {
  /** The image's size, px. */
  width: number;
  height: number;
  channels: number;
  /** Side of the tiles, px. */
  tile: number;
  /** What a value is, of 32 bits. */
  type: "float32" | "int32";
  /** Of each tile, where it begins and how long it is, bytes. */
  offsets: number[];
  sizes: number[];
  /** Whether offsets have 64 bits. */
  big: boolean;
}

const SHORT = 3;
const LONG = 4;
const LONG8 = 16;

/** The header and the only directory, for offset `at`, of TIFF 6.0 or BigTIFF, little-endian. */
export function tiffDirectory(
  layout: TiledLayout,
  at: number,
): { header: Uint8Array; directory: Uint8Array } {
  const { width, height, channels, tile, type, offsets, sizes, big } = layout;
  const pointer = big ? LONG8 : LONG;
  const repeat = (value: number) => new Array<number>(channels).fill(value);
  const entries: Array<[tag: number, type: number, values: number[]]> = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, repeat(32)],
    [259, SHORT, [8]],
    [262, SHORT, [1]],
    [277, SHORT, [channels]],
    [284, SHORT, [1]],
    [322, LONG, [tile]],
    [323, LONG, [tile]],
    [324, pointer, offsets],
    [325, pointer, sizes],
    ...(channels > 1 ? [[338, SHORT, repeat(0).slice(1)] as [number, number, number[]]] : []),
    [339, SHORT, repeat(type === "float32" ? 3 : 2)],
  ];
  const word = big ? 8 : 4;
  const fixed = (big ? 8 : 2) + entries.length * (big ? 20 : 12) + word;
  const bytesOf = ([, type, values]: (typeof entries)[number]) =>
    values.length * ({ [SHORT]: 2, [LONG]: 4, [LONG8]: 8 }[type] as number);
  const outside = entries.map((entry) => (bytesOf(entry) > word ? bytesOf(entry) : 0));
  const view = new DataView(
    new ArrayBuffer(fixed + outside.reduce((sum, size) => sum + size + (size % 2), 0)),
  );
  const setWord = (position: number, value: number) =>
    big ? view.setBigUint64(position, BigInt(value), true) : view.setUint32(position, value, true);
  if (big) setWord(0, entries.length);
  else view.setUint16(0, entries.length, true);
  let free = fixed;
  for (const [i, [tag, type, values]] of entries.entries()) {
    const start = (big ? 8 : 2) + i * (big ? 20 : 12);
    view.setUint16(start, tag, true);
    view.setUint16(start + 2, type, true);
    setWord(start + 4, values.length);
    let position = start + 4 + word;
    if (outside[i] > 0) {
      setWord(position, at + free);
      position = free;
      free += outside[i] + (outside[i] % 2);
    }
    for (const value of values) {
      if (type === SHORT) view.setUint16(position, value, true);
      else if (type === LONG) view.setUint32(position, value, true);
      else view.setBigUint64(position, BigInt(value), true);
      position += type === SHORT ? 2 : type === LONG ? 4 : 8;
    }
  }
  const header = new DataView(new ArrayBuffer(big ? 16 : 8));
  header.setUint16(0, 0x4949, true);
  header.setUint16(2, big ? 43 : 42, true);
  if (big) header.setUint16(4, 8, true);
  if (big) header.setBigUint64(8, BigInt(at), true);
  else header.setUint32(4, at, true);
  return { header: new Uint8Array(header.buffer), directory: new Uint8Array(view.buffer) };
}
