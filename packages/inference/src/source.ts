import { assertImage, cropMirrored, type Image, mirrorIndex, type Rect } from "@unet/image";

/** An image that is read window by window, so that it never needs to be in memory as a whole. */
export interface WindowedSource {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The pixels of `rect`, which always lies inside the image. */
  read(rect: Rect): Promise<Image>;
}

/** An image in memory as a {@link WindowedSource}. */
export function asSource(source: Image | WindowedSource): WindowedSource {
  if ("read" in source) return source;
  assertImage(source, "predictTiled");
  const { width, height, channels } = source;
  return { width, height, channels, read: async (rect) => cropMirrored(source, rect) };
}

/** Reads a window that may reach beyond the image, which is mirrored there; reads no pixel twice. */
export async function readMirrored(source: WindowedSource, rect: Rect): Promise<Image> {
  const columns = coveredSpan(rect.x, rect.width, source.width);
  const rows = coveredSpan(rect.y, rect.height, source.height);
  const inside = { x: columns.first, y: rows.first, width: columns.count, height: rows.count };
  const part = await source.read(inside);
  if (part.width !== inside.width || part.height !== inside.height || part.channels !== source.channels) {
    throw new RangeError(
      `predictTiled: read(${JSON.stringify(inside)}) gave ${part.width} × ${part.height} × ${part.channels}`,
    );
  }
  if (
    inside.x === rect.x &&
    inside.y === rect.y &&
    part.width === rect.width &&
    part.height === rect.height
  ) {
    return part;
  }
  const { channels, data } = part;
  const out = new (data.constructor as new (length: number) => typeof data)(
    rect.width * rect.height * channels,
  );
  for (let y = 0, to = 0; y < rect.height; y++) {
    const row = (mirrorIndex(rect.y + y, source.height) - inside.y) * part.width;
    for (let x = 0; x < rect.width; x++) {
      const from = (row + mirrorIndex(rect.x + x, source.width) - inside.x) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c];
    }
  }
  return { width: rect.width, height: rect.height, channels, data: out };
}

/** The pixels of an axis that a mirrored span shows. */
function coveredSpan(start: number, count: number, size: number): { first: number; count: number } {
  let first = size - 1;
  let last = 0;
  // More than a period shows everything.
  const shown = Math.min(count, 2 * size);
  for (let i = 0; i < shown; i++) {
    const index = mirrorIndex(start + i, size);
    if (index < first) first = index;
    if (index > last) last = index;
  }
  return { first, count: last - first + 1 };
}
