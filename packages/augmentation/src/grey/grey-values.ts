import { blurGaussian, type Image, randomAt } from "@unet/image";
import { augmentationLimits as limits } from "../limits.js";
import { addNoise } from "./add-noise.js";
import { instantiate } from "./grey-curve.wasm.js";

/**
 * How far grey values may change: `blur` in px, the rest in shares of the tile's range of grey values. 0 switches
 * one off.
 */
export interface GreyValueOptions {
  /** All values move by up to this, up or down. Default 0. */
  offset?: number;
  /** The range grows or shrinks by up to this about its middle. Default 0. */
  contrast?: number;
  /** Black moves by up to this, up or down: with 0.05 it comes to lie at −0.05 … 0.05. Default 0.05. */
  black?: number;
  /** White moves by up to this, up or down: with 0.05 it comes to lie at 0.95 … 1.05. Default 0.05. */
  white?: number;
  /** The curve's slope at black and at white differs from 1 by up to this. Default 0.2: 0.8 … 1.2. */
  slope?: number;
  /** Standard deviation of Gaussian blur, up to this, px. Default 0. */
  blur?: number;
  /** Standard deviation of Gaussian noise, up to this. Default 0. */
  noise?: number;
}

/**
 * Changes the grey values of a tile in place, as optics and sensor do: blur, a smooth rising curve, noise.
 *
 * The curve takes black and white to where they are drawn, and goes between them as the cubic of the drawn slopes
 * at either end, outside as the straight lines that continue it. With its defaults its levels and slopes spread as
 * in the authors' later code. All channels change alike, but for the noise.
 *
 * Black and white are the mean ± 2 standard deviations of the tile, so that the change is the same before and
 * after any normalisation of the image, and no single bright pixel sets it.
 */
export function changeGreyValues(
  image: Image<Float32Array>,
  options: GreyValueOptions,
  seed: number,
  index: number,
): void {
  check(options);
  const { blur = 0, noise = 0 } = options;
  const { mean, deviation } = moments(image.data);
  const range = 4 * deviation;
  if (range === 0) return;
  if (blur > 0) blurGaussian(image, blur * randomAt(seed, "tile blur", index)());
  const curve = drawCurve(options, randomAt(seed, "tile grey values", index));
  applyCurve(image.data, curve, mean - range / 2, range);
  if (noise > 0) {
    const random = randomAt(seed, "tile noise", index);
    addNoise(image.data, noise * random() * range, random);
  }
}

/** Where black and white go, 0 and 1 where they stay, and the slopes there. */
interface Curve {
  black: number;
  white: number;
  slopes: readonly [atBlack: number, atWhite: number];
}

function drawCurve(options: GreyValueOptions, random: () => number): Curve {
  const { offset = 0, contrast = 0, black = 0.05, white = 0.05, slope = 0.2 } = options;
  const draw = (most: number) => most * (2 * random() - 1);
  const shift = draw(offset);
  const gain = 1 + draw(contrast);
  // about the middle, 1/2
  const place = (level: number) => 0.5 + gain * (level - 0.5) + shift;
  return {
    black: place(draw(black)),
    white: place(1 + draw(white)),
    slopes: [gain * (1 + draw(slope)), gain * (1 + draw(slope))],
  };
}

function applyCurve(data: Float32Array, { black, white, slopes }: Curve, from: number, range: number): void {
  const rise = white - black;
  // a cubic that rises by 1 turns round where a slope at its ends is more than 3 (Fritsch and Carlson 1980)
  const [atBlack, atWhite] = slopes.map((slope) => Math.min(slope / rise, 3));
  // t = 0 at black and 1 at white; c₁t + c₂t² + c₃t³ goes from 0 to 1 with the two slopes
  const c2 = 3 - 2 * atBlack - atWhite;
  const c3 = atBlack + atWhite - 2;
  const coefficients = [atBlack, c2, c3, atWhite];
  const { values, apply } = curveKernel();
  for (let start = 0; start < data.length; start += values.length) {
    const part = data.subarray(start, start + values.length);
    values.set(part);
    apply(part.length, from, range, from + range * black, range * rise, ...coefficients);
    part.set(values.subarray(0, part.length));
  }
}

let kernel: { values: Float32Array; apply(length: number, ...curve: number[]): void } | undefined;

/** `assembly/grey-curve.ts`, which changes `values`. */
function curveKernel() {
  if (kernel) return kernel;
  const { memory, values, count, apply } = instantiate() as unknown as {
    memory: WebAssembly.Memory;
    values: WebAssembly.Global;
    count: WebAssembly.Global;
    apply(length: number, ...curve: number[]): void;
  };
  kernel = { values: new Float32Array(memory.buffer, values.value, count.value), apply };
  return kernel;
}

function check({ blur = 0, noise = 0, black = 0, white = 0, ...shares }: GreyValueOptions): void {
  const bounds: [values: object, fits: (value: number) => boolean, right: string][] = [
    [shares, (value) => value >= 0 && value < 1, "from 0 to below 1"],
    [{ black, white }, (value) => value >= 0 && value < 0.5, "from 0 to below 0.5"],
    [{ noise }, (value) => value >= 0 && value <= limits.noise, `from 0 to ${limits.noise}`],
    [{ blur }, (value) => value >= 0 && value <= limits.blur, `from 0 to ${limits.blur} px`],
  ];
  for (const [values, fits, right] of bounds) {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined && !fits(value)) {
        throw new RangeError(`deformTile: greyValues.${name} must be ${right}, got ${value}`);
      }
    }
  }
}

function moments(data: Float32Array): { mean: number; deviation: number } {
  // about one of the values, lest squares of large means drown what they differ by
  const about = data[0];
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] - about;
    sum += value;
    squares += value * value;
  }
  const mean = sum / data.length;
  return { mean: about + mean, deviation: Math.sqrt(Math.max(0, squares / data.length - mean * mean)) };
}
