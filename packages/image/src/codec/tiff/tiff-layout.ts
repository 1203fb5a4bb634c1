import { UnreadableImageError } from "../../errors.js";
import { assertWithinLimit, type DecodeOptions } from "../raster.js";

type Page = import("geotiff").GeoTIFFImage;

/** What the entries of a page say, checked. */
export interface TiffLayout {
  width: number;
  height: number;
  channels: number;
  /** Bits of a value. */
  bits: number;
  /** 1: integers, 2: integers with a sign, 3: floats. */
  format: number;
  /** What a pixel takes, decoded. */
  pixelBytes: number;
  compression: number;
  /** 1: none, 2: differences of values, 3: differences of the bytes of floats. */
  predictor: number;
  /** Whether each channel lies apart. */
  planar: boolean;
  /** Whether `block` is a tile; otherwise it is a strip, of which the last may have fewer rows. */
  tiled: boolean;
  /** Size of the strips or tiles. */
  block: { width: number; height: number };
  /** Slices of the page, and those that a tile holds. */
  depth: number;
  blockDepth: number;
  /** What the parts of JPEG have in common. */
  jpegTables?: Uint8Array;
  /** 0: least is white, 1: least is black, 2: RGB, 3: palette, 6: YCbCr, which JPEG's decoder makes RGB. */
  photometric: number;
  /** Whether the last channel is alpha. */
  alpha: boolean;
  /** Colours of the indices, `[red, green, blue]`, where `photometric` is 3. */
  palette?: number[][];
}

/** The entries that decide the pixels. */
export const TAGS = {
  ...{
    NewSubfileType: 254,
    SubfileType: 255,
    ImageWidth: 256,
    ImageLength: 257,
    BitsPerSample: 258,
    Compression: 259,
  },
  PhotometricInterpretation: 262,
  FillOrder: 266,
  StripOffsets: 273,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  PlanarConfiguration: 284,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  ExtraSamples: 338,
  SampleFormat: 339,
  ImageDepth: 32997,
  TileDepth: 32998,
};

type Tag = keyof typeof TAGS;

/** The bits that values may have: of unsigned and signed integers and of floats. */
const BITS: Record<number, number[] | undefined> = {
  1: [...Array.from({ length: 16 }, (_, i) => i + 1), 32, 64],
  2: [8, 16, 32, 64],
  3: [16, 32, 64],
};

/** geotiff's memory grows with the square of the number of channels. */
const MOST_CHANNELS = 1024;

const NONE = 1;
export const JPEG = 7;
const PACK_BITS = 32773;
const ZSTD = 50000;
/** Those with predictors: LZW, Deflate by two numbers, and Zstandard. */
const PREDICTING = [5, 8, 32946, ZSTD];

/** What else there is, by name. */
const OTHER_COMPRESSIONS: Record<number, string | undefined> = {
  2: "that of faxes",
  3: "that of faxes",
  4: "that of faxes",
  6: "JPEG's old form",
  32809: "ThunderScan",
  33003: "JPEG 2000",
  33004: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34892: "lossy DNG",
  34925: "LZMA",
  50001: "WebP",
  50002: "JPEG XL",
  52546: "JPEG XL",
};

/** JPEGTables, whose bytes decide the pixels, too, but are no numbers. */
const JPEG_TABLES = 347;

const YCBCR = 6;

/**
 * Checks that the entries of a page agree with each other, and fills in the defaults of those that TIFF lets
 * writers omit, since geotiff trusts what it finds.
 *
 * @throws UnreadableImageError where they don't, or its parts are larger than `options` allow or of another kind
 */
export function layoutOf(page: Page, options: DecodeOptions): TiffLayout {
  const entries = entriesOf(page);
  const { number, alike } = entries;
  const [width, height] = [number("ImageWidth", 0), number("ImageLength", 0)];
  const channels = number("SamplesPerPixel", 1);
  if (channels < 1 || channels > MOST_CHANNELS) {
    throw new UnreadableImageError(`its ${channels} channels can't be read; 1 to ${MOST_CHANNELS} can`);
  }
  const bits = alike("BitsPerSample", channels);
  const format = alike("SampleFormat", channels);
  if (format === 5 || format === 6) {
    throw new UnreadableImageError("it holds complex numbers; save their real part or magnitude");
  }
  if (!BITS[format]?.includes(bits) || (bits % 8 !== 0 && channels > 1)) {
    throw new UnreadableImageError(
      `${channels} values of ${bits} bits a pixel, format ${format}, can't be read; convert them to 8, 16 or 32 bits`,
    );
  }
  const planes = number("PlanarConfiguration", 1);
  if (planes < 1 || planes > 2) {
    throw new UnreadableImageError(`its channels lie in order ${planes}: it is damaged`);
  }
  const compression = number("Compression", NONE);
  const predictor = number("Predictor", 1);
  assertPacking(compression, predictor, bits, format);
  if (number("FillOrder", 1) !== 1) {
    throw new UnreadableImageError("its bits are in reverse order; save it again as PNG");
  }
  const block = blockOf(entries, width, height);
  const pixelBytes = (channels * Math.max(8, bits)) / 8;
  const depth = number("ImageDepth", 1);
  const blockDepth = entries.has("TileOffsets") ? Math.max(1, number("TileDepth", 1)) : 1;
  assertWithinLimit(block.width, block.height * blockDepth, options, pixelBytes);
  const planar = planes === 2 && channels > 1;
  const tables = page.fileDirectory.actualizedFields.get(JPEG_TABLES) as unknown;
  const packing = {
    pixelBytes,
    compression,
    predictor,
    planar,
    depth,
    blockDepth,
    tiled: entries.has("TileOffsets"),
    ...(compression === JPEG && tables instanceof Uint8Array && { jpegTables: tables }),
  };
  const colours = coloursOf(entries, channels, bits, compression);
  return { width, height, channels, bits, format, block, ...packing, ...colours };
}

type Entries = ReturnType<typeof entriesOf>;

/** The entries of a page; what is no whole number is refused as it is asked for. */
function entriesOf({ fileDirectory }: Page) {
  const fields = fileDirectory.actualizedFields as Map<number, unknown>;
  const has = (tag: Tag) => fields.has(TAGS[tag]);
  const numbers = (tag: Tag): number[] => {
    const value = fields.get(TAGS[tag]) ?? [];
    const list: number[] =
      ArrayBuffer.isView(value) || Array.isArray(value) ? Array.from(value as number[]) : [value as number];
    if (list.every((entry) => Number.isSafeInteger(entry) && entry >= 0)) return list;
    throw new UnreadableImageError(`its entry ${tag} is no whole number: it is damaged`);
  };
  const number = (tag: Tag, otherwise: number): number => {
    const found = numbers(tag);
    if (found.length <= 1) return found[0] ?? otherwise;
    throw new UnreadableImageError(`its entry ${tag} has ${found.length} numbers, not one: it is damaged`);
  };
  /** The number that all channels share, 1 where the file leaves it out; put down once a channel. */
  const alike = (tag: Tag, channels: number): number => {
    const found = numbers(tag);
    const [first = 1] = found;
    if (found.some((entry) => entry !== first) || (found.length > 1 && found.length !== channels)) {
      throw new UnreadableImageError(`its ${channels} channels differ in ${tag}, which can't be read`);
    }
    fields.set(TAGS[tag], new Uint16Array(channels).fill(first));
    return first;
  };
  return { has, numbers, number, alike, put: (tag: Tag, value: number) => fields.set(TAGS[tag], value) };
}

function assertPacking(compression: number, predictor: number, bits: number, format: number): void {
  const predicts = PREDICTING.includes(compression);
  if (!predicts && ![NONE, PACK_BITS, JPEG].includes(compression)) {
    const name = OTHER_COMPRESSIONS[compression] ?? `number ${compression}`;
    throw new UnreadableImageError(
      `its compression is ${name}, which can't be read; save it again as plain TIFF`,
    );
  }
  if (compression === JPEG && (bits !== 8 || format !== 1)) {
    throw new UnreadableImageError(
      `it holds JPEG of ${bits} bits, which can't be read; save it as plain TIFF`,
    );
  }
  const fitting = format === 3 ? 3 : 2;
  if (predictor !== 1 && !(predicts && predictor === fitting && bits % 8 === 0)) {
    throw new UnreadableImageError(
      `its predictor ${predictor} does not go with its values; save it again without`,
    );
  }
}

function blockOf({ has, number, put }: Entries, width: number, height: number): TiffLayout["block"] {
  const tiled = has("TileOffsets");
  if (tiled === has("StripOffsets") || tiled !== has("TileWidth")) {
    throw new UnreadableImageError("the TIFF does not say where all its pixels are: it is damaged");
  }
  if (tiled) return { width: number("TileWidth", 0), height: number("TileLength", 0) };
  const rows = Math.min(height, number("RowsPerStrip", height));
  put("RowsPerStrip", rows);
  return { width, height: rows };
}

/** Where the strips or tiles of a page are, in the order of the file. */
export interface Parts {
  offsets: number[];
  sizes: number[];
}

/**
 * @param following planes that follow this page's own in the file, itself among them; default 1
 * @param fileSize bytes; Infinity where it is not known
 * @throws UnreadableImageError where parts are missing: they would be read as zeros
 */
export function partsOf(page: Page, layout: TiffLayout, fileSize: number, following = 1): Parts {
  const { width, height, channels, block, depth, blockDepth, planar, tiled } = layout;
  const { numbers } = entriesOf(page);
  const inSlice = Math.ceil(width / block.width) * Math.ceil(height / block.height);
  const blocks = inSlice * Math.ceil(depth / blockDepth) * (planar ? channels : 1);
  const offsets = numbers(tiled ? "TileOffsets" : "StripOffsets");
  const sizes = numbers(tiled ? "TileByteCounts" : "StripByteCounts");
  if (offsets.length < blocks || sizes.length < blocks) {
    throw new UnreadableImageError("the TIFF does not say where all its pixels are: it is damaged");
  }
  let sum = 0;
  for (let i = 0; i < blocks; i++) {
    const end = offsets[i] + sizes[i];
    if (end > fileSize) {
      throw new UnreadableImageError(`the TIFF is cut short: it needs ${end} bytes and has ${fileSize}`);
    }
    if (sizes[i] === 0) {
      throw new UnreadableImageError("a part of the TIFF was never written; save it again, whole");
    }
    sum += sizes[i];
  }
  // Parts that are alike may be stored once, but not much of the file is.
  if (sum > 16 * fileSize) throw new UnreadableImageError("its parts overlap: the TIFF is damaged");
  if (following === 1) return { offsets, sizes };
  const inRow = offsets.every((offset, i) => i === 0 || offset === offsets[i - 1] + sizes[i - 1]);
  if (tiled || planar || layout.compression !== NONE || !inRow || offsets[0] + following * sum > fileSize) {
    throw new UnreadableImageError(
      `its description says ${following} images, but they do not follow each other in the file: it is damaged`,
    );
  }
  return {
    offsets: Array.from({ length: following }, (_, k) => offsets.map((offset) => offset + k * sum)).flat(),
    sizes: Array.from({ length: following }, () => sizes).flat(),
  };
}

function coloursOf({ number, numbers }: Entries, channels: number, bits: number, compression: number) {
  const photometric = number("PhotometricInterpretation", 1);
  if (photometric > 3 && !(photometric === YCBCR && compression === JPEG && channels === 3)) {
    const name = { 5: "CMYK", 6: "YCbCr", 8: "CIELab" }[photometric] ?? `number ${photometric}`;
    throw new UnreadableImageError(`its colour space is ${name}; convert it to grey or RGB`);
  }
  const extra = numbers("ExtraSamples");
  if (channels - extra.length < (photometric === 2 ? 3 : 1)) {
    throw new UnreadableImageError(`its ${channels} channels are fewer than it has colours: it is damaged`);
  }
  const alpha = extra.at(-1) === 1 || extra.at(-1) === 2;
  if (photometric !== 3) return { photometric, alpha };
  const map = numbers("ColorMap");
  const count = 2 ** bits;
  if (channels !== 1 || bits > 8 || map.length !== 3 * count) {
    throw new UnreadableImageError(
      `it has palette indices of ${channels} × ${bits} bits but ${map.length / 3} colours: it is damaged`,
    );
  }
  // 16 bits each: all reds, then all greens, then all blues.
  const palette = Array.from({ length: count }, (_, i) => [0, 1, 2].map((c) => map[c * count + i] >> 8));
  return { photometric, alpha: false, palette };
}
