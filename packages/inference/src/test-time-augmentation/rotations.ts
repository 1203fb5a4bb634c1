import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Image, Rect } from "@unet/image";
import { activate } from "../network/activation.js";
import { asPredictor } from "../network/as-predictor.js";
import type { OnnxNetwork } from "../network/onnx.js";
import type { Predictor, TileBatch } from "../network/predictor.js";
import { inputFor } from "../prediction/plan-tiles.js";
import { setCubicWeights } from "./cubic-weights.js";
import type { AugmentationOptions } from "./symmetries.js";
import { withoutSymmetries } from "./without-symmetries.js";

/** The sine and cosine of an angle. */
interface Angle {
  cos: number;
  sin: number;
}

/**
 * Test-time augmentation by rotations, as for the paper's result on ISBI 2012 (section 4, table 1: "averaged
 * over 7 rotated versions of the input data"): the image, mirrored beyond its borders, is turned about its
 * first pixel by `count` angles that share the circle evenly (the paper names none), resampled by cubic
 * convolution (Keys 1981, a = −1/2) and scored; the scores are turned back by linear interpolation and
 * averaged. All tiles see the same turned plane, so the result equals that of the whole.
 *
 * @throws RangeError where `count` is not a positive whole number
 */
export function withRotations(
  network: LayersModel | OnnxNetwork | Predictor,
  { count = 7, activation = "softmax" }: AugmentationOptions & { count?: number } = {},
): Predictor {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(`withRotations: count must be a whole number from 1, got ${count}`);
  }
  const inner = asPredictor(network);
  const { geometry, classes, bytesPerPixel = 3000, maxPixels } = inner;
  const angles = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    return { cos: Math.cos(angle), sin: Math.sin(angle) };
  });
  // What a pixel depends on lies in its block and the context around; turned, its corners reach further. The
  // interpolations need a pixel and two more.
  const margin = Math.ceil(Math.SQRT2 * (geometry.margin + geometry.multiple + 1)) + 3;
  return {
    ...inner,
    geometry: {
      padding: "valid",
      margin,
      multiple: 1,
      outputSize: (input) => input - 2 * margin,
      inputSize: (output) => output + 2 * margin,
    },
    gives: "scores",
    task: withoutSymmetries(inner.task),
    // The box around a turned square is at most twice as large.
    bytesPerPixel: 2 * bytesPerPixel + 8 * classes,
    maxPixels: maxPixels && maxPixels / 2,
    async predict(tiles) {
      const [width, height] = [tiles.width - 2 * margin, tiles.height - 2 * margin];
      const side = Math.max(Math.min(width, height), 256);
      const mean = new Float32Array(tiles.count * width * height * classes);
      for (const [n, { x, y }] of tiles.positions.entries()) {
        const tile = tileAt(tiles, n);
        const out = { width, height, channels: classes, data: mean.subarray(n * width * height * classes) };
        const frame = { x: x + margin, y: y + margin, width, height };
        for (const part of squaresOf(frame, side)) {
          for (const angle of angles) {
            const box = boxOf(part, angle, geometry.multiple);
            const scores = await scoreBox(inner, tile, { x, y }, box, angle);
            if (inner.gives !== "scores") activate(scores.data, classes, activation);
            addTurnedBack(out, frame, part, scores, box, angle, 1 / count);
          }
        }
      }
      return mean;
    },
  };
}

function tileAt({ width, height, channels, data }: TileBatch, n: number): Image<Float32Array> {
  const size = width * height * channels;
  return { width, height, channels, data: data.subarray(n * size, (n + 1) * size) };
}

/** Parts of at most `side` px: the box around a long part that is turned would be far larger than itself. */
function squaresOf({ x, y, width, height }: Rect, side: number): Rect[] {
  const parts: Rect[] = [];
  for (let v = 0; v < height; v += side) {
    for (let u = 0; u < width; u += side) {
      const [w, h] = [Math.min(side, width - u), Math.min(side, height - v)];
      parts.push({ x: x + u, y: y + v, width: w, height: h });
    }
  }
  return parts;
}

/** The box of the turned plane that holds a part of the image and two pixels more, from a block on. */
function boxOf({ x, y, width, height }: Rect, { cos, sin }: Angle, multiple: number): Rect {
  const columns = [x, x + width - 1];
  const rows = [y, y + height - 1];
  const us = columns.flatMap((px) => rows.map((py) => cos * px - sin * py));
  const vs = columns.flatMap((px) => rows.map((py) => sin * px + cos * py));
  const left = Math.floor(Math.min(...us) / multiple) * multiple;
  const top = Math.floor(Math.min(...vs) / multiple) * multiple;
  return {
    x: left,
    y: top,
    width: Math.floor(Math.max(...us)) + 3 - left,
    height: Math.floor(Math.max(...vs)) + 3 - top,
  };
}

/** Scores of a box of the turned plane. */
async function scoreBox(
  { geometry, channels, classes, predict }: Predictor,
  tile: Image<Float32Array>,
  origin: { x: number; y: number },
  box: Rect,
  angle: Angle,
): Promise<Image<Float32Array>> {
  const size = { width: inputFor(box.width, geometry), height: inputFor(box.height, geometry) };
  const start = { x: box.x - geometry.margin, y: box.y - geometry.margin };
  const data = turned(tile, origin, { ...start, ...size }, angle);
  const scores = await predict({ count: 1, ...size, channels, data, positions: [start] });
  const [width, height] = [geometry.outputSize(size.width), geometry.outputSize(size.height)];
  const skip = geometry.padding === "valid" ? 0 : geometry.margin;
  // Rows and columns before the box are of no use.
  return { width, height, channels: classes, data: scores.subarray((skip * width + skip) * classes) };
}

/** A window of the turned plane, by cubic convolution; pixels whose tile does not reach so far are repeated. */
function turned(
  { width, height, channels, data }: Image<Float32Array>,
  origin: { x: number; y: number },
  window: Rect,
  { cos, sin }: Angle,
): Float32Array {
  const out = new Float32Array(window.width * window.height * channels);
  const [across, down] = [new Float64Array(4), new Float64Array(4)];
  const [columns, rows] = [new Int32Array(4), new Int32Array(4)];
  let to = 0;
  for (let v = window.y; v < window.y + window.height; v++) {
    for (let u = window.x; u < window.x + window.width; u++, to += channels) {
      const x = cos * u + sin * v;
      const y = cos * v - sin * u;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      setCubicWeights(across, x - left);
      setCubicWeights(down, y - top);
      for (let i = 0; i < 4; i++) {
        columns[i] = clamp(left - origin.x - 1 + i, width) * channels;
        rows[i] = clamp(top - origin.y - 1 + i, height) * width * channels;
      }
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0; j < 4; j++) {
          const row = rows[j] + c;
          sum +=
            down[j] *
            (across[0] * data[row + columns[0]] +
              across[1] * data[row + columns[1]] +
              across[2] * data[row + columns[2]] +
              across[3] * data[row + columns[3]]);
        }
        out[to + c] = sum;
      }
    }
  }
  return out;
}

function clamp(index: number, size: number): number {
  return index < 0 ? 0 : index < size ? index : size - 1;
}

/** Adds to a part of `out`, which covers `frame`, a share of the scores of the turned plane. */
function addTurnedBack(
  out: Image<Float32Array>,
  frame: Rect,
  part: Rect,
  { width, channels, data }: Image<Float32Array>,
  box: Rect,
  { cos, sin }: Angle,
  share: number,
): void {
  for (let y = part.y; y < part.y + part.height; y++) {
    let to = ((y - frame.y) * out.width + part.x - frame.x) * channels;
    for (let x = part.x; x < part.x + part.width; x++) {
      const u = cos * x - sin * y - box.x;
      const v = sin * x + cos * y - box.y;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [s, t] = [u - left, v - top];
      const from = (top * width + left) * channels;
      for (let c = 0; c < channels; c++, to++) {
        const first = from + c;
        const below = first + width * channels;
        const upper = (1 - s) * data[first] + s * data[first + channels];
        const lower = (1 - s) * data[below] + s * data[below + channels];
        out.data[to] += share * ((1 - t) * upper + t * lower);
      }
    }
  }
}
