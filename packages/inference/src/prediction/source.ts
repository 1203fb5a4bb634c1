import {
  assertFinite,
  assertImage,
  type ChannelScale,
  cropMirrored,
  type Image,
  type ImageData,
  mirrorIndex,
  type Rect,
  type ToChannelsOptions,
  toChannels,
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
 * A source with the number of channels that a network takes, see `toChannels`: three equal channels as one, one as
 * three, colours as grey where `channels` says so. Colours are found as they are read.
 *
 * @throws RangeError where the source has another number of channels than 1 and 3
 */
export function withChannels(
  source: WindowedSource,
  count: number,
  options: Pick<ToChannelsOptions, "channels" | "onNotice">,
): WindowedSource {
  const { width, height, channels, block } = source;
  if (channels === count) return source;
  if (!(channels === 3 && count === 1) && !(channels === 1 && count === 3)) {
    throw new RangeError(
      `predictTiled: the image has ${channels} channel${channels === 1 ? "" : "s"}, but the model takes ${count}; ${channels > count ? "choose some of them as it is read, by the option channel" : "give it all"}, or use a model made for it`,
    );
  }
  let told = false;
  const onNotice = (notice: string) => {
    if (!told) options.onNotice?.(notice);
    told = true;
  };
  const read: WindowedSource["read"] = async (rect, more) =>
    toChannels(await source.read(rect, more), count, { channels: options.channels, onNotice });
  return { width, height, channels: count, block, read };
}

/**
 * Reads a window inside the image.
 *
 * @throws RangeError where the source answers with another size, or a value is NaN or infinite
 */
export async function readPart(source: WindowedSource, rect: Rect, signal?: AbortSignal): Promise<Image> {
  signal?.throwIfAborted();
  return orAborted(readWhole(source, rect, signal), signal);
}

async function readWhole(source: WindowedSource, rect: Rect, signal?: AbortSignal): Promise<Image> {
  const part = await source.read(rect, { signal });
  if (part.width !== rect.width || part.height !== rect.height || part.channels !== source.channels) {
    throw new RangeError(
      `predictTiled: read(${JSON.stringify(rect)}) gave ${part.width} × ${part.height} × ${part.channels}`,
    );
  }
  assertFinite(part, rect);
  return part;
}

/** A promise that fails at once when the signal is aborted, whether or not its maker looks at the signal. */
export function orAborted<Value>(promise: Promise<Value>, signal?: AbortSignal): Promise<Value> {
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
  scalesFor: (part: Image) => ChannelScale[],
  signal?: AbortSignal,
): Promise<Float32Array> {
  const columns = coveredSpan(x, width, source.width);
  const rows = coveredSpan(y, height, source.height);
  const inside = { x: columns.first, y: rows.first, width: columns.count, height: rows.count };
  const part = await readWhole(source, inside, signal);
  const { channels, data } = part;
  const from = Int32Array.from(
    { length: width },
    (_, i) => (mirrorIndex(x + i, source.width) - inside.x) * channels,
  );
  // Between these, columns follow each other as in the image.
  const [left, right] = [Math.max(-x, 0), Math.min(source.width - x, width)];
  const outside = [...Array(left).keys(), ...Array.from({ length: width - right }, (_, i) => right + i)];
  const out = new Float32Array(width * height * channels);
  for (const [c, { offset, scale }] of scalesFor(part).entries()) {
    const values = data instanceof Uint8Array ? valuesOf(offset, scale) : undefined;
    for (let row = 0; row < height; row++) {
      const start = (mirrorIndex(y + row, source.height) - inside.y) * part.width * channels + c;
      const to = row * width * channels + c;
      const [first, at, end] = [start + from[left], to + left * channels, to + right * channels];
      if (values) lookUp(values, data as Uint8Array, first, out, at, end, channels);
      else rescale(offset, scale, data, first, out, at, end, channels);
      for (const column of outside) {
        out[to + column * channels] = (data[start + from[column]] - offset) / scale;
      }
    }
  }
  return out;
}

/** Fills every `step`th place of `out` from `at` on; a function of its own is compiled sooner. */
function lookUp(
  values: Float32Array,
  data: Uint8Array,
  first: number,
  out: Float32Array,
  at: number,
  end: number,
  step: number,
): void {
  for (let to = at, i = first; to < end; to += step, i += step) out[to] = values[data[i]];
}

function rescale(
  offset: number,
  scale: number,
  data: ImageData,
  first: number,
  out: Float32Array,
  at: number,
  end: number,
  step: number,
): void {
  for (let to = at, i = first; to < end; to += step, i += step) out[to] = (data[i] - offset) / scale;
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
