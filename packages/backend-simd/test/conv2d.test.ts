import * as tf from "@tensorflow/tfjs-core";
import { setThreads } from "@unet/backend-simd";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Case,
  compute,
  error,
  expectSame,
  noise,
  type Results,
  randomAt,
  usual,
} from "./against-cpu.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
  (tf.backend() as { firstUse?: boolean }).firstUse = false; // no advertisement
  setThreads(2);
  await tf.setBackend("simd");
});

describe("a U-Net's convolutions are those of tfjs-backend-cpu:", () => {
  const cases: [string, Case][] = [
    ["the first", { ...usual, x: [2, 21, 18, 1], filter: [3, 3, 1, 8] }],
    ["3×3, whole tiles", { ...usual, x: [1, 18, 22, 8], filter: [3, 3, 8, 16] }],
    ["3×3, tiles in part", { ...usual, x: [2, 9, 39, 12], filter: [3, 3, 12, 20] }],
    ["3×3, padded", { ...usual, x: [2, 9, 12, 16], filter: [3, 3, 16, 28], pad: "same" }],
    ["3×3, many channels", { ...usual, x: [1, 16, 17, 132], filter: [3, 3, 132, 12], pad: "same" }],
    ["3×3, many filters", { ...usual, x: [1, 18, 17, 12], filter: [3, 3, 12, 144], pad: "same" }],
    ["3×3, a few pixels", { ...usual, x: [2, 4, 4, 132], filter: [3, 3, 132, 204] }],
    ["3×3, a small map", { ...usual, x: [2, 9, 10, 16], filter: [3, 3, 16, 28] }],
    [
      "3×3, a small map of many channels",
      { ...usual, x: [1, 6, 7, 132], filter: [3, 3, 132, 12], pad: "same" },
    ],
    [
      "3×3, a small map and many filters",
      { ...usual, x: [1, 8, 7, 12], filter: [3, 3, 12, 204], pad: "same" },
    ],
    ["1×1 to classes", { ...usual, x: [1, 19, 23, 16], filter: [1, 1, 16, 2] }],
    ["2×2, stride 2", { ...usual, x: [2, 12, 22, 8], filter: [2, 2, 8, 16], strides: [2, 2] }],
  ];
  test.each(cases)("%s", (_, given) => expectSame(given));
});

test("any convolutions are those of tfjs-backend-cpu", { timeout: 300_000 }, async () => {
  for (let index = 0; index < 240; index++) {
    const random = randomAt(25, 0, index);
    const pick = <T>(...from: T[]) => from[Math.floor(random() * from.length)];
    const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
    const channels = () => pick(1, 2, 3, 4, 5, 8, 12, 13, 16, 20, 24);
    const size = pick([1, 1], [2, 2], [3, 3], [3, 3], [3, 3], [5, 5], [3, 2], [1, 4]);
    const strides: [number, number] = pick([1, 1], [1, 1], [2, 2], [3, 3], [1, 2]);
    const mayDilate = strides[0] * strides[1] === 1;
    const dilations: [number, number] = mayDilate ? pick([1, 1], [1, 1], [2, 2], [1, 3]) : [1, 1];
    const around = (): [number, number] => [whole(0, 3), whole(0, 3)];
    const pad = pick<Case["pad"]>("valid", "same", [[0, 0], around(), around(), [0, 0]]);
    const most = pick(8, 8, 24);
    const reach = (axis: 0 | 1) => (size[axis] - 1) * dilations[axis] + 1;
    const [inputs, outputs] = [channels(), channels()];
    await expectSame({
      x: [whole(1, 2), reach(0) + whole(0, most), reach(1) + whole(0, most + 1), inputs],
      filter: [size[0], size[1], inputs, outputs],
      strides,
      pad,
      dilations,
    });
  }
});

test("transposed convolutions and their gradients are those of tfjs-backend-cpu", async () => {
  const compute = async (backend: string, channels: number, filters: number, filter: number) => {
    await tf.setBackend(backend);
    const results = tf.tidy(() => {
      const x = tf.tensor4d(noise([2, 5, 9, channels], 1), [2, 5, 9, channels]);
      const size: [number, number, number, number] = [filter, filter, filters, channels];
      const weights = tf.tensor4d(noise(size, 2), size);
      const up = (a: tf.Tensor4D, b: tf.Tensor4D) =>
        tf.conv2dTranspose(a, b, [2, 10, 18, filters], 2, "same");
      const y = up(x, weights);
      const dy = tf.tensor4d(noise(y.shape, 3), y.shape);
      return [y, ...tf.grads((a, b) => up(a as tf.Tensor4D, b as tf.Tensor4D))([x, weights], dy)];
    });
    const values = results.map((tensor) => tensor.dataSync() as Float32Array);
    tf.dispose(results);
    return values;
  };
  for (const [channels, filters] of [
    [16, 8],
    [3, 5],
    [64, 32],
    [2, 1],
  ]) {
    for (const filter of [2, 3]) {
      const ours = await compute("simd", channels, filters, filter);
      const theirs = await compute("cpu", channels, filters, filter);
      for (const [i, values] of theirs.entries()) expect(error(ours[i], values)).toBeLessThan(1e-5);
    }
  }
});

test("bias and ReLU in one, and what is theirs of its gradient, are those of tfjs-backend-cpu", async () => {
  for (const [x, filter] of [
    [
      [2, 9, 14, 8],
      [3, 3, 8, 12],
    ],
    [
      [1, 70, 33, 3],
      [3, 3, 3, 7],
    ],
  ] as [Case["x"], Case["filter"]][]) {
    const [input, weights, bias] = [noise(x, 1), noise(filter, 2), noise([filter[3]], 3)];
    const outcome = (y: tf.Tensor, dz: tf.Tensor, db: tf.Tensor) =>
      [y, dz, db].map((tensor) => tensor.dataSync() as Float32Array);
    await tf.setBackend("simd");
    const ours = tf.tidy(() => {
      const inputs = { x: tf.tensor(input, x), filter: tf.tensor(weights, filter), bias: tf.tensor1d(bias) };
      const attributes = { strides: [1, 1], pad: "same" };
      const y = tf.engine().runKernel("UNetConv2DBiasRelu", inputs, attributes) as tf.Tensor;
      const dy = tf.tensor(noise(y.shape, 4), y.shape);
      const [dz, db] = tf.engine().runKernel("UNetReluBiasGradient", { dy, y }) as unknown as tf.Tensor[];
      return outcome(y, dz, db);
    });
    await tf.setBackend("cpu");
    const theirs = tf.tidy(() => {
      const y = tf.relu(
        tf.add(tf.conv2d(tf.tensor4d(input, x), tf.tensor4d(weights, filter), 1, "same"), tf.tensor1d(bias)),
      );
      const dz = tf.mul(tf.tensor(noise(y.shape, 4), y.shape), tf.step(y));
      return outcome(y, dz, tf.sum(dz, [0, 1, 2]));
    });
    for (const [i, values] of theirs.entries()) expect(error(ours[i], values)).toBeLessThan(1e-5);
  }
});

test("Winograd's transform loses less than 4e-6 of the largest value, however many channels there are", async () => {
  await tf.setBackend("simd");
  const [side, outputs] = [18, 16];
  for (const channels of [16, 128, 1024]) {
    const shape: Case["x"] = [1, side, side, channels];
    const [x, filter] = [noise(shape, 1), noise([3, 3, channels, 4], 2)];
    const y = tf.tidy(() =>
      tf.conv2d(tf.tensor4d(x, shape), tf.tensor4d(filter, [3, 3, channels, 4]), 1, "valid").dataSync(),
    ) as Float32Array;
    const exact = y.map((_, index) => {
      const [pixels, k] = [Math.floor(index / 4), index % 4];
      const [row, column] = [Math.floor(pixels / outputs), pixels % outputs];
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        const pixel = (row + Math.floor(tap / 3)) * side + column + (tap % 3);
        for (let c = 0; c < channels; c++) {
          sum += x[pixel * channels + c] * filter[(tap * channels + c) * 4 + k];
        }
      }
      return sum;
    });
    expect(error(y, exact)).toBeLessThan(4e-6);
  }
});

test("filters that are used again are transformed once, and their transform goes with them", async () => {
  await tf.setBackend("simd");
  const used = () => (tf.memory() as tf.MemoryInfo & { numBytesInMemory: number }).numBytesInMemory;
  const x = tf.tensor4d(noise([1, 20, 20, 16], 1), [1, 20, 20, 16]);
  const convolve = (filter: tf.Tensor4D) => {
    const y = tf.conv2d(x, filter, 1, "valid");
    const values = y.dataSync();
    y.dispose();
    return values;
  };
  const ones = tf.ones([3, 3, 16, 8]) as tf.Tensor4D;
  convolve(ones); // scratch for the threads
  ones.dispose();
  const before = used();
  for (const stream of [2, 3]) {
    const filter = tf.tensor4d(noise([3, 3, 16, 8], stream), [3, 3, 16, 8]);
    const first = convolve(filter);
    const once = used();
    expect(convolve(filter)).toEqual(first);
    expect(used() - once).toBe(36 * 16 * 8 * 4);
    expect(convolve(filter)).toEqual(first);
    expect(used() - once).toBe(36 * 16 * 8 * 4);
    filter.dispose();
    expect(used()).toBe(before);
  }
  x.dispose();
});

test.each([
  ["a large map", 40, 64],
  ["a small map", 10, 196],
])("the same bits for any number of threads: %s", async (_, side, filters) => {
  const given: Case = { ...usual, x: [1, side, side + 1, 32], filter: [3, 3, 32, filters], pad: "same" };
  const results: Results[] = [];
  for (const threads of [1, 2, 3]) {
    setThreads(threads);
    results.push(await compute("simd", given));
  }
  setThreads(2);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});
