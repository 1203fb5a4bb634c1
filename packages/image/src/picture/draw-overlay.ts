import { assertImage, assertLabels, type Image, type LabelImage, type LabelKind } from "../image.js";
import { type Colour, labelColour } from "./colour-labels.js";
import { drawNumber, sizeOfNumber } from "./digits.js";
import { toGrey } from "./grey.js";

/** Options of {@link drawOverlay}. */
export interface OverlayOptions {
  /** What labels are: numbers of objects, which are written on them, or classes. Default `"instances"`. */
  kind?: LabelKind;
  /** Smaller pictures are enlarged by the least whole factor that makes them as wide, px. Default 512. */
  minimumWidth?: number;
}

/**
 * A picture of what was found on an image, for people: the image with its contrast stretched, a coloured line along the
 * inside of each border with a black one along its outside, so that it shows on dark and on light, and the number of each
 * object. The regions of a class have its colour of `colourLabels`, and are tinted.
 *
 * Contrast is stretched so that 0.2 % of the values become black and as many white; of several channels that aren't
 * colours the first is shown.
 *
 * ```ts
 * await writeImage("found.png", drawOverlay(image, labels));
 * ```
 *
 * @throws RangeError where image and labels are of different sizes
 */
export function drawOverlay(
  image: Image,
  labels: LabelImage,
  { kind = "instances", minimumWidth = 512 }: OverlayOptions = {},
): Image<Uint8Array> {
  assertImage(image, "drawOverlay");
  assertLabels(labels, "drawOverlay");
  if (image.width !== labels.width || image.height !== labels.height) {
    throw new RangeError(
      `drawOverlay: the image is ${image.width} × ${image.height} and the labels ${labels.width} × ${labels.height}; they must be of one size`,
    );
  }
  const factor = Math.max(Math.ceil(minimumWidth / image.width), 1);
  const picture = enlarged(toGrey(image, stretched(image)), factor);
  const large = factor === 1 ? labels : enlargedLabels(labels, factor);
  if (kind === "classes") tint(picture, large);
  drawLines(picture, large);
  if (kind === "instances") drawNumbers(picture, labels, factor);
  return picture;
}

/** Values sampled for the contrast. */
const SAMPLES = 100_000;

function stretched({ channels, data }: Image): { low: number; high: number } {
  const isColour = channels === 3;
  const count = isColour ? data.length : data.length / channels;
  // No multiple of 3, so that all colours are seen.
  const step = Math.ceil(count / SAMPLES) + (Math.ceil(count / SAMPLES) % 3 === 0 ? 1 : 0);
  const values: number[] = [];
  for (let i = 0; i < count; i += step) {
    const value = data[isColour ? i : i * channels];
    if (Number.isFinite(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return { low: 0, high: 0 };
  const cut = Math.floor(0.002 * sorted.length);
  const [low, high] = [sorted[cut], sorted[sorted.length - 1 - cut]];
  // A few bright spots on an even background.
  return low < high ? { low, high } : { low: sorted[0], high: sorted[sorted.length - 1] };
}

function enlarged({ width, height, data }: Image<Uint8Array>, factor: number): Image<Uint8Array> {
  const size = { width: width * factor, height: height * factor };
  const out = new Uint8Array(3 * size.width * size.height);
  for (let y = 0, to = 0; y < size.height; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < size.width; x++, to += 3) {
      const from = 3 * (row + Math.floor(x / factor));
      out[to] = data[from];
      out[to + 1] = data[from + 1];
      out[to + 2] = data[from + 2];
    }
  }
  return { ...size, channels: 3, data: out };
}

function enlargedLabels({ width, height, data }: LabelImage, factor: number): LabelImage {
  const size = { width: width * factor, height: height * factor };
  const out = new Int32Array(size.width * size.height);
  for (let y = 0, to = 0; y < size.height; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < size.width; x++) out[to++] = data[row + Math.floor(x / factor)];
  }
  return { ...size, data: out };
}

/** A fifth of the class's colour. */
function tint(picture: Image<Uint8Array>, { data }: LabelImage): void {
  const colours = new Map<number, Colour>();
  for (const [i, label] of data.entries()) {
    if (label <= 0) continue;
    const colour = colours.get(label) ?? labelColour(label);
    colours.set(label, colour);
    for (let c = 0; c < 3; c++) picture.data[3 * i + c] += (colour[c] - picture.data[3 * i + c]) / 5;
  }
}

const BLACK: Colour = [0, 0, 0];

function drawLines(picture: Image<Uint8Array>, { width, height, data }: LabelImage): void {
  const colours = new Map<number, Colour>();
  const lineOf = (label: number, others: number[]): Colour | undefined => {
    const beside = others.filter((other) => other !== label);
    if (beside.length === 0) return undefined;
    // Where two touch, one has the coloured line and the other the black one.
    if (label <= 0 || beside.some((other) => other > label))
      return beside.some((other) => other > 0) ? BLACK : undefined;
    const colour = colours.get(label) ?? lightened(labelColour(label));
    colours.set(label, colour);
    return colour;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = data[i];
      const left = x > 0 ? data[i - 1] : label;
      const right = x < width - 1 ? data[i + 1] : label;
      const above = y > 0 ? data[i - width] : label;
      const below = y < height - 1 ? data[i + width] : label;
      if (left === label && right === label && above === label && below === label) continue;
      const line = lineOf(label, [left, right, above, below]);
      if (line) picture.data.set(line, 3 * i);
    }
  }
}

/** The least lightness of a line, of 255, so that blue is seen on black, too. */
const LEAST_LIGHT = 150;

/** As much white as makes a colour light enough. */
function lightened(colour: Colour): Colour {
  const light = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];
  const white = Math.max((LEAST_LIGHT - light) / (255 - light), 0);
  const [red, green, blue] = colour.map((value) => Math.round(value + white * (255 - value)));
  return [red, green, blue];
}

/** Writes each object's number where it is wide and near its middle. */
function drawNumbers(picture: Image<Uint8Array>, labels: LabelImage, factor: number): void {
  for (const [label, { x, y, length }] of placesOf(labels)) {
    const room = factor * length - 4;
    const size = sizeOfNumber(label, "large").width <= room ? "large" : "small";
    const { width, height } = sizeOfNumber(label, size);
    // At the picture's edge as near as it is seen whole.
    const within = (start: number, length: number, all: number) =>
      Math.max(Math.min(Math.round(start), all - length - 1), 1);
    const place = {
      x: within(factor * x - width / 2, width, picture.width),
      y: within(factor * y - height / 2, height, picture.height),
    };
    drawNumber(picture, label, { ...place, size, colour: [255, 255, 255] });
  }
}

/** For each object the middle of the longest run of its pixels, those near its centroid first, and how long it is. */
function placesOf({
  width,
  height,
  data,
}: LabelImage): Map<number, { x: number; y: number; length: number }> {
  const sums = new Map<number, { area: number; y: number }>();
  const places = new Map<number, { x: number; y: number; length: number; rank: number }>();
  forRuns(width, height, data, (label, y, start, end) => {
    const sum = sums.get(label) ?? { area: 0, y: 0 };
    sums.set(label, { area: sum.area + end - start, y: sum.y + y * (end - start) });
  });
  forRuns(width, height, data, (label, y, start, end) => {
    const { area, y: sum } = sums.get(label)!;
    const rank = end - start - Math.abs(y - sum / area);
    if (rank <= (places.get(label)?.rank ?? Number.NEGATIVE_INFINITY)) return;
    places.set(label, { x: (start + end) / 2, y: y + 0.5, length: end - start, rank });
  });
  return places;
}

function forRuns(
  width: number,
  height: number,
  data: Int32Array,
  each: (label: number, y: number, start: number, end: number) => void,
): void {
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; ) {
      const label = data[i];
      const start = x;
      for (; x < width && data[i] === label; x++) i++;
      if (label > 0) each(label, y, start, x);
    }
  }
}
