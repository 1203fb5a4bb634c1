/**
 * Cubic convolution (Keys 1981, a = −½): the weights of the four values around a position that lies `t` beyond the
 * second, 0 ≤ t ≤ 1. `@unet/augmentation` has the same curve as the coefficients of a polynomial and as a kernel;
 * `test/cubic.test.ts` compares the three.
 */
export function setCubicWeights(weights: Float64Array, t: number): void {
  weights[0] = ((2 - t) * t - 1) * t * 0.5;
  weights[1] = ((3 * t - 5) * t * t + 2) * 0.5;
  weights[2] = ((4 - 3 * t) * t + 1) * t * 0.5;
  weights[3] = (t - 1) * t * t * 0.5;
}
