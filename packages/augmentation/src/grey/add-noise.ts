import { normal, randomAt } from "@unet/image";

/**
 * Adds Gaussian noise in place. Each value takes the sum of two of 4096 deviates, drawn by one random number:
 * 16 million different ones, normal to beyond 4 deviations, without a logarithm a pixel.
 */
export function addNoise(data: Float32Array, deviation: number, random: () => number): void {
  const table = deviates();
  const scale = deviation / Math.SQRT2;
  for (let i = 0; i < data.length; i++) {
    const bits = random() * 2 ** 24;
    data[i] += scale * (table[bits & 4095] + table[bits >>> 12]);
  }
}

let made: Float64Array | undefined;

/** 2048 deviates drawn once for all, brought to deviation 1, and their opposites. */
function deviates(): Float64Array {
  if (made) return made;
  const draw = normal(randomAt(0, "noise table", 0));
  const half = Float64Array.from({ length: 2048 }, draw);
  const deviation = Math.sqrt(half.reduce((sum, value) => sum + value * value, 0) / half.length);
  made = Float64Array.from({ length: 4096 }, (_, i) => (i < 2048 ? half[i] : -half[i - 2048]) / deviation);
  return made;
}
