import type { Image, ImageData, LabelImage, Rect } from "@unet/image";
import { type Mapping, positionsOfRow } from "./mapping.js";

/** How grey values between pixels are taken: `"bicubic"` is cubic convolution with a = −0.5 (Keys 1981). */
export type Interpolation = "nearest" | "bilinear" | "bicubic";

/** The part `rect` of the tile that `mapping` takes from `image`. */
export function sampleImage(
  image: Image,
  mapping: Mapping,
  rect: Rect,
  interpolation: Interpolation,
): Image<Float32Array> {
  const { width, height } = rect;
  const { channels } = image;
  const sampleRow = samplers[interpolation];
  const ys = new Float64Array(width);
  const xs = new Float64Array(width);
  const data = new Float32Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    positionsOfRow(mapping, rect.y + row, rect.x, ys, xs);
    sampleRow(image.data, channels, mapping, ys, xs, data, row * width * channels);
  }
  return { width, height, channels, data };
}

/** The part `rect` of the tile that `mapping` takes from `labels`: always the nearest pixel's label. */
export function sampleLabels(labels: LabelImage, mapping: Mapping, rect: Rect): LabelImage {
  const { width, height } = rect;
  const ys = new Float64Array(width);
  const xs = new Float64Array(width);
  const data = new Int32Array(width * height);
  for (let row = 0; row < height; row++) {
    positionsOfRow(mapping, rect.y + row, rect.x, ys, xs);
    nearestRow(labels.data, 1, mapping, ys, xs, data, row * width);
  }
  return { width, height, data };
}

function nearestRow(
  source: ImageData | Int32Array,
  channels: number,
  { rows, top, columns, left }: Mapping,
  ys: Float64Array,
  xs: Float64Array,
  out: Float32Array | Int32Array,
  offset: number,
): void {
  let to = offset;
  for (let i = 0; i < xs.length; i++) {
    const row = rows[Math.floor(ys[i] + 0.5) - top];
    const from = (row + columns[Math.floor(xs[i] + 0.5) - left]) * channels;
    for (let c = 0; c < channels; c++) out[to++] = source[from + c];
  }
}

function bilinearRow(
  source: ImageData,
  channels: number,
  { rows, top, columns, left }: Mapping,
  ys: Float64Array,
  xs: Float64Array,
  out: Float32Array,
  offset: number,
): void {
  let to = offset;
  for (let i = 0; i < xs.length; i++) {
    const y = Math.floor(ys[i]);
    const x = Math.floor(xs[i]);
    const v = ys[i] - y;
    const u = xs[i] - x;
    const row0 = rows[y - top];
    const row1 = rows[y - top + 1];
    const column0 = columns[x - left];
    const column1 = columns[x - left + 1];
    for (let c = 0; c < channels; c++) {
      const p00 = source[(row0 + column0) * channels + c];
      const p01 = source[(row0 + column1) * channels + c];
      const p10 = source[(row1 + column0) * channels + c];
      const p11 = source[(row1 + column1) * channels + c];
      const upper = p00 + u * (p01 - p00);
      const lower = p10 + u * (p11 - p10);
      out[to++] = upper + v * (lower - upper);
    }
  }
}

function bicubicRow(
  source: ImageData,
  channels: number,
  { rows, top, columns, left }: Mapping,
  ys: Float64Array,
  xs: Float64Array,
  out: Float32Array,
  offset: number,
): void {
  const across = new Float64Array(4);
  const down = new Float64Array(4);
  let to = offset;
  for (let i = 0; i < xs.length; i++) {
    const y = Math.floor(ys[i]);
    const x = Math.floor(xs[i]);
    const v = ys[i] - y;
    const u = xs[i] - x;
    keysWeights(u, across);
    keysWeights(v, down);
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) {
        const row = rows[y - top - 1 + k];
        sum +=
          down[k] *
          (across[0] * source[(row + columns[x - left - 1]) * channels + c] +
            across[1] * source[(row + columns[x - left]) * channels + c] +
            across[2] * source[(row + columns[x - left + 1]) * channels + c] +
            across[3] * source[(row + columns[x - left + 2]) * channels + c]);
      }
      out[to++] = sum;
    }
  }
}

/** Weights of four neighbours in a line, `t` beyond the second: cubic convolution with a = −0.5. */
function keysWeights(t: number, weights: Float64Array): void {
  weights[0] = t * (t * (1 - 0.5 * t) - 0.5);
  weights[1] = 1 + t * t * (1.5 * t - 2.5);
  weights[2] = t * (t * (2 - 1.5 * t) + 0.5);
  weights[3] = t * t * (0.5 * t - 0.5);
}

const samplers = { nearest: nearestRow, bilinear: bilinearRow, bicubic: bicubicRow };
