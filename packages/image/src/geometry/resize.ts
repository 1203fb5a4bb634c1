import { assertImage, type Image, type Rect } from "../image.js";
import { areaTaps, assertSize, bilinearTaps, type Size, type Taps } from "./taps.js";

/**
 * The image at another size, sampled anew along each axis: where it shrinks, a pixel is the mean of the area that it
 * covers, so nothing is skipped; where it grows, it is interpolated linearly between the nearest two pixel centres. The
 * corners of the image stay its corners, and values beyond the outermost centres are repeated. Values keep their range
 * (0 … 255 for 8 bits).
 *
 * ```ts
 * const half = resize(image, scaledSize(image, 0.5)); // each pixel the mean of 2 × 2
 * ```
 *
 * @returns a new float image with the same channels
 * @throws RangeError where a size isn't a whole number of at least 1
 */
export function resize(image: Image, { width, height }: Size): Image<Float32Array> {
  assertImage(image, "resize");
  return resizePart(image, { x: 0, y: 0, width, height }, image, { width, height });
}

/**
 * The pixels that a part of a resized image depends on.
 *
 * @param rect the part, inside the resized image
 * @param from size of the image
 * @param to size of the resized image
 */
export function resizeNeeds(rect: Rect, from: Size, to: Size): Rect {
  const [x, width] = spanOf(tapsOf(rect.x, rect.width, from.width, to.width));
  const [y, height] = spanOf(tapsOf(rect.y, rect.height, from.height, to.height));
  return { x, y, width, height };
}

/**
 * A part of what {@link resize} makes, equal to it to the bit, from the pixels that it depends on.
 *
 * ```ts
 * const part = resizePart(await source.read(resizeNeeds(rect, source, size)), rect, source, size);
 * ```
 *
 * @param part the pixels of `resizeNeeds(rect, from, to)`
 * @throws RangeError where `part` is of another size than that
 */
export function resizePart(part: Image, rect: Rect, from: Size, to: Size): Image<Float32Array> {
  assertSize(to, "resize");
  const { channels, data } = part;
  const columns = tapsOf(rect.x, rect.width, from.width, to.width);
  const rows = tapsOf(rect.y, rect.height, from.height, to.height);
  const [[left, needed], [top, neededRows]] = [spanOf(columns), spanOf(rows)];
  if (part.width !== needed || part.height !== neededRows) {
    throw new RangeError(
      `resizePart: the part must be of ${needed} × ${neededRows} px, as resizeNeeds says, got ${part.width} × ${part.height}`,
    );
  }
  const line = rect.width * channels;
  // Rows that are summed along x already; those that a row of the result needs are never more than there are places.
  const places = rows.reduce((most, { weights }) => Math.max(most, weights.length), 1);
  const sums = Array.from({ length: places }, () => new Float64Array(line));
  const held = new Int32Array(places).fill(-1);
  const sumsOf = (y: number): Float64Array => {
    const place = y % places;
    if (held[place] !== y) {
      sumAlong(columns, data, (y - top) * part.width - left, channels, sums[place]);
      held[place] = y;
    }
    return sums[place];
  };
  const out = new Float32Array(line * rect.height);
  const total = new Float64Array(line);
  for (const [i, { first, weights, sum }] of rows.entries()) {
    total.fill(0);
    for (const [k, weight] of weights.entries()) {
      const row = sumsOf(first + k);
      for (let j = 0; j < line; j++) total[j] += weight * row[j];
    }
    // Weights are whole numbers, so sums of integers are exact and are rounded once, here.
    const to = out.subarray(i * line, (i + 1) * line);
    for (let x = 0, j = 0; x < rect.width; x++) {
      const divisor = sum * columns[x].sum;
      for (let c = 0; c < channels; c++, j++) to[j] = total[j] / divisor;
    }
  }
  return { width: rect.width, height: rect.height, channels, data: out };
}

/** Weighted sums of the pixels of one row, whose column 0 would lie at pixel `origin`. */
function sumAlong(
  columns: Taps[],
  data: Image["data"],
  origin: number,
  channels: number,
  out: Float64Array,
): void {
  let to = 0;
  for (const { first, weights } of columns) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0, at = (origin + first) * channels + c; k < weights.length; k++, at += channels) {
        sum += weights[k] * data[at];
      }
      out[to++] = sum;
    }
  }
}

function tapsOf(start: number, count: number, from: number, to: number): Taps[] {
  const taps = to < from ? areaTaps : bilinearTaps;
  return Array.from({ length: count }, (_, i) => taps(start + i, from, to));
}

/** The first pixel that any of them takes, and how many there are to the last. */
function spanOf(taps: Taps[]): [first: number, count: number] {
  const { first } = taps[0];
  const last = taps[taps.length - 1];
  return [first, last.first + last.weights.length - first];
}
