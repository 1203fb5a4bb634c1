import {
  assertFinite,
  assertImage,
  type ChannelScale,
  cropMirrored,
  type Image,
  mirrorIndex,
  type Rect,
} from "@unet/image";

/** An image that is read window by window, so that it never needs to be in memory as a whole. */
export interface WindowedSource {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The chunks, tiles or strips that can't be read in part, px; windows are chosen to suit. Default: pixels. */
  readonly block?: { readonly width: number; readonly height: number };
  /** The pixels of `rect`, which always lies inside the image. */
  read(rect: Rect, options?: { signal?: AbortSignal }): Promise<Image>;
}

/** An image in memory as a {@link WindowedSource}. */
export function asSource(source: Image | WindowedSource): WindowedSource {
  if ("read" in source) return source;
  assertImage(source, "predictTiled");
  const { width, height, channels } = source;
  return { width, height, channels, read: async (rect) => cropMirrored(source, rect) };
}

/**
 * Reads a window inside the image.
 *
 * @throws RangeError where the source answers with another size, or a value is NaN or infinite
 */
export async function readPart(source: WindowedSource, rect: Rect, signal?: AbortSignal): Promise<Image> {
  signal?.throwIfAborted();
  const part = await orAborted(source.read(rect, { signal }), signal);
  if (part.width !== rect.width || part.height !== rect.height || part.channels !== source.channels) {
    throw new RangeError(
      `predictTiled: read(${JSON.stringify(rect)}) gave ${part.width} × ${part.height} × ${part.channels}`,
    );
  }
  assertFinite(part, rect);
  return part;
}

/** A promise that fails at once when the signal is aborted, whether or not its maker looks at the signal. */
function orAborted<Value>(promise: Promise<Value>, signal?: AbortSignal): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * Reads a window that may reach beyond the image, which is mirrored there, and normalises it; reads no pixel
 * twice.
 */
export async function readNormalised(
  source: WindowedSource,
  { x, y, width, height }: Rect,
  scalesOf: (part: Image) => ChannelScale[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  const columns = coveredSpan(x, width, source.width);
  const rows = coveredSpan(y, height, source.height);
  const inside = { x: columns.first, y: rows.first, width: columns.count, height: rows.count };
  const part = await readPart(source, inside, signal);
  const { channels, data } = part;
  const from = Int32Array.from(
    { length: width },
    (_, i) => (mirrorIndex(x + i, source.width) - inside.x) * channels,
  );
  const out = new Float32Array(width * height * channels);
  for (const [c, { offset, scale }] of scalesOf(part).entries()) {
    const values = data instanceof Uint8Array ? valuesOf(offset, scale) : undefined;
    for (let row = 0, to = c; row < height; row++) {
      const start = (mirrorIndex(y + row, source.height) - inside.y) * part.width * channels + c;
      if (values) {
        for (let column = 0; column < width; column++, to += channels) {
          out[to] = values[data[start + from[column]]];
        }
      } else {
        for (let column = 0; column < width; column++, to += channels) {
          out[to] = (data[start + from[column]] - offset) / scale;
        }
      }
    }
  }
  return out;
}

/** What each 8-bit value becomes: looking it up takes half the time of computing it. */
function valuesOf(offset: number, scale: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => (value - offset) / scale);
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
