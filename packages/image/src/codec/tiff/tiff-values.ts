import { UnreadableImageError } from "../../errors.js";
import type { Rect } from "../../image.js";
import type { Raster } from "../raster.js";
import { partDecoder } from "./part-decoder.js";
import type { Parts, TiffLayout } from "./tiff-layout.js";

type Page = import("geotiff").GeoTIFFImage;
type Values = Raster["data"];
type Constructor<Array> = {
  new (from: number | ArrayBufferLike, start?: number, length?: number): Array;
  readonly BYTES_PER_ELEMENT: number;
};

const SIGNED = 2;
const FLOAT = 3;
const YCBCR = 6;

/**
 * Reads the values of a part of a slice of a page. geotiff decodes strips and tiles; what lies in them is put
 * together here, because geotiff calls a function for each value, and undoes predictors as if every file were
 * little-endian.
 */
export async function readValues(
  page: Page,
  layout: TiffLayout,
  { offsets, sizes }: Parts,
  slice: number,
  part: Rect,
): Promise<Values> {
  const { width, height, channels, bits, block, blockDepth, compression, predictor, planar } = layout;
  const decoder = await partDecoder(compression, {
    tileWidth: block.width,
    tileHeight: block.height * blockDepth,
    planarConfiguration: planar ? 2 : 1,
    bitsPerSample: new Uint16Array(channels).fill(bits),
    predictor: predictor === FLOAT ? FLOAT : 1,
    jpegTables: layout.jpegTables,
    colourTransform: layout.photometric === YCBCR,
  });
  const out = new (typeOf(page, layout))(part.width * part.height * channels);
  const right = Math.min(part.x + part.width, width);
  const bottom = Math.min(part.y + part.height, height);
  const [across, down] = [Math.ceil(width / block.width), Math.ceil(height / block.height)];
  const inPlane = across * down * Math.ceil(layout.depth / blockDepth);
  const inSlice = Math.floor(slice / blockDepth) * across * down;
  const reads: Promise<void>[] = [];
  for (let row = Math.floor(part.y / block.height); row * block.height < bottom; row++) {
    for (let column = Math.floor(part.x / block.width); column * block.width < right; column++) {
      for (let plane = 0; plane < (planar ? channels : 1); plane++) {
        const index = plane * inPlane + inSlice + row * across + column;
        const read = async () => {
          const [bytes] = await page.source.fetch([{ offset: offsets[index], length: sizes[index] }]);
          const rows = layout.tiled ? block.height : Math.min(block.height, height - row * block.height);
          const values = valuesOf(await decoder.decode(bytes), page, layout, rows, slice % blockDepth);
          copyBlock(values, layout, column, row, plane, out, part);
        };
        reads.push(read());
      }
    }
  }
  await Promise.all(reads);
  return out;
}

/** The array of a page's values; that of 64-bit integers is {@link wholeOf}'s. */
function typeOf(page: Page, { bits, format }: TiffLayout): Constructor<Values> {
  if (bits === 64 && format !== FLOAT) return Int32Array;
  return page.getArrayForSample(0, 0).constructor as Constructor<Values>;
}

/** The values of a strip or tile, of the slice that is meant, from its bytes. */
function valuesOf(
  buffer: ArrayBufferLike,
  page: Page,
  layout: TiffLayout,
  rows: number,
  slice: number,
): Values {
  const { channels, bits, block, predictor, planar } = layout;
  const blockChannels = planar ? 1 : channels;
  const rowValues = block.width * blockChannels;
  const rowBytes = Math.ceil((rowValues * bits) / 8);
  const start = slice * rows * rowBytes;
  if (buffer.byteLength < start + rows * rowBytes) {
    throw new UnreadableImageError("a part of the TIFF has fewer bytes than pixels: it is damaged");
  }
  const count = rows * rowValues;
  const Type = typeOf(page, layout);
  if (Type.BYTES_PER_ELEMENT < bits / 8)
    return wholeOf(new DataView(buffer as ArrayBuffer, start), page, layout, count);
  if (bits % 8 !== 0) return unpackBits(new Uint8Array(buffer, start), new Type(count), rowValues, bits);
  // Undoing the predictor of floats has put the bytes in little-endian order.
  const littleEndian = page.littleEndian || predictor === FLOAT;
  const asTheyAre = Type.BYTES_PER_ELEMENT === bits / 8 && (littleEndian || bits === 8);
  const values = asTheyAre ? new Type(buffer, start, count) : new Type(count);
  if (!asTheyAre) {
    const view = new DataView(buffer as ArrayBuffer, start);
    const read = page.getReaderForSample(0);
    for (let i = 0; i < count; i++) values[i] = read.call(view, (i * bits) / 8, littleEndian);
  }
  if (predictor === 2) addDifferences(values, rowValues, blockChannels);
  return values;
}

/**
 * Integers of 64 bits, in which NumPy keeps labels: as 32-bit ones.
 *
 * @throws UnreadableImageError where one is beyond 32 bits, more than labels and float images hold
 */
function wholeOf(
  bytes: DataView,
  page: Page,
  { format, block, channels, planar, predictor }: TiffLayout,
  count: number,
): Int32Array {
  const values = format === SIGNED ? new BigInt64Array(count) : new BigUint64Array(count);
  const read = format === SIGNED ? bytes.getBigInt64 : bytes.getBigUint64;
  for (let i = 0; i < count; i++) values[i] = read.call(bytes, 8 * i, page.littleEndian);
  if (predictor === 2) addDifferences(values, block.width * (planar ? 1 : channels), planar ? 1 : channels);
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = Number(values[i]);
    if (BigInt(out[i]) === values[i]) continue;
    throw new UnreadableImageError(
      `it holds ${values[i]}, a 64-bit integer that 32 bits can't hold; save it with 32 bits`,
    );
  }
  return out;
}

/** Values of `bits` that lie one behind the other from the high bits on, each row from a byte of its own. */
function unpackBits(bytes: Uint8Array, out: Values, rowValues: number, bits: number): Values {
  const stride = Math.ceil((rowValues * bits) / 8);
  for (let i = 0, from = 0; i < out.length; from += stride) {
    let [at, held, count] = [from, 0, 0];
    for (const end = i + rowValues; i < end; i++) {
      for (; count < bits; count += 8) held = ((held << 8) | bytes[at++]) & 0xffffff;
      count -= bits;
      out[i] = (held >> count) & (2 ** bits - 1);
    }
  }
  return out;
}

/**
 * Undoes horizontal differencing (predictor 2) in place: each value was stored as its difference from the one to
 * its left in the same channel, anew in each row, modulo the range of its type.
 */
function addDifferences(array: Values | BigInt64Array | BigUint64Array, row: number, channels: number): void {
  const values = array as Values;
  for (let start = 0; start < values.length; start += row) {
    for (let i = start + channels; i < start + row; i++) values[i] += values[i - channels];
  }
}

/** The values of a block that lie in `part`, into their places. */
function copyBlock(
  values: Values,
  { width, channels, block, planar }: TiffLayout,
  column: number,
  row: number,
  plane: number,
  out: Values,
  part: Rect,
): void {
  const [blockX, blockY] = [column * block.width, row * block.height];
  const blockChannels = planar ? 1 : channels;
  const rows = values.length / (block.width * blockChannels);
  const left = Math.max(part.x, blockX);
  const right = Math.min(part.x + part.width, blockX + block.width, width);
  const bottom = Math.min(part.y + part.height, blockY + rows);
  for (let y = Math.max(part.y, blockY); y < bottom; y++) {
    const from = ((y - blockY) * block.width + left - blockX) * blockChannels;
    const to = ((y - part.y) * part.width + left - part.x) * channels + plane;
    const line = values.subarray(from, from + (right - left) * blockChannels);
    if (blockChannels === channels) out.set(line as never, to);
    else for (let i = 0; i < line.length; i++) out[to + i * channels] = line[i];
  }
}
