import { assertImage, type Image } from "../image.js";

/**
 * How grey values are brought to a common scale, each channel by itself over the whole image:
 *
 * - `"none"`: as they are
 * - `"range"`: divided by the largest value of the number type (255, 65535; float is taken as it is), so
 *   integers lie in [0, 1]
 * - `"percentile"`: the 1st percentile becomes 0 and the 99th 1 (where they are equal, the least and the
 *   largest value); values beyond are not clipped
 * - `"z-score"`: mean 0 and standard deviation 1
 */
export type Normalisation = "none" | "range" | "percentile" | "z-score";

/** The names of all {@link Normalisation}s. */
export const normalisations: readonly Normalisation[] = ["none", "range", "percentile", "z-score"];

/** A channel's affine map: normalised = (value − offset) / scale. A constant channel has scale Infinity. */
export interface ChannelScale {
  offset: number;
  scale: number;
}

/**
 * Normalises an image. A constant channel becomes zeros under `"percentile"` and `"z-score"`.
 *
 * @returns a new float image
 * @throws RangeError on NaN or infinity, with its position, and on an unknown `method`
 */
export function normalise(image: Image, method: Normalisation): Image<Float32Array> {
  return applyScales(image, channelScales(image, method));
}

/** The maps that {@link normalise} applies, one a channel. */
export function channelScales(image: Image, method: Normalisation): ChannelScale[] {
  assertImage(image, "normalise");
  if (!normalisations.includes(method)) {
    throw new RangeError(`normalise: method must be one of ${normalisations.join(", ")}, got "${method}"`);
  }
  assertFinite(image);
  return Array.from({ length: image.channels }, (_, channel) => {
    if (method === "none") return { offset: 0, scale: 1 };
    if (method === "range") return { offset: 0, scale: largestOf(image) };
    if (method === "z-score") return zScore(image, channel);
    const values = sorted(image, channel);
    return percentileScale(values.length, (rank) => values[rank]);
  });
}

/** Applies one {@link ChannelScale} a channel: for parts of an image, with the scales of the whole. */
export function applyScales(image: Image, scales: ChannelScale[]): Image<Float32Array> {
  const { width, height, channels, data } = image;
  if (scales.length !== channels) {
    throw new RangeError(`applyScales: ${scales.length} scales were given for ${channels} channels`);
  }
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const { offset, scale } = scales[c];
    for (let i = c; i < data.length; i += channels) out[i] = (data[i] - offset) / scale;
  }
  return { width, height, channels, data: out };
}

/**
 * @param origin where the image lies in the one that the message is about
 * @throws RangeError that names the first value that is NaN or infinite, and where it is
 */
export function assertFinite({ width, channels, data }: Image, origin = { x: 0, y: 0 }): void {
  if (!(data instanceof Float32Array)) return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const pixel = Math.floor(i / channels);
    const [x, y] = [origin.x + (pixel % width), origin.y + Math.floor(pixel / width)];
    throw new RangeError(
      `normalise: the image holds ${data[i]} at x ${x}, y ${y}, channel ${i % channels}; replace such values first`,
    );
  }
}

function largestOf({ data }: Image): number {
  if (data instanceof Uint8Array) return 255;
  return data instanceof Uint16Array ? 65535 : 1;
}

function zScore({ channels, data }: Image, channel: number): ChannelScale {
  const count = data.length / channels;
  let sum = 0;
  for (let i = channel; i < data.length; i += channels) sum += data[i];
  const mean = sum / count;
  let squares = 0;
  for (let i = channel; i < data.length; i += channels) squares += (data[i] - mean) ** 2;
  return scaleOf(mean, Math.sqrt(squares / count));
}

/**
 * The map of `"percentile"`, from values by their rank among `count` (0 is the least): percentiles are
 * interpolated linearly between the two nearest ranks.
 */
export function percentileScale(count: number, valueAt: (rank: number) => number): ChannelScale {
  const at = (share: number) => {
    const position = share * (count - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, count - 1);
    return valueAt(below) + (position - below) * (valueAt(above) - valueAt(below));
  };
  const [low, high] = [at(0.01), at(0.99)];
  // A few bright objects on an even background: its percentiles are equal, and not all there is.
  return high > low ? scaleOf(low, high - low) : scaleOf(at(0), at(1) - at(0));
}

/** The values of a channel from least to largest; integers by counting. */
function sorted({ channels, data }: Image, channel: number): Image["data"] {
  const values = data.slice(0, data.length / channels);
  for (let i = 0; i < values.length; i++) values[i] = data[i * channels + channel];
  if (values instanceof Float32Array) return values.sort();
  const counts = new Uint32Array(values instanceof Uint8Array ? 256 : 65536);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  for (let value = 0, from = 0; value < counts.length; value++) {
    values.fill(value, from, from + counts[value]);
    from += counts[value];
  }
  return values;
}

function scaleOf(offset: number, scale: number): ChannelScale {
  return { offset, scale: scale > 0 ? scale : Number.POSITIVE_INFINITY };
}
