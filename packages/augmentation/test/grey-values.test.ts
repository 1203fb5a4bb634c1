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

const none = { black: 0, white: 0, slope: 0 };
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

  /** Levels and slopes of the curve at black (pixel 0 lies below it) and at white (pixel 1 lies above). */
  const curveOf = (options: GreyValueOptions, index: number) => {
    const probe = values.slice();
    probe[2] = black;
    probe[3] = white;
    const changed = change(probe, options, index).map((value) => (value - black) / range);
    const at = probe.map((value) => (value - black) / range);
    return {
      levels: [changed[2], changed[3]],
      slopes: [(changed[0] - changed[2]) / (at[0] - at[2]), (changed[1] - changed[3]) / (at[1] - at[3])],
    };
  };
  const black = mean - range / 2;
  const white = mean + range / 2;
  const spread = (numbers: number[], low: number, high: number) => {
    const tenth = (high - low) / 10;
    expect(Math.min(...numbers)).toBeGreaterThan(low - 1e-3);
    expect(Math.min(...numbers)).toBeLessThan(low + tenth);
    expect(Math.max(...numbers)).toBeLessThan(high + 1e-3);
    expect(Math.max(...numbers)).toBeGreaterThan(high - tenth);
  };

  test("by default black goes to −0.05 … 0.05, white to 0.95 … 1.05, and the slopes there are 0.8 … 1.2", () => {
    const curves = tiles.map((index) => curveOf({}, index));
    spread(
      curves.map(({ levels }) => levels[0]),
      -0.05,
      0.05,
    );
    spread(
      curves.map(({ levels }) => levels[1]),
      0.95,
      1.05,
    );
    for (const end of [0, 1]) {
      spread(
        curves.map(({ slopes }) => slopes[end]),
        0.8,
        1.2,
      );
    }
  });

  test("the slopes alone leave black and white where they are", () => {
    for (const index of tiles.slice(0, 20)) {
      const { levels } = curveOf({ ...none, slope: 0.2 }, index);
      expect(levels[0]).toBeCloseTo(0, 3);
      expect(levels[1]).toBeCloseTo(1, 3);
    }
  });

  test("noise is normal, of a deviation up to its share of the range, and different in every tile", () => {
    const deviations = tiles.map((index) => {
      const changed = change(values, { ...none, noise: 0.1 }, index);
      const noise = changed.map((value, i) => (value - values[i]) / range);
      const power = (k: number) => noise.reduce((sum, value) => sum + value ** k, 0) / noise.length;
      const deviation = Math.sqrt(power(2));
      expect(Math.abs(power(1))).toBeLessThan((5 * deviation) / side);
      expect(Math.abs(power(3) / deviation ** 3)).toBeLessThan((5 * Math.sqrt(6)) / side);
      expect(Math.abs(power(4) / deviation ** 4 - 3)).toBeLessThan((6 * Math.sqrt(24)) / side);
      return deviation;
    });
    spread(deviations, 0, 0.1);
  });

  test("blur is a Gaussian that keeps the mean, of a deviation up to what was asked", () => {
    const point = new Float32Array(side * side);
    point[32 * side + 32] = 1;
    const deviations = tiles.map((index) => {
      const blurred = change(point, { ...none, blur: 2 }, index);
      let [sum, square, lopsided] = [0, 0, 0];
      for (let i = 0; i < blurred.length; i++) {
        sum += blurred[i];
        square += blurred[i] * ((i % side) - 32) ** 2;
        // round: rows and columns alike
        const mirrored = blurred[(i % side) * side + Math.floor(i / side)];
        lopsided = Math.max(lopsided, Math.abs(blurred[i] - mirrored));
      }
      expect(lopsided).toBeLessThan(1e-6);
      expect(sum).toBeCloseTo(1, 4);
      return Math.sqrt(square);
    });
    // cut off at 3 deviations
    spread(deviations, 0, 2);
  });

  test("blur mirrors the border, and keeps channels apart", () => {
    const two = new Float32Array(2 * side * side);
    for (let i = 0; i < side * side; i++) {
      two[2 * i] = values[i];
      two[2 * i + 1] = 5;
    }
    const image: Image = { width: side, height: side, channels: 2, data: two };
    const options = { centre: [32, 32], inputSize: side, outputSize: side, seed: 1, index: 3 } as const;
    const off = { elastic: false, rotation: false, flips: false } as const;
    const { data } = deformTile(
      { image, labels },
      { ...options, ...off, greyValues: { ...none, blur: 2 } },
    ).image;
    const alone = change(values, { ...none, blur: 2 }, 3);
    for (let i = 0; i < side * side; i++) {
      expect(data[2 * i]).toBeCloseTo(alone[i], 5);
      expect(data[2 * i + 1]).toBeCloseTo(5, 5);
    }
  });
});

test("is rising: no two grey values change places", () => {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  for (const index of tiles.slice(0, 50)) {
    const changed = change(
      values,
      { offset: 0.3, contrast: 0.9, black: 0.49, white: 0.49, slope: 0.99 },
      index,
    );
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
