import * as tf from "@tensorflow/tfjs-core";
// brings the gradients along
import "@tensorflow/tfjs-layers";
import { describeSimd, setThreads } from "@unet/backend-simd";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  setThreads(2);
  expect(await tf.setBackend("simd")).toBe(true);
});

test("tells what it computes with", () => {
  expect(describeSimd()).toEqual({ threads: 2, relaxed: true });
  expect(() => setThreads(0)).toThrow("setThreads: count must be a whole number from 1 to 64, got 0");
});

test("every kernel of tfjs-backend-cpu is there", () => {
  const names = (backend: string) => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
  const ours = new Set(names("simd"));
  expect(names("cpu").length).toBeGreaterThan(150);
  expect(names("cpu").filter((name) => !ours.has(name))).toEqual([]);
});

describe("values", () => {
  test("are what was given, whatever becomes of the array", () => {
    const given = new Float32Array([1, -2, 3]);
    const tensor = tf.tensor1d(given);
    given.fill(0);
    expect(Array.from(tensor.dataSync())).toEqual([1, -2, 3]);
    const read = tensor.dataSync();
    read.fill(9);
    expect(Array.from(tensor.dataSync())).toEqual([1, -2, 3]);
    tensor.dispose();
  });

  test("handed out are in no shared memory, also those of parts that the CPU's kernels only point at", () => {
    tf.tidy(() => {
      const tensor = tf.tensor2d([1, -2, 3, -4], [2, 2]);
      for (const t of [tensor, tf.slice(tensor, 1, 1), tf.relu(tensor), tf.reshape(tensor, [4])]) {
        expect(t.dataSync().buffer).toBeInstanceOf(ArrayBuffer);
      }
    });
  });

  test("survive the memory that they were cut from", () => {
    const whole = tf.tensor1d([1, 2, 3, 4]);
    const part = tf.slice(whole, 2, 2);
    whole.dispose();
    const other = tf.tensor1d([9, 9, 9, 9]);
    expect(Array.from(part.dataSync())).toEqual([3, 4]);
    tf.dispose([part, other]);
  });

  test("of every type", () => {
    tf.tidy(() => {
      expect(Array.from(tf.tensor1d([1, 2], "int32").dataSync())).toEqual([1, 2]);
      expect(Array.from(tf.tensor1d([true, false]).dataSync())).toEqual([1, 0]);
      expect(tf.tensor1d(["a", "ß"]).dataSync()).toEqual(["a", "ß"]);
      const complex = tf.complex([1, 2], [3, 4]);
      expect(Array.from(complex.dataSync())).toEqual([1, 3, 2, 4]);
      expect(Array.from(tf.mul(complex, complex).dataSync())).toEqual([-8, 6, -12, 16]);
      expect(Array.from(tf.tensor([], [0, 3]).dataSync())).toEqual([]);
    });
  });

  test("move from another backend and back", async () => {
    await tf.setBackend("cpu");
    (tf.backend() as { firstUse?: boolean }).firstUse = false; // no advertisement
    const tensor = tf.tensor1d([1, -1]);
    await tf.setBackend("simd");
    const rectified = tf.relu(tensor);
    expect(Array.from(rectified.dataSync())).toEqual([1, 0]);
    await tf.setBackend("cpu");
    expect(Array.from(tf.add(rectified, tensor).dataSync())).toEqual([2, -1]);
    await tf.setBackend("simd");
    tf.dispose([tensor, rectified]);
  });
});

test("a layer trains by the CPU's kernels where there are no others, and its memory is used again", () => {
  const weights = tf.variable(tf.tensor2d([[0.5], [-0.5]]));
  const x = tf.tensor2d([
    [1, 2],
    [3, 4],
    [-1, 1],
  ]);
  const y = tf.tensor2d([[3], [7], [0]]);
  const optimizer = tf.train.sgd(0.02);
  const step = () => optimizer.minimize(() => tf.losses.meanSquaredError(y, tf.matMul(x, weights)));
  step();
  const before = tf.memory() as tf.MemoryInfo & { numBytesInMemory: number };
  for (let i = 0; i < 500; i++) step();
  expect(Array.from(weights.dataSync(), (value) => Math.round(value * 1000) / 1000)).toEqual([1, 1]);
  expect(tf.memory()).toMatchObject({
    unreliable: false,
    numTensors: before.numTensors,
    numBytesInMemory: before.numBytesInMemory,
  });
  tf.dispose([weights, x, y]);
  optimizer.dispose();
});
