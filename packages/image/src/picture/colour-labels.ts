import { assertLabels, type Image, type LabelImage } from "../image.js";

/** Each label in a colour of its own that never changes, background black, ignored pixels grey. */
export function colourLabels(labels: LabelImage): Image<Uint8Array> {
  assertLabels(labels, "colourLabels");
  const { width, height, data } = labels;
  const out = new Uint8Array(3 * data.length);
  const colours = new Map<number, Colour>([[0, [0, 0, 0]]]);
  let last = 0;
  let colour: Colour = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== last) {
      last = data[i];
      const known = colours.get(last);
      colour = known ?? labelColour(last);
      if (!known) colours.set(last, colour);
    }
    out[3 * i] = colour[0];
    out[3 * i + 1] = colour[1];
    out[3 * i + 2] = colour[2];
  }
  return { width, height, channels: 3, data: out };
}

/** Red, green and blue, 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Hues a golden angle apart, in three lightnesses: labels that follow each other differ most. */
export function labelColour(label: number): Colour {
  if (label < 0) return [90, 90, 90];
  const hue = (label * 137.508) % 360;
  const lightness = [0.62, 0.5, 0.72][label % 3];
  const chroma = 0.85 * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
