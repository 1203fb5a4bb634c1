import { inflate } from "../inflate.js";
import { decodeJpegPart } from "../jpeg/jpeg.js";
import { decodeLzw } from "./lzw.js";
import { decodePackBits } from "./packbits.js";

/**
 * Decoders for geotiff to use in place of its own, which take the memory that damaged data ask for, or never
 * end. Ours make the bytes of a strip or tile, and no more.
 */
export function registerDecoders({ addDecoder, BaseDecoder }: typeof import("geotiff")): void {
  for (const [compressions, decode] of [
    [[5], decodeLzw],
    [[8, 32946], decodeDeflate],
    [[32773], decodePackBits],
    [[50000], decodeZstd],
    [[7], decodePart],
  ] as const) {
    class Decoder extends BaseDecoder {
      override async decodeBlock(buffer: ArrayBufferLike) {
        const parameters = this.parameters as DecoderParameters;
        return (await decode(new Uint8Array(buffer), blockSize(parameters), parameters)).buffer;
      }
    }
    addDecoder([...compressions], async () => Decoder);
  }
}

interface DecoderParameters {
  tileWidth: number;
  tileHeight: number;
  planarConfiguration?: number;
  bitsPerSample: ArrayLike<number>;
  /** Of JPEG. */
  jpegTables?: Uint8Array;
  colourTransform?: boolean;
}

function blockSize({ tileWidth, tileHeight, planarConfiguration, bitsPerSample }: DecoderParameters): number {
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

function decodePart(bytes: Uint8Array, _: number, parameters: DecoderParameters): Promise<Uint8Array> {
  const { tileWidth: width, tileHeight: height, planarConfiguration, bitsPerSample } = parameters;
  const channels = planarConfiguration === 2 ? 1 : bitsPerSample.length;
  const { jpegTables, colourTransform = false } = parameters;
  return decodeJpegPart(bytes, jpegTables, colourTransform, { width, height, channels });
}
