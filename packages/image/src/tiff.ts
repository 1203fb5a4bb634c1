/**
 * TIFF files that are read part by part, so that they never need to be in memory as a whole.
 *
 * @module
 */
import { unreadableBytes, unreadableSource } from "./errors.js";
import { type ImageSource, isRemote, nameOf } from "./files.js";
import type { Image, Rect } from "./image.js";
import type { DecodeOptions } from "./raster.js";
import { imageOf } from "./raster-image.js";
import { loadGeotiff, pagesOf } from "./tiff-decode.js";

/** A TIFF whose pages are read part by part. */
export interface TiffFile {
  /** Pages. */
  readonly length: number;
  /** What the first page says of the file: OME-XML, ImageJ's settings, … */
  readonly description: string;
  page(index: number): Promise<TiffReader>;
  close(): Promise<void>;
}

/** One page that is read part by part. */
export interface TiffReader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The tiles or strips that are decoded as a whole, px. */
  readonly block: { readonly width: number; readonly height: number };
  /** The pixels of a part inside the page, of the number type that `readImage` gives. */
  read(rect: Rect): Promise<Image>;
}

/**
 * Opens a TIFF, BigTIFF or OME-TIFF to read parts of it: a path in Node, an address whose server answers
 * range requests, a `Blob`, or bytes. It stays open until `close`.
 *
 * @throws UnreadableImageError that names the source and what is wrong with it
 */
export async function openTiff(source: ImageSource, options: DecodeOptions = {}): Promise<TiffFile> {
  const name = nameOf(source);
  const { tiff, size } = await openSource(source).catch((cause) => {
    throw unreadableSource(name, cause);
  });
  const decoding = <T>(work: Promise<T>) =>
    work.catch((cause) => {
      throw unreadableBytes(name, cause);
    });
  const pages = await decoding(pagesOf(tiff, size, options));
  const { fileDirectory } = await decoding(tiff.getImage(0));
  const notices = new Set<string>();
  const note = (notice: string) => {
    if (!notices.has(notice)) options.onNotice?.(`${name}: ${notice}`);
    notices.add(notice);
  };
  return {
    length: pages.length,
    description: (await fileDirectory.loadValue("ImageDescription")) ?? "",
    async page(index) {
      const page = await decoding(pages.page(index));
      const { width, height, block } = page;
      const read = async (rect: Rect): Promise<Image> => {
        const raster = await decoding(page.read(rect));
        if (raster.alphaDropped) note("its alpha channel is dropped");
        return imageOf(raster, name, note);
      };
      const { channels } = await read({ x: 0, y: 0, width: 1, height: 1 });
      return { width, height, channels, block, read };
    },
    close: async () => void (await tiff.close()),
  };
}

async function openSource(source: ImageSource) {
  const geotiff = await loadGeotiff();
  if (source instanceof Blob) {
    const tiff = await geotiff.GeoTIFF.fromSource(new BlobSource(source) as never);
    return { tiff, size: source.size };
  }
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = new Uint8Array(source as ArrayBuffer);
    return { tiff: await geotiff.fromArrayBuffer(bytes.slice().buffer), size: bytes.length };
  }
  if (isRemote(source)) {
    return { tiff: await geotiff.fromUrl(String(source)), size: Number.POSITIVE_INFINITY };
  }
  const [{ stat }, { fileURLToPath }] = await Promise.all([import("node:fs/promises"), import("node:url")]);
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const { size } = await stat(path);
  return { tiff: await geotiff.fromFile(path), size };
}

/** A `Blob` for geotiff, whose own needs a `FileReader`, which Node and some workers lack. */
class BlobSource {
  constructor(readonly blob: Blob) {}

  get fileSize(): number {
    return this.blob.size;
  }

  fetch(slices: Array<{ offset: number; length: number }>): Promise<ArrayBuffer[]> {
    return Promise.all(
      slices.map(({ offset, length }) => this.blob.slice(offset, offset + length).arrayBuffer()),
    );
  }

  async close(): Promise<void> {}
}
