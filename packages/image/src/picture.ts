/**
 * Pictures for people: grey values, maps and labels as 8-bit RGB images, ready for `encodePng`.
 *
 * @module
 */
import { assertImage, assertLabels, type Image, type LabelImage } from "./image.js";

/** The values that become black and white; default: the least and the largest that occur. */
export interface Levels {
  low?: number;
  high?: number;
}

/** The first channel (or RGB, where there are three) stretched from `low` … `high` to 0 … 255. */
export function toGrey(image: Image, levels: Levels = {}): Image<Uint8Array> {
  assertImage(image, "toGrey");
  const { channels, data } = image;
  const colour = channels === 3;
  const { low, high } = levelsOf(image, levels, !colour);
  return paint(image, (pixel, out, at) => {
    for (let c = 0; c < 3; c++)
      out[at + c] = 255 * share(data[pixel * channels + (colour ? c : 0)], low, high);
  });
}

/**
 * The first channel in colours of even perceived steps from black over purple and orange to pale yellow,
 * in the manner of matplotlib's "inferno".
 */
export function heatMap(image: Image, levels: Levels = {}): Image<Uint8Array> {
  assertImage(image, "heatMap");
  const { channels, data } = image;
  const { low, high } = levelsOf(image, levels, true);
  return paint(image, (pixel, out, at) => {
    const position = share(data[pixel * channels], low, high) * (HEAT.length - 1);
    const below = Math.min(Math.floor(position), HEAT.length - 2);
    const part = position - below;
    for (let c = 0; c < 3; c++) out[at + c] = HEAT[below][c] * (1 - part) + HEAT[below + 1][c] * part;
  });
}

/** Each label in a colour of its own that never changes, background black, ignored pixels grey. */
export function colourLabels(labels: LabelImage): Image<Uint8Array> {
  assertLabels(labels, "colourLabels");
  return paint(labels, (pixel, out, at) => {
    const label = labels.data[pixel];
    if (label !== 0) out.set(label < 0 ? [90, 90, 90] : labelColour(label), at);
  });
}

/** The image in grey with the inner border of each object in `colour`; default: each in its own. */
export function drawOutlines(
  image: Image,
  labels: LabelImage,
  { colour }: { colour?: readonly [number, number, number] } = {},
): Image<Uint8Array> {
  assertLabels(labels, "drawOutlines");
  const { width, height, data } = labels;
  if (image.width !== width || image.height !== height) {
    throw new RangeError(
      `drawOutlines: the image is ${image.width} × ${image.height} and the labels ${width} × ${height}; they must be of one size`,
    );
  }
  const picture = toGrey(image);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i];
      if (label <= 0) continue;
      const inside =
        (x === 0 || data[i - 1] === label) &&
        (x === width - 1 || data[i + 1] === label) &&
        (y === 0 || data[i - width] === label) &&
        (y === height - 1 || data[i + width] === label);
      if (!inside) picture.data.set(colour ?? labelColour(label), 3 * i);
    }
  }
  return picture;
}

/** RGB pictures side by side in `columns` (default: one row), `gap` px of white between (default 4). */
export function montage(
  images: Image<Uint8Array>[],
  { columns = images.length, gap = 4 }: { columns?: number; gap?: number } = {},
): Image<Uint8Array> {
  if (images.length === 0) throw new RangeError("montage: images is empty; give at least one");
  const cellWidth = Math.max(...images.map(({ width }) => width));
  const cellHeight = Math.max(...images.map(({ height }) => height));
  const rows = Math.ceil(images.length / columns);
  const width = columns * cellWidth + (columns - 1) * gap;
  const height = rows * cellHeight + (rows - 1) * gap;
  const data = new Uint8Array(width * height * 3).fill(255);
  images.forEach((image, i) => {
    if (image.channels !== 3) {
      throw new RangeError(`montage: images must be RGB, got ${image.channels} channels; see toGrey`);
    }
    const left = (i % columns) * (cellWidth + gap);
    const top = Math.floor(i / columns) * (cellHeight + gap);
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(3 * y * image.width, 3 * (y + 1) * image.width);
      data.set(row, 3 * ((top + y) * width + left));
    }
  });
  return { width, height, channels: 3, data };
}

function paint(
  { width, height }: { width: number; height: number },
  colour: (pixel: number, out: Uint8Array, at: number) => void,
): Image<Uint8Array> {
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) colour(pixel, data, 3 * pixel);
  return { width, height, channels: 3, data };
}

function levelsOf({ channels, data }: Image, { low, high }: Levels, firstOnly: boolean): Required<Levels> {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i += firstOnly ? channels : 1) {
    if (data[i] < least) least = data[i];
    if (data[i] > most) most = data[i];
  }
  return { low: low ?? least, high: high ?? most };
}

/** Where `value` lies between `low` and `high`, 0 … 1. */
function share(value: number, low: number, high: number): number {
  return high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
}

/** Hues a golden angle apart, in three lightnesses: neighbours in number differ most. */
function labelColour(label: number): [number, number, number] {
  const hue = (label * 137.508) % 360;
  const lightness = [0.62, 0.5, 0.72][label % 3];
  const chroma = 0.85 * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Stops of the heat map, of lightness rising evenly. */
const HEAT = [
  [6, 4, 20],
  [48, 14, 92],
  [110, 26, 110],
  [170, 44, 94],
  [222, 76, 62],
  [247, 128, 32],
  [250, 190, 52],
  [250, 252, 170],
];
