import { type Image, randomAt } from "@unet/image";

/** How far grey values may change, in shares of the tile's range of grey values. 0 switches one off. */
export interface GreyValueOptions {
  /** All values move by up to this, up or down. Default 0.05. */
  offset?: number;
  /** The range grows or shrinks by up to this. Default 0.1. */
  contrast?: number;
  /** The curve's slope at black and at white differs from a straight line's by up to this. Default 0.2. */
  curve?: number;
}

/**
 * Changes grey values in place by a random smooth, rising curve: black and white move (offset, contrast), and
 * between them goes the cubic with the drawn slopes at either end, outside the straight lines that continue it.
 * All channels change alike.
 *
 * Black and white are the mean ± 2 standard deviations of the tile, so that the change is the same before and
 * after any normalisation of the image, and no single bright pixel sets it.
 */
export function changeGreyValues(
  { data }: Image<Float32Array>,
  { offset = 0.05, contrast = 0.1, curve = 0.2 }: GreyValueOptions,
  seed: number,
  index: number,
): void {
  for (const [name, share] of Object.entries({ offset, contrast, curve })) {
    if (!(share >= 0 && share < 1)) {
      throw new RangeError(`deformTile: greyValues.${name} must be from 0 to below 1, got ${share}`);
    }
  }
  const random = randomAt(seed, "tile grey values", index);
  const draw = (most: number) => most * (2 * random() - 1);
  const { mean, deviation } = moments(data);
  const range = 4 * deviation;
  if (range === 0) return;
  const shift = draw(offset);
  const gain = 1 + draw(contrast);
  const atBlack = 1 + draw(curve);
  const atWhite = 1 + draw(curve);
  // t = 0 at black and 1 at white; c₁t + c₂t² + c₃t³ goes from 0 to 1 with the two slopes
  const black = mean - range / 2;
  const c2 = 3 - 2 * atBlack - atWhite;
  const c3 = atBlack + atWhite - 2;
  const newBlack = black + range * (shift + (1 - gain) / 2);
  const newRange = range * gain;
  for (let i = 0; i < data.length; i++) {
    const t = (data[i] - black) / range;
    let value: number;
    if (t < 0) value = t * atBlack;
    else if (t > 1) value = 1 + (t - 1) * atWhite;
    else value = t * (atBlack + t * (c2 + t * c3));
    data[i] = newBlack + newRange * value;
  }
}

function moments(data: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  const mean = sum / data.length;
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += (data[i] - mean) * (data[i] - mean);
  return { mean, deviation: Math.sqrt(squares / data.length) };
}
