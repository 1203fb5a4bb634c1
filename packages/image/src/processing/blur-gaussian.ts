import { mirrorIndex } from "../geometry/mirror.js";
import type { Image } from "../image.js";

/**
 * Blurs in place by a Gaussian of `deviation` px, cut off at 3 deviations, each channel by itself: along rows,
 * then along columns, mirrored beyond the border. 0 leaves the image as it is.
 *
 * @param image grey values or scores; overwritten
 */
export function blurGaussian(
  { width, height, channels, data }: Image<Float32Array>,
  deviation: number,
): void {
  const radius = Math.ceil(3 * deviation);
  if (radius === 0) return;
  const kernel = gaussianKernel(deviation, radius);
  const stride = width * channels;
  // whole rows at once, in the order they lie in memory
  const sums = new Float64Array(stride);
  const add = (weight: number, from: Float32Array, start: number) => {
    for (let i = 0; i < stride; i++) sums[i] += weight * from[start + i];
  };
  const row = new Float32Array((width + 2 * radius) * channels);
  for (let y = 0; y < height; y++) {
    const line = data.subarray(y * stride, (y + 1) * stride);
    row.set(line, radius * channels);
    for (let x = 1; x <= radius; x++) {
      for (const outside of [-x, width - 1 + x]) {
        const from = mirrorIndex(outside, width) * channels;
        for (let c = 0; c < channels; c++) row[(radius + outside) * channels + c] = line[from + c];
      }
    }
    sums.fill(0);
    for (let k = 0; k < kernel.length; k++) add(kernel[k], row, k * channels);
    line.set(sums);
  }
  const across = data.slice();
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = 0; k < kernel.length; k++) {
      add(kernel[k], across, mirrorIndex(y + k - radius, height) * stride);
    }
    data.set(sums, y * stride);
  }
}

function gaussianKernel(deviation: number, radius: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((total, value) => total + value);
  return kernel.map((value) => value / sum);
}
