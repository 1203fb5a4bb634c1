import { randomAt } from "@unet/image";

/**
 * A dropout mask of `size` values: 0 with probability `rate`, 1 / (1 − rate) otherwise. It depends on the
 * arguments alone: the same bits on every backend, in Node and in the browser.
 *
 * A map has millions of values, so `randomAt` gives the state only; the generator (sfc32, Chris Doty-Humphrey,
 * PractRand) runs in the loop, and which value comes is computed, not branched on.
 */
export function dropoutMask(
  size: number,
  rate: number,
  { seed, stream, step }: { seed: number; stream: string; step: number },
): Float32Array {
  const random = randomAt(seed, stream, step);
  let [a, b, c] = [random(), random(), random()].map((value) => (value * 2 ** 32) | 0);
  const keep = 1 - rate;
  const kept = 1 / keep;
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const sum = (a + b + i) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    mask[i] = kept * Math.floor((sum >>> 0) / 2 ** 32 + keep);
  }
  return mask;
}
