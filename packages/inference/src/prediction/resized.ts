import { type Image, type Rect, resizeNeeds, resizePart, type Size } from "@unet/image";
import { asSource, readPart, type WindowedSource } from "./source.js";

/** Pixels of the source that are read at once. */
const PART_PIXELS = 2 ** 22;

/**
 * An image of any size at another size, as `resize` makes it: each window equals the whole to the bit, and no more of the
 * source than a few million pixels is in memory at once.
 *
 * ```ts
 * const half = resized(slide, scaledSize(slide, 0.5));
 * const corner = await half.read({ x: 0, y: 0, width: 512, height: 512 });
 * ```
 *
 * @returns the source itself, or the image as one, where it has the size already
 */
export function resized(source: Image | WindowedSource, { width, height }: Size): WindowedSource {
  const from = asSource(source);
  if (from.width === width && from.height === height) return from;
  const to = { width, height };
  const read: WindowedSource["read"] = async (rect, { signal } = {}) => {
    const parts = partsOf(rect, from, to);
    const data = new Float32Array(rect.width * rect.height * from.channels);
    for (const part of parts) {
      const needed = resizeNeeds(part, from, to);
      const pixels = await readPart(from, needed, signal);
      data.set(resizePart(pixels, part, from, to).data, (part.y - rect.y) * rect.width * from.channels);
    }
    return { width: rect.width, height: rect.height, channels: from.channels, data };
  };
  return { width, height, channels: from.channels, block: blockOf(from, to), read };
}

/** Parts of a window, as wide as it, whose pixels of the source are few enough. */
function partsOf(rect: Rect, from: WindowedSource, to: Size): Rect[] {
  const { width } = resizeNeeds({ ...rect, height: 1 }, from, to);
  const sourceRows = Math.max(Math.floor(PART_PIXELS / width), from.block?.height ?? 1);
  const rows = Math.max(Math.floor((sourceRows * to.height) / from.height), 1);
  const parts: Rect[] = [];
  for (let y = 0; y < rect.height; y += rows) {
    parts.push({ ...rect, y: rect.y + y, height: Math.min(rows, rect.height - y) });
  }
  return parts;
}

/** The source's blocks at the other size, at least what lies in one of them. */
function blockOf({ width, height, block }: WindowedSource, to: Size): WindowedSource["block"] {
  if (!block) return undefined;
  return {
    width: Math.ceil((block.width * to.width) / width),
    height: Math.ceil((block.height * to.height) / height),
  };
}
