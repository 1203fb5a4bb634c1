import { deformTile, type GreyValueOptions } from "@unet/augmentation";
import { type Image, randomAt } from "@unet/image";
import { describe, expect, test } from "vitest";

const side = 64;
const random = randomAt(1, "grey", 0);
/** Uniform over [−1, 1]: mean 0, deviation 1/√3; black and white lie at ∓2/√3. */
const values = Float32Array.from({ length: side * side }, () => 2 * random() - 1);
values[0] = -4; // beyond black and white the curve goes on straight
values[1] = 4;
const labels = { width: side, height: side, data: new Int32Array(side * side) };

function change(data: Float32Array, greyValues: GreyValueOptions, index = 0): Float32Array {
  const image: Image = { width: side, height: side, channels: 1, data };
  const options = { centre: [32, 32], inputSize: side, outputSize: side, seed: 1, index } as const;
  const off = { elastic: false, rotation: false, flips: false } as const;
  return deformTile({ image, labels }, { ...options, ...off, greyValues }).image.data;
}

/** The largest difference of `changed` from what `formula` makes of the original values. */
function largestError(changed: Float32Array, formula: (value: number) => number): number {
  return Math.max(...changed.map((value, i) => Math.abs(value - formula(values[i]))));
}

const none = { offset: 0, contrast: 0, curve: 0 };
const tiles = Array.from({ length: 300 }, (_, index) => index);
const mean = values.reduce((sum, value) => sum + value) / values.length;
const range = 4 * Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);

describe("each part alone", () => {
  test("all off changes nothing", () => {
    expect(change(values, none)).toEqual(values);
  });

  test("offset moves all values alike, by up to its share of the range", () => {
    const shifts = tiles.map((index) => {
      const changed = change(values, { ...none, offset: 0.05 }, index);
      const shift = changed[0] - values[0];
      expect(largestError(changed, (value) => value + shift)).toBeLessThan(1e-5);
      return shift / range;
    });
    expect(Math.max(...shifts)).toBeLessThan(0.0501);
    expect(Math.max(...shifts)).toBeGreaterThan(0.045);
    expect(Math.min(...shifts)).toBeGreaterThan(-0.0501);
    expect(Math.min(...shifts)).toBeLessThan(-0.045);
  });

  test("contrast scales about the mean", () => {
    const gains = tiles.map((index) => {
      const changed = change(values, { ...none, contrast: 0.1 }, index);
      const gain = (changed[1] - changed[0]) / 8;
      expect(largestError(changed, (value) => mean + gain * (value - mean))).toBeLessThan(1e-5);
      return gain;
    });
    expect(Math.max(...gains)).toBeLessThan(1.1001);
    expect(Math.max(...gains)).toBeGreaterThan(1.09);
    expect(Math.min(...gains)).toBeLessThan(0.91);
  });

  test("the curve keeps black and white and has the drawn slopes there", () => {
    const black = mean - range / 2;
    const white = mean + range / 2;
    for (const index of tiles.slice(0, 50)) {
      const probe = values.slice();
      const changed = change(probe, { ...none, curve: 0.2 }, index);
      const below = (changed[0] - black) / (values[0] - black);
      const above = (changed[1] - white) / (values[1] - white);
      for (const slope of [below, above]) {
        expect(slope).toBeGreaterThan(0.7999);
        expect(slope).toBeLessThan(1.2001);
      }
    }
  });
});

test("is rising: no two grey values change places", () => {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  for (const index of tiles.slice(0, 50)) {
    const changed = change(values, { offset: 0.3, contrast: 0.9, curve: 0.99 }, index);
    const falls = order.filter((at, i) => i > 0 && changed[at] < changed[order[i - 1]]);
    expect(falls).toEqual([]);
  }
});

test("means the same before and after normalisation of the image", () => {
  const scaled = values.map((value) => 50 * value + 120);
  const changed = change(values, {}, 7);
  const back = change(scaled, {}, 7).map((value) => (value - 120) / 50);
  expect(Math.max(...back.map((value, i) => Math.abs(value - changed[i])))).toBeLessThan(1e-5);
});

test("leaves a constant tile as it is", () => {
  const constant = new Float32Array(side * side).fill(0.3);
  expect(change(constant, {})).toEqual(constant);
});
