import { expect, test } from "vitest";
import { cubicBases } from "../packages/augmentation/src/deform/cubic.js";
import { warp } from "../packages/augmentation/src/deform/warp.js";
import { setCubicWeights } from "../packages/inference/src/test-time-augmentation/cubic-weights.js";

const positions = Array.from({ length: 17 }, (_, i) => i / 16);

/** Weights of four values by the polynomial's coefficients. */
const byPolynomial = (t: number) =>
  [0, 1, 2, 3].map((p) => cubicBases.bicubic.reduce((sum, row, k) => sum + row[p] * t ** k, 0));

/** Weights of four values, as the kernel takes them: what it makes of each value by itself, `t` beyond the second. */
const byKernel = (t: number) =>
  [0, 1, 2, 3].map((p) => {
    const data = new Float32Array(12).fill(0);
    data[4 + p] = 1;
    const shift = { width: 12, height: 1, dy: new Float32Array(12), dx: new Float32Array(12).fill(t) };
    return warp({ width: 12, height: 1, channels: 1, data }, shift, { interpolation: "bicubic" }).data[5];
  });

// Packages that don't import each other have Keys' cubic convolution (a = −½) three times.
test("cubic convolution is the same in test-time augmentation, displacement grids and the sampling kernel", () => {
  const weights = new Float64Array(4);
  for (const t of positions) {
    setCubicWeights(weights, t);
    for (const [p, weight] of byPolynomial(t).entries()) expect(weight).toBeCloseTo(weights[p], 14);
    // at t = 1 the second of the four becomes the first
    if (t < 1) for (const [p, weight] of byKernel(t).entries()) expect(weight).toBeCloseTo(weights[p], 6);
  }
  setCubicWeights(weights, 0.5);
  expect([...weights]).toEqual([-1 / 16, 9 / 16, 9 / 16, -1 / 16]);
});
