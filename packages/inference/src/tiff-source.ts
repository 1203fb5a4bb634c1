import type { Image, ImageSource } from "@unet/image";
import { openTiff, type TiffReader } from "@unet/image/tiff";
import type { WindowedSource } from "./source.js";

/** Options of {@link tiffSource}. */
export interface TiffSourceOptions {
  /** Which image of the file, from 0: a page; in OME-TIFF a plane of all its channels. Default 0. */
  index?: number;
  /** Called once with each line that says what reading changed: alpha dropped, white and black exchanged. */
  onNotice?: (notice: string) => void;
}

/** A TIFF as a source; it stays open until `close`. */
export interface TiffSource extends WindowedSource {
  /** How many images the file has. */
  readonly length: number;
  close(): Promise<void>;
}

/**
 * An image of a TIFF, BigTIFF or OME-TIFF, of which only what is needed is read: a path in Node, an address
 * whose server answers range requests, a `Blob`, or bytes. Channels that OME-TIFF keeps in pages of their own
 * are put together.
 *
 * @throws UnreadableImageError that names the file and what is wrong with it
 * @throws RangeError where there is no such image
 */
export async function tiffSource(
  file: ImageSource,
  { index = 0, onNotice }: TiffSourceOptions = {},
): Promise<TiffSource> {
  const tiff = await openTiff(file, { onNotice });
  try {
    const { length, pagesOf } = layoutOf(tiff.description, tiff.length);
    if (!(Number.isInteger(index) && index >= 0 && index < length)) {
      throw new RangeError(`tiffSource: index must be 0 to ${length - 1}, got ${index}`);
    }
    const pages: TiffReader[] = [];
    for (const page of pagesOf(index)) pages.push(await tiff.page(page));
    const [{ width, height, block }] = pages;
    return {
      ...{ length, width, height, block },
      channels: pages.reduce((sum, page) => sum + page.channels, 0),
      read: async (rect) => interleaved(await Promise.all(pages.map((page) => page.read(rect)))),
      close: () => tiff.close(),
    };
  } catch (error) {
    await tiff.close();
    throw error;
  }
}

/** Which pages make one image: all channels of a plane where OME-XML says so, otherwise each by itself. */
function layoutOf(description: string, pages: number): { length: number; pagesOf(index: number): number[] } {
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(description)?.[0] ?? "";
  const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(pixels)?.[1];
  const [sizeC, sizeZ, sizeT] = ["SizeC", "SizeZ", "SizeT"].map((name) => Number(attribute(name) ?? 1));
  const order = attribute("DimensionOrder") ?? "XYCZT";
  // Channels that a page holds itself are in SizeC, too, and make fewer pages.
  if (sizeC === 1 || pages !== sizeC * sizeZ * sizeT) return { length: pages, pagesOf: (index) => [index] };
  const sizes = { C: sizeC, Z: sizeZ, T: sizeT };
  const stride = [...order.slice(2, order.indexOf("C"))].reduce(
    (product, axis) => product * sizes[axis as "Z" | "T"],
    1,
  );
  return {
    length: sizeZ * sizeT,
    pagesOf(index) {
      const first = Math.floor(index / stride) * stride * sizeC + (index % stride);
      return Array.from({ length: sizeC }, (_, c) => first + c * stride);
    },
  };
}

function interleaved(parts: Image[]): Image {
  if (parts.length === 1) return parts[0];
  const [{ width, height, data }] = parts;
  const channels = parts.length;
  const out = new (data.constructor as new (length: number) => typeof data)(data.length * channels);
  for (const [c, part] of parts.entries()) {
    for (let from = 0, to = c; from < part.data.length; from++, to += channels) out[to] = part.data[from];
  }
  return { width, height, channels, data: out };
}
