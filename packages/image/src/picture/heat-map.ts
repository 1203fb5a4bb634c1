import { assertImage, type Image } from "../image.js";
import { type Levels, levelsOf } from "./levels.js";

/**
 * The first channel in colours from black over purple and orange to pale yellow, of lightness (L* of CIELAB)
 * that rises evenly, so that equal steps look equal and grey prints keep the order. NaN is black.
 */
export function heatMap(image: Image, levels: Levels = {}): Image<Uint8Array> {
  assertImage(image, "heatMap");
  const { width, height, channels, data } = image;
  const { low, high } = levelsOf(image, levels, channels);
  const factor = high > low ? (COLOURS - 1) / (high - low) : 0;
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < out.length; from += channels, to += 3) {
    const position = Math.min(Math.max((data[from] - low) * factor, 0), COLOURS - 1);
    // NaN | 0 is 0
    const colour = 3 * (position | 0);
    out[to] = TABLE[colour];
    out[to + 1] = TABLE[colour + 1];
    out[to + 2] = TABLE[colour + 2];
  }
  return { width, height, channels: 3, data: out };
}

/** Colours at even steps, between which the map is linear. */
const STOPS = [
  [6, 4, 20],
  [48, 14, 92],
  [110, 26, 110],
  [170, 44, 94],
  [222, 76, 62],
  [247, 128, 32],
  [250, 190, 52],
  [250, 252, 170],
];

const COLOURS = 1024;
const TABLE = Uint8Array.from({ length: 3 * COLOURS }, (_, i) => {
  const position = (Math.floor(i / 3) / (COLOURS - 1)) * (STOPS.length - 1);
  const below = Math.min(Math.floor(position), STOPS.length - 2);
  const [a, b] = [STOPS[below][i % 3], STOPS[below + 1][i % 3]];
  return Math.round(a + (position - below) * (b - a));
});
