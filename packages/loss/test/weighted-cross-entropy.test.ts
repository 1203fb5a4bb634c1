import { readFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { randomAt } from "@unet/image";
import { weightedCrossEntropy } from "@unet/loss";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let tensors = 0;
beforeEach(() => {
  tensors = tf.memory().numTensors;
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(tensors);
});

/** A random problem of 2 × 3 × 4 pixels and 3 classes, with ignored pixels. */
function problem(scale = 1) {
  const random = randomAt(1, "loss", 0);
  const logits = Array.from({ length: 72 }, () => (random() * 8 - 4) * scale);
  const labels = Array.from({ length: 24 }, () => Math.floor(random() * 4) - 1);
  const weights = Array.from({ length: 24 }, () => random() * 5);
  return { logits, labels, weights };
}

/** The definition in double precision: loss and its gradient. */
function definition({ logits, labels, weights }: ReturnType<typeof problem>, reduction = "mean") {
  const counted = weights.map((weight, i) => (labels[i] < 0 ? 0 : weight));
  const norm = reduction === "mean" ? counted.reduce((a, b) => a + b) : 1;
  const gradient: number[] = [];
  let loss = 0;
  labels.forEach((label, i) => {
    const scores = logits.slice(3 * i, 3 * i + 3);
    const largest = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    if (label >= 0) loss += (counted[i] / norm) * (Math.log(total) + largest - scores[label]);
    scores.forEach((score, c) => {
      gradient.push((counted[i] / norm) * (Math.exp(score - largest) / total - (c === label ? 1 : 0)));
    });
  });
  return { loss, gradient };
}

function toTensors({ logits, labels, weights }: ReturnType<typeof problem>) {
  return {
    logits: tf.tensor4d(logits, [2, 3, 4, 3]),
    labels: tf.tensor3d(labels, [2, 3, 4], "int32"),
    weights: tf.tensor3d(weights, [2, 3, 4]),
  };
}

function lossAndGradient(given: ReturnType<typeof problem>, reduction: "mean" | "sum" = "mean") {
  const { logits, labels, weights } = toTensors(given);
  const energy = (scores: tf.Tensor) =>
    weightedCrossEntropy(scores as tf.Tensor4D, labels, weights, { reduction });
  const { value, grad } = tf.valueAndGrad(energy)(logits);
  return { loss: value.dataSync()[0], gradient: [...grad.dataSync()] };
}

function expectClose(ours: number[], truth: number[], tolerance: number) {
  const scale = Math.max(...truth.map(Math.abs));
  truth.forEach((value, i) => {
    expect(Math.abs(ours[i] - value)).toBeLessThanOrEqual(tolerance * scale);
  });
}

describe.each(["mean", "sum"] as const)("reduction %s", (reduction) => {
  test("equals the definition in double precision, loss and gradient", () => {
    const ours = lossAndGradient(problem(), reduction);
    const truth = definition(problem(), reduction);
    expect(Math.abs(ours.loss - truth.loss)).toBeLessThanOrEqual(1e-6 * truth.loss);
    expectClose(ours.gradient, truth.gradient, 1e-6);
  });

  test("the gradient is the slope: central finite differences of the loss", () => {
    const given = problem();
    const { gradient } = lossAndGradient(given, reduction);
    const slopes = given.logits.map((value, i) => {
      const at = (step: number) =>
        definition({ ...given, logits: given.logits.with(i, value + step) }, reduction);
      return (at(1e-5).loss - at(-1e-5).loss) / 2e-5;
    });
    expectClose(gradient, slopes, 1e-6);
  });

  test("logits of ±10⁴ give finite values", () => {
    const ours = lossAndGradient(problem(2500), reduction);
    const truth = definition(problem(2500), reduction);
    expect(Math.abs(ours.loss - truth.loss)).toBeLessThanOrEqual(1e-6 * truth.loss);
    expectClose(ours.gradient, truth.gradient, 1e-6);
  });

  test("no weight at all: loss and gradient are 0", () => {
    const ours = lossAndGradient({ ...problem(), weights: new Array(24).fill(0) }, reduction);
    expect(ours.loss).toBe(0);
    expect(ours.gradient.every((value) => value === 0)).toBe(true);
  });

  test("only ignored pixels, whatever they weigh: loss and gradient are 0", () => {
    const ours = lossAndGradient({ ...problem(), labels: new Array(24).fill(-1) }, reduction);
    expect(ours.loss).toBe(0);
    expect(ours.gradient.every((value) => value === 0)).toBe(true);
  });
});

test("equals PyTorch: loss, and gradient summed over the pixels of each class", () => {
  const file = join(import.meta.dirname, "fixtures/pytorch-loss.json");
  const { logits, label, weightMap, loss, gradientByClass } = JSON.parse(readFileSync(file, "utf8"));
  const scores = tf.transpose(tf.tensor4d(logits, [1, 2, 4, 4]), [0, 2, 3, 1]);
  const labels = tf.tensor3d(label, [1, 4, 4], "int32");
  const weights = tf.tensor3d(weightMap, [1, 4, 4]);
  const energy = (x: tf.Tensor) => weightedCrossEntropy(x as tf.Tensor4D, labels, weights);
  const { value, grad } = tf.valueAndGrad(energy)(scores);
  expect(Math.abs(value.dataSync()[0] - loss)).toBeLessThanOrEqual(1e-5 * loss);
  expectClose([...tf.sum(grad, [0, 1, 2]).dataSync()], gradientByClass, 1e-5);
});

test("an ignored pixel counts nothing even where its weight is not a number", () => {
  const given = problem();
  const weights = given.weights.map((weight, i) => (given.labels[i] < 0 ? Number.NaN : weight));
  expect(given.labels).toContain(-1);
  expect(lossAndGradient({ ...given, weights })).toEqual(lossAndGradient(given));
});

test("the gradient is scaled by what comes from above", () => {
  const { logits, labels, weights } = toTensors(problem());
  const energy = (scores: tf.Tensor) => weightedCrossEntropy(scores as tf.Tensor4D, labels, weights);
  const { gradient } = definition(problem());
  expectClose(
    [...tf.grad(energy)(logits, tf.scalar(2)).dataSync()],
    gradient.map((value) => 2 * value),
    1e-6,
  );
});

test("keeps no tensors but its result", () => {
  const { logits, labels, weights } = toTensors(problem());
  const before = tf.memory().numTensors;
  const loss = weightedCrossEntropy(logits, labels, weights);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(loss.shape).toEqual([]);
});

describe("wrong input", () => {
  const { logits, labels, weights } = problem();
  const scores = () => tf.tensor4d(logits, [2, 3, 4, 3]);
  const truth = () => tf.tensor3d(labels, [2, 3, 4], "int32");
  const weight = () => tf.tensor3d(weights, [2, 3, 4]);

  test("shapes that don't fit", () => {
    const flat = tf.reshape(scores(), [24, 3]) as unknown as tf.Tensor4D;
    expect(() => weightedCrossEntropy(flat, truth(), weight())).toThrow(
      "weightedCrossEntropy: logits must be [batch, height, width, classes], got shape [24,3]",
    );
    expect(() => weightedCrossEntropy(scores(), truth(), tf.ones([2, 3, 5]))).toThrow(
      "weightedCrossEntropy: weights must have shape [2,3,4] like the logits' pixels, got [2,3,5]",
    );
    expect(() => weightedCrossEntropy(scores(), scores() as unknown as tf.Tensor3D, weight())).toThrow(
      "weightedCrossEntropy: labels must have shape [2,3,4] like the logits' pixels, got [2,3,4,3]",
    );
  });

  test("labels that aren't integers, a reduction that doesn't exist", () => {
    expect(() => weightedCrossEntropy(scores(), weight(), weight())).toThrow(
      new TypeError("weightedCrossEntropy: labels must be an int32 tensor, got float32"),
    );
    const reduction = "median" as "mean";
    expect(() => weightedCrossEntropy(scores(), truth(), weight(), { reduction })).toThrow(
      'weightedCrossEntropy: reduction must be "mean" or "sum", got "median"',
    );
  });
});
