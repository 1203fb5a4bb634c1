import { inflate } from "../inflate.js";
import { decodeJpegPart } from "../jpeg/jpeg.js";
import { decodeLzw } from "./lzw.js";
import { decodePackBits } from "./packbits.js";

/** How the bytes of a strip or tile are decoded, by the number of the compression. */
const decoders: Record<number, Decode | undefined> = {
  5: decodeLzw,
  8: decodeDeflate,
  32946: decodeDeflate,
  32773: decodePackBits,
  50000: decodeZstd,
  7: decodePart,
};

/**
 * What decodes a strip or tile, its predictor of floats undone: a class of geotiff's own, in which its decoders are
 * replaced, since those take the memory that damaged data ask for, or never end. Ours make the bytes of a strip or tile,
 * and no more. geotiff itself is left as it is for whoever else uses it.
 *
 * @param compression its number in the file, one that `layoutOf` allows
 */
export async function partDecoder(compression: number, parameters: PartParameters) {
  const { BaseDecoder } = await import("geotiff");
  const decode = decoders[compression];
  class PartDecoder extends BaseDecoder {
    override async decodeBlock(buffer: ArrayBufferLike) {
      if (!decode) return buffer;
      return (await decode(new Uint8Array(buffer), sizeOf(parameters), parameters)).buffer;
    }
  }
  return new PartDecoder(parameters);
}

type Decode = (
  bytes: Uint8Array,
  size: number,
  parameters: PartParameters,
) => Uint8Array | Promise<Uint8Array>;

/** What a decoder must know of the strips or tiles of a page. */
export interface PartParameters {
  tileWidth: number;
  tileHeight: number;
  /** 2 where each channel has strips or tiles of its own. */
  planarConfiguration: 1 | 2;
  bitsPerSample: Uint16Array;
  /** 3 for that of floats, which is undone here; else 1. */
  predictor: 1 | 3;
  /** Of JPEG. */
  jpegTables?: Uint8Array;
  colourTransform?: boolean;
}

function sizeOf({ tileWidth, tileHeight, planarConfiguration, bitsPerSample }: PartParameters): number {
  const channels = planarConfiguration === 2 ? 1 : bitsPerSample.length;
  return Math.ceil((tileWidth * channels * bitsPerSample[0]) / 8) * tileHeight;
}

async function decodeDeflate(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  const made = await inflate([bytes], size, (piece, at) => out.set(piece, at));
  return made < size ? out.slice(0, made) : out;
}

/** geotiff's own decoder believes the size that the data name. */
async function decodeZstd(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { ZSTDDecoder } = await import("zstddec");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return decoder.decode(bytes, size);
}

function decodePart(bytes: Uint8Array, _: number, parameters: PartParameters): Promise<Uint8Array> {
  const { tileWidth: width, tileHeight: height, planarConfiguration, bitsPerSample } = parameters;
  const channels = planarConfiguration === 2 ? 1 : bitsPerSample.length;
  const { jpegTables, colourTransform = false } = parameters;
  return decodeJpegPart(bytes, jpegTables, colourTransform, { width, height, channels });
}
