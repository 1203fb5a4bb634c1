import * as tf from "@tensorflow/tfjs-core";
// brings the gradients along
import "@tensorflow/tfjs-layers";
import { expect } from "vitest";

/** A convolution. */
export interface Case {
  x: [number, number, number, number];
  filter: [number, number, number, number];
  strides: [number, number];
  pad: "valid" | "same" | [[0, 0], [number, number], [number, number], [0, 0]];
  dilations: [number, number];
}

/** What is computed, as name → values. */
export type Results = Record<string, Float32Array>;

/** Forward pass with and without fusion, and gradients where the convolution has them, on one backend. */
export async function compute(
  backend: string,
  { x, filter, strides, pad, dilations }: Case,
): Promise<Results> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(() => {
    const input = tf.tensor4d(noise(x, 1), x);
    const weights = tf.tensor4d(noise(filter, 2), filter);
    const bias = tf.tensor1d(noise([filter[3]], 3));
    const convolve = (a: tf.Tensor4D, b: tf.Tensor4D) =>
      tf.conv2d(a, b, strides, pad as "valid", "NHWC", dilations);
    const y = convolve(input, weights);
    const results: Record<string, tf.Tensor> = { y };
    results.relu = tf.fused.conv2d({
      x: input,
      filter: weights,
      strides,
      pad: pad as "valid",
      dilations,
      bias,
      activation: "relu",
    });
    if (dilations[0] * dilations[1] === 1) {
      const dy = tf.tensor4d(noise(y.shape, 4), y.shape);
      const [dx, dw] = tf.grads((a, b) => convolve(a as tf.Tensor4D, b as tf.Tensor4D))([input, weights], dy);
      Object.assign(results, { dx, dw });
    }
    return results;
  });
  const values = Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()]);
  tf.dispose(tensors);
  return Object.fromEntries(values);
}

/** Values from 0 to 1 (mulberry32). */
export function randomAt(seed: number, stream: number, index: number): () => number {
  let state = seed + 7919 * stream + 104_729 * index;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values from −1 to 1. */
export function noise(shape: number[], stream: number): Float32Array {
  const random = randomAt(7, stream, shape[0]);
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * random() - 1);
}

/** The largest difference, as a part of the largest value. */
export function error(ours: Float32Array, theirs: Float32Array): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    const distance = Math.abs(ours[i] - theirs[i]);
    if (!(distance <= difference)) difference = distance;
    largest = Math.max(largest, Math.abs(theirs[i]));
  }
  return difference / (largest || 1);
}

/** That `simd` and `cpu` compute the same. */
export async function expectSame(given: Case) {
  const [ours, theirs] = [await compute("simd", given), await compute("cpu", given)];
  for (const name of Object.keys(theirs)) {
    expect(ours[name].length).toBe(theirs[name].length);
    expect(error(ours[name], theirs[name]), `${name} of ${JSON.stringify(given)}`).toBeLessThan(1e-5);
  }
}

/** What most convolutions have. */
export const usual = { strides: [1, 1], pad: "valid", dilations: [1, 1] } as const satisfies Partial<Case>;
