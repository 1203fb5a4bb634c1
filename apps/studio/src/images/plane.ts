import type { Image } from "@unet/image";
import type { Part } from "../labels/render-labels.js";

/** Which of an image's channels is shown: one of them, or all three as colours. */
export type Channel = number | "colour";

/** The values that become black and white. */
export interface Levels {
  low: number;
  high: number;
}

/** How the values of a plane are spread. */
export interface Histogram extends Levels {
  /** Counts between `low` and `high`, the least and the largest value. */
  counts: number[];
  /** What leaves a little of both ends out, as most pictures are best seen. */
  auto: Levels;
}

/** One resolution of a plane: one value a pixel, or three. */
interface Level {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Image["data"];
}

const BINS = 256;
/** Values that a histogram is made of, at most: of large images it is made of a smaller one. */
const MOST_VALUES = 2 ** 21;

/** A plane of an image, at halved resolutions too, each made when it is first wanted. */
export class Plane {
  readonly #pyramids = new Map<Channel, Level[]>();

  constructor(readonly image: Image) {}

  /** Bytes in memory, by and large. */
  get bytes(): number {
    return this.image.data.byteLength * (1 + this.#pyramids.size / 2);
  }

  histogram(channel: Channel): Histogram {
    const levels = this.#levelsOf(channel);
    const { data } = this.#at(levels, levelWithin(this.image, MOST_VALUES));
    let [low, high] = [Infinity, -Infinity];
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(high > low))
      return { low, high: low + 1, counts: new Array(BINS).fill(0), auto: { low, high: low + 1 } };
    const counts = new Array<number>(BINS).fill(0);
    const factor = (BINS - 1e-6) / (high - low);
    let seen = 0;
    for (const value of data) {
      const bin = Math.floor((value - low) * factor);
      if (bin >= 0 && bin < BINS) {
        counts[bin]++;
        seen++;
      }
    }
    const valueAt = (share: number) => {
      let left = share * seen;
      const bin = counts.findIndex((count) => {
        left -= count;
        return left < 0;
      });
      return low + ((bin < 0 ? BINS : bin) / BINS) * (high - low);
    };
    const [autoLow, autoHigh] = [valueAt(0.002), valueAt(0.998) + (high - low) / BINS];
    return { low, high, counts, auto: { low: autoLow, high: Math.min(autoHigh, high) } };
  }

  /** A part of the picture as RGBA, see {@link Part}. */
  render(channel: Channel, part: Part, { low, high }: Levels): Uint8ClampedArray<ArrayBuffer> {
    const level = this.#at(this.#levelsOf(channel), part.level);
    const out = new Uint8ClampedArray(4 * part.width * part.height);
    const factor = high > low ? 255 / (high - low) : 0;
    const { channels, data, width } = level;
    for (let row = 0, to = 0; row < part.height; row++) {
      const y = Math.min(part.y + row, level.height - 1);
      for (let column = 0; column < part.width; column++, to += 4) {
        const x = Math.min(part.x + column, width - 1);
        const from = (y * width + x) * channels;
        out[to] = (data[from] - low) * factor;
        if (channels === 3) {
          out[to + 1] = (data[from + 1] - low) * factor;
          out[to + 2] = (data[from + 2] - low) * factor;
        } else {
          out[to + 1] = out[to + 2] = out[to];
        }
        out[to + 3] = 255;
      }
    }
    return out;
  }

  /** The whole as RGBA, no larger than `side`. */
  thumbnail(
    channel: Channel,
    side: number,
  ): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } {
    let level = 0;
    const { width, height } = this.image;
    while (Math.max(width, height) / 2 ** level > side) level++;
    const { width: w, height: h } = this.#at(this.#levelsOf(channel), level);
    const { auto } = this.histogram(channel);
    return {
      width: w,
      height: h,
      data: this.render(channel, { level, x: 0, y: 0, width: w, height: h }, auto),
    };
  }

  #levelsOf(channel: Channel): Level[] {
    let levels = this.#pyramids.get(channel);
    if (!levels) {
      levels = [{ ...this.image, ...channelOf(this.image, channel) }];
      this.#pyramids.set(channel, levels);
    }
    return levels;
  }

  #at(levels: Level[], level: number): Level {
    while (levels.length <= level) levels.push(halved(levels[levels.length - 1]));
    return levels[level];
  }
}

function channelOf(
  { width, height, channels, data }: Image,
  channel: Channel,
): Pick<Level, "channels" | "data"> {
  if (channel === "colour") {
    if (channels !== 3) throw new RangeError(`the image has ${channels} channels, which are no colours`);
    return { channels: 3, data };
  }
  if (channels === 1) return { channels: 1, data };
  const out = new (data.constructor as new (length: number) => Image["data"])(width * height);
  for (let i = 0, from = channel; i < out.length; i++, from += channels) out[i] = data[from];
  return { channels: 1, data: out };
}

/** Half the resolution: each value the mean of four. */
function halved({ width, height, channels, data }: Level): Level {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new (data.constructor as new (length: number) => Image["data"])(w * h * channels);
  for (let y = 0, to = 0; y < h; y++) {
    const top = 2 * y * width;
    const bottom = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < w; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      for (let c = 0; c < channels; c++) {
        const sum =
          data[(top + left) * channels + c] +
          data[(top + right) * channels + c] +
          data[(bottom + left) * channels + c] +
          data[(bottom + right) * channels + c];
        out[to++] = sum / 4;
      }
    }
  }
  return { width: w, height: h, channels, data: out };
}

function levelWithin({ width, height }: Image, most: number): number {
  let level = 0;
  while ((width * height) / 4 ** level > most) level++;
  return level;
}
