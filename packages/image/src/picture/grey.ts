import { assertImage, type Image } from "../image.js";
import { type Levels, levelsOf } from "./levels.js";

/** The first channel (or RGB, where there are three) stretched from `low` … `high` to 0 … 255. NaN is black. */
export function toGrey(image: Image, levels: Levels = {}): Image<Uint8Array> {
  assertImage(image, "toGrey");
  const { width, height, channels, data } = image;
  const colour = channels === 3;
  const { low, high } = levelsOf(image, levels, colour ? 1 : channels);
  const factor = high > low ? 255 / (high - low) : 0;
  const out = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < out.length; from += channels, to += 3) {
    const red = Math.floor((data[from] - low) * factor);
    out[to] = red;
    out[to + 1] = colour ? Math.floor((data[from + 1] - low) * factor) : red;
    out[to + 2] = colour ? Math.floor((data[from + 2] - low) * factor) : red;
  }
  return { width, height, channels: 3, data: new Uint8Array(out.buffer) };
}
