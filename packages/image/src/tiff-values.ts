import type { Rect } from "./image.js";
import type { Raster } from "./raster.js";
import type { TiffLayout } from "./tiff-layout.js";

type Page = import("geotiff").GeoTIFFImage;
type Values = Raster["data"];
type ValuesConstructor = {
  new (from: number | ArrayBufferLike, start?: number, length?: number): Values;
  readonly BYTES_PER_ELEMENT: number;
};

const FLOAT = 3;

/**
 * Reads the values of a part of a page. geotiff decodes strips and tiles; what lies in them is put together here,
 * because geotiff calls a function for each value, and undoes predictors as if every file were little-endian.
 */
export async function readValues(page: Page, layout: TiffLayout, part: Rect): Promise<Values> {
  const { width, height, channels, bits, block, compression, predictor, planar } = layout;
  const { getDecoder } = await import("geotiff");
  const decoder = await getDecoder(compression, {
    ...{ tileWidth: block.width, tileHeight: block.height, planarConfiguration: planar ? 2 : 1 },
    ...{ bitsPerSample: new Uint16Array(channels).fill(bits), predictor: predictor === FLOAT ? FLOAT : 1 },
  });
  const out = page.getArrayForSample(0, part.width * part.height * channels) as Values;
  const right = Math.min(part.x + part.width, width);
  const bottom = Math.min(part.y + part.height, height);
  const reads: Promise<void>[] = [];
  for (let row = Math.floor(part.y / block.height); row * block.height < bottom; row++) {
    for (let column = Math.floor(part.x / block.width); column * block.width < right; column++) {
      for (let plane = 0; plane < (planar ? channels : 1); plane++) {
        const read = async () => {
          const { data } = await page.getTileOrStrip(column, row, plane, decoder);
          const values = valuesOf(data, page, layout, page.getBlockHeight(row));
          copyBlock(values, layout, column, row, plane, out, part);
        };
        reads.push(read());
      }
    }
  }
  await Promise.all(reads);
  return out;
}

/** The values of a strip or tile from its bytes. */
function valuesOf(buffer: ArrayBufferLike, page: Page, layout: TiffLayout, rows: number): Values {
  const { channels, bits, block, predictor, planar } = layout;
  const blockChannels = planar ? 1 : channels;
  const count = rows * block.width * blockChannels;
  const Type = page.getArrayForSample(0, 0).constructor as ValuesConstructor;
  // Undoing the predictor of floats, or unpacking bits, has put the bytes in little-endian order.
  const littleEndian = page.littleEndian || predictor === FLOAT || bits % 8 !== 0;
  const asTheyAre = Type.BYTES_PER_ELEMENT === Math.ceil(bits / 8) && (littleEndian || bits <= 8);
  const values = asTheyAre ? new Type(buffer, 0, count) : new Type(count);
  if (!asTheyAre) {
    const view = new DataView(buffer as ArrayBuffer);
    const read = page.getReaderForSample(0);
    for (let i = 0; i < count; i++) values[i] = read.call(view, (i * bits) / 8, littleEndian);
  }
  if (predictor === 2) addDifferences(values, block.width * blockChannels, blockChannels);
  return values;
}

/**
 * Undoes horizontal differencing (predictor 2) in place: each value was stored as its difference from the one to
 * its left in the same channel, anew in each row, modulo the range of its type.
 */
function addDifferences(values: Values, row: number, channels: number): void {
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
