import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import {
  Optimizer,
  type OptimizerOptions,
  rateAt,
  type ScheduleOptions,
  WeightAverage,
} from "@unet/training";
import { beforeAll, describe, expect, test } from "vitest";

/** Computed by PyTorch; see reference/make-optimizers.py. */
const { start, shapes, gradients, optimizers, schedules } = JSON.parse(
  readFileSync(new URL("fixtures/pytorch-optimizers.json", import.meta.url), "utf8"),
) as {
  start: number[][];
  shapes: number[][];
  gradients: number[][][];
  optimizers: Array<{
    options: OptimizerOptions & { learningRate: number; accumulate: number };
    weights: number[][][];
  }>;
  schedules: Array<{ options: ScheduleOptions; rates: number[] }>;
};

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
});

const variables = () => tf.tidy(() => start.map((values, i) => tf.variable(tf.tensor(values, shapes[i]))));
const valuesOf = (tensors: tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);

/** Largest difference, in units of the larger of 1 and the expected value. */
function difference(found: number[][], expected: number[][]): number {
  const flat = expected.flat();
  return Math.max(
    ...found.flat().map((value, i) => Math.abs(value - flat[i]) / Math.max(1, Math.abs(flat[i]))),
  );
}

describe.each(["cpu", "simd"] as const)("each update leads where PyTorch's does, on %s", (backend) => {
  beforeAll(async () => {
    await useBackend({ prefer: [backend] });
  });

  test.each(optimizers)("$options", ({ options, weights }) => {
    const before = tf.memory().numTensors;
    const ours = variables();
    const optimizer = new Optimizer(ours, options);
    const { learningRate, accumulate } = options;
    weights.forEach((expected, step) => {
      const parts = gradients.slice(step * accumulate, (step + 1) * accumulate);
      const mean = start.map((_, i) =>
        tf.tidy(() => tf.div(tf.addN(parts.map((part) => tf.tensor(part[i], shapes[i]))), accumulate)),
      );
      const norm = Math.hypot(...valuesOf(mean).flat());
      optimizer.update(mean, learningRate, norm);
      tf.dispose(mean);
      expect(difference(valuesOf(ours), expected), `step ${step}`).toBeLessThan(1e-6);
    });
    optimizer.dispose();
    tf.dispose(ours);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test.each(schedules)("the rate of each step is PyTorch's: $options", ({ options, rates }) => {
  rates.forEach((rate, step) => {
    expect(Math.abs(rateAt(options, step) - rate) / rate, `step ${step}`).toBeLessThan(1e-9);
  });
});

test.each(["sgd", "adamw"] as const)("%s goes on from what was read, to the bit", async (name) => {
  const options = { optimizer: name, momentum: 0.9, weightDecay: 0.01, clipNorm: 0 };
  const update = (optimizer: Optimizer, step: number) => {
    const given = gradients[step].map((values, i) => tf.tensor(values, shapes[i]));
    optimizer.update(given, 0.01, 1);
    tf.dispose(given);
  };
  const straight = variables();
  const whole = new Optimizer(straight, options);
  for (let step = 0; step < 6; step++) update(whole, step);

  const stopped = variables();
  const first = new Optimizer(stopped, options);
  for (let step = 0; step < 3; step++) update(first, step);
  const second = new Optimizer(stopped, options);
  second.restore(await first.read(), 3);
  for (let step = 3; step < 6; step++) update(second, step);
  expect(valuesOf(stopped)).toEqual(valuesOf(straight));
  expect(() => second.restore([], 3)).toThrow("the values must fit the variables' shapes [2,3]");
  for (const each of [whole, first, second]) each.dispose();
  tf.dispose([straight, stopped]);
});

test("the moving average follows s ← d·s + (1 − d)·w, and changes places to the bit", async () => {
  const before = tf.memory().numTensors;
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
  const average = new WeightAverage([weight], 0.15);
  const expected = [1, -2];
  for (let n = 0; n < 4; n++) {
    tf.tidy(() => weight.assign(tf.tensor1d([n + 3, n * n])));
    average.update();
    const decay = [0.1, 0.15, 0.15, 0.15][n];
    [n + 3, n * n].forEach((value, i) => {
      expected[i] = decay * expected[i] + (1 - decay) * value;
    });
  }
  average.exchange();
  expect(difference(valuesOf([weight]), [expected])).toBeLessThan(1e-6);
  average.exchange();
  expect(valuesOf([weight])).toEqual([[6, 9]]);
  average.dispose();
  weight.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
