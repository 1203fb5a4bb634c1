import { readFileSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// as @tensorflow/tfjs-layers does; only sums of losses need it
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { randomAt } from "@unet/image";
import {
  diceLoss,
  focalLoss,
  type PixelLoss,
  sumLosses,
  tverskyLoss,
  weightedCrossEntropy,
} from "@unet/loss";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface Result {
  value: number;
  gradient: number[];
}

interface Problem {
  logits: number[];
  labels: number[];
  weights: number[];
  results: (Result & { loss: keyof typeof losses; options: object })[];
}

const losses = { weightedCrossEntropy, focalLoss, tverskyLoss, diceLoss };

/** Made by reference/make-losses.py with PyTorch in float64. */
const { shape, problems, crossEntropyByClass } = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/pytorch-losses.json"), "utf8"),
) as {
  shape: [number, number, number, number];
  problems: Record<"usual" | "extreme" | "absent", Problem>;
  crossEntropyByClass: Result & { classWeights: number[] };
};
const { usual, extreme, absent } = problems;

let tensors = 0;
beforeEach(() => {
  tensors = tf.memory().numTensors;
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(tensors);
});

type Given = Pick<Problem, "logits" | "labels" | "weights">;

function tensorsOf({ logits, labels, weights }: Given) {
  const [batch, height, width, classes] = shape;
  return [
    tf.tensor4d(logits, [batch, height, width, classes]),
    tf.tensor3d(labels, [batch, height, width], "int32"),
    tf.tensor3d(weights, [batch, height, width]),
  ] as const;
}

function lossAndGradient(loss: PixelLoss, given: Given): Result {
  const [logits, labels, weights] = tensorsOf(given);
  const { value, grad } = tf.valueAndGrad((scores) => loss(scores as tf.Tensor4D, labels, weights))(logits);
  return { value: value.dataSync()[0], gradient: [...grad.dataSync()] };
}

/** Largest difference over the largest value of the reference. */
function expectClose(ours: number[], truth: number[], tolerance: number): void {
  expect(ours.length).toBe(truth.length);
  const largest = Math.max(...truth.map(Math.abs));
  const worst = Math.max(...truth.map((value, i) => Math.abs(ours[i] - value)));
  expect(worst).toBeLessThanOrEqual(tolerance * largest);
}

function expectSame(ours: Result, truth: Result, tolerance = 1e-5): void {
  expectClose([ours.value], [truth.value], tolerance);
  expectClose(ours.gradient, truth.gradient, tolerance);
}

describe.each(Object.entries(problems))("equals PyTorch, loss and gradient: %s scores", (_, given) => {
  test.each(given.results.map((result) => [result.loss, result.options, result] as const))(
    "%s %j",
    (name, options, result) => {
      const loss: PixelLoss = (...pixels) => losses[name](...pixels, options);
      expectSame(lossAndGradient(loss, given), result);
    },
  );
});

test("the extreme scores are of ±10⁴, and some weight is on them", () => {
  expect(Math.max(...extreme.logits)).toBe(1e4);
  expect(Math.min(...extreme.logits)).toBe(-1e4);
  for (const { gradient } of extreme.results) expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0);
});

test("one weight a class at its pixels is PyTorch's cross_entropy with weight", () => {
  const { classWeights } = crossEntropyByClass;
  const weights = usual.labels.map((label) => classWeights[label] ?? 0);
  expectSame(lossAndGradient(weightedCrossEntropy, { ...usual, weights }), crossEntropyByClass);
});

const variants: [string, PixelLoss][] = [
  ["weightedCrossEntropy", weightedCrossEntropy],
  ["focalLoss", focalLoss],
  ["focalLoss, gamma 0.5", (...given) => focalLoss(...given, { gamma: 0.5 })],
  ["tverskyLoss", tverskyLoss],
  ["diceLoss", diceLoss],
  ["diceLoss over images", (...given) => diceLoss(...given, { over: "image" })],
  ["a sum", sumLosses(weightedCrossEntropy, [0.5, diceLoss], [2, focalLoss])],
];

describe.each(variants)("%s", (_, loss) => {
  test("the gradient is the slope: central differences along random directions", () => {
    const { gradient } = lossAndGradient(loss, usual);
    const size = Math.hypot(...gradient);
    for (let trial = 0; trial < 8; trial++) {
      const random = randomAt(trial, "direction", 0);
      const direction = gradient.map((slope) => slope / size + 0.5 * (random() - 0.5));
      const at = (step: number) => {
        const logits = usual.logits.map((score, i) => score + step * direction[i]);
        return loss(...tensorsOf({ ...usual, logits })).dataSync()[0];
      };
      const slope = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
      expect(Math.abs((at(0.02) - at(-0.02)) / 0.04 - slope)).toBeLessThan(2e-3 * size);
    }
  });

  test("an ignored pixel counts nothing, whatever its scores, even if its weight is not a number", () => {
    const ignored = usual.labels.flatMap((label, i) => (label < 0 ? [i] : []));
    expect(ignored.length).toBeGreaterThan(0);
    const { gradient } = lossAndGradient(loss, usual);
    for (const i of ignored) expect(gradient.slice(3 * i, 3 * i + 3)).toEqual([0, 0, 0]);
    const weights = usual.weights.map((weight, i) => (ignored.includes(i) ? Number.NaN : weight));
    const logits = usual.logits.map((score, i) => (ignored.includes(Math.floor(i / 3)) ? 7 * i : score));
    const changed = lossAndGradient(loss, { ...usual, weights, logits });
    expectSame(changed, lossAndGradient(loss, usual), 1e-6);
  });

  test("nothing counts, by weight or by label: loss and gradient are 0", () => {
    const nothing = { value: 0, gradient: usual.logits.map(() => 0) };
    const unweighted = lossAndGradient(loss, { ...usual, weights: usual.weights.map(() => 0) });
    const ignored = lossAndGradient(loss, { ...usual, labels: usual.labels.map(() => -1) });
    for (const { value, gradient } of [unweighted, ignored]) {
      expect({ value, gradient: gradient.map(Math.abs) }).toEqual(nothing);
    }
  });

  test("sure and right everywhere: 0", () => {
    const logits = usual.labels.flatMap((label) => [0, 1, 2].map((c) => (c === label ? 1e4 : -1e4)));
    expect(lossAndGradient(loss, { ...usual, logits }).value).toBe(0);
  });

  test("keeps no tensors but its result", () => {
    const given = tensorsOf(usual);
    const before = tf.memory().numTensors;
    expect(loss(...given).shape).toEqual([]);
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

describe("overlap, by hand", () => {
  // softmax of [0, ln 3] is [¼, ¾]
  const half = Math.log(3);
  const pixels = (logits: number[], labels: number[], weights: number[], images = 1) =>
    [
      tf.tensor4d(logits, [images, 1, labels.length / images, 2]),
      tf.tensor3d(labels, [images, 1, labels.length / images], "int32"),
      tf.tensor3d(weights, [images, 1, labels.length / images]),
    ] as const;
  const numberOf = (loss: tf.Scalar) => loss.dataSync()[0];

  test("of two pixels: weights are sizes", () => {
    // p(1) = ¾ on both; pixel 0 is class 1 of weight 3, pixel 1 class 0 of weight 1
    const given = pixels([0, half, 0, half], [1, 0], [3, 1]);
    // class 1: TP 9/4, FP 3/4, FN 3/4; class 0: TP 1/4, FP 3/4, FN 3/4
    expect(numberOf(diceLoss(...given))).toBeCloseTo(1 - (3 / 4 + 1 / 4) / 2, 6);
    const [one, zero] = [9 / 4 / (9 / 4 + 1.5 + 0.375), 1 / 4 / (1 / 4 + 1.5 + 0.375)];
    expect(numberOf(tverskyLoss(...given, { alpha: 2, beta: 0.5 }))).toBeCloseTo(1 - (one + zero) / 2, 6);
  });

  test("a class that doesn't occur is left out, in the batch or in each image", () => {
    const alone = pixels([0, half], [1], [1]);
    // class 1 alone: TP ¾, FN ¼
    expect(numberOf(diceLoss(...alone))).toBeCloseTo(1 - 1.5 / 1.75, 6);
    const two = pixels([0, half, 0, half], [1, 0], [1, 1], 2);
    // image 0 is class 1 alone; image 1 class 0 alone: TP ¼, FN ¾
    expect(numberOf(diceLoss(...two, { over: "image" }))).toBeCloseTo(1 - (1.5 / 1.75 + 0.5 / 1.25) / 2, 6);
    // over the batch, class 1: TP ¾, FP ¾, FN ¼; class 0: TP ¼, FP ¼, FN ¾
    expect(numberOf(diceLoss(...two))).toBeCloseTo(1 - (1.5 / 2.5 + 0.5 / 1.5) / 2, 6);
    expect(absent.labels).not.toContain(2);
  });

  test("a common factor of the weights changes nothing", () => {
    const larger = { ...usual, weights: usual.weights.map((weight) => 1000 * weight) };
    expectSame(lossAndGradient(tverskyLoss, larger), lossAndGradient(tverskyLoss, usual), 1e-5);
  });
});

test("focal loss with gamma 0 is cross-entropy, and a sum is the sum", () => {
  const entropy = lossAndGradient(weightedCrossEntropy, usual);
  expectSame(
    lossAndGradient((...given) => focalLoss(...given, { gamma: 0 }), usual),
    entropy,
    1e-6,
  );
  const dice = lossAndGradient(diceLoss, usual);
  const sum = lossAndGradient(sumLosses([2, weightedCrossEntropy], diceLoss), usual);
  expectSame(sum, {
    value: 2 * entropy.value + dice.value,
    gradient: entropy.gradient.map((slope, i) => 2 * slope + dice.gradient[i]),
  });
});

describe("wrong input", () => {
  test.each<[string, () => unknown, string]>([
    [
      "shapes",
      () => {
        const [logits, labels] = tensorsOf(usual);
        return diceLoss(logits, labels, tf.ones([1, 2, 3]));
      },
      "diceLoss: weights must have shape [2,3,4] like the logits' pixels, got [1,2,3]",
    ],
    [
      "over",
      () => tverskyLoss(...tensorsOf(usual), { over: "class" as "batch" }),
      'tverskyLoss: over must be "batch" or "image", got "class"',
    ],
    [
      "alpha",
      () => tverskyLoss(...tensorsOf(usual), { alpha: -1 }),
      "tverskyLoss: alpha must be 0 or more and beta positive, got alpha -1 and beta 0.7",
    ],
    [
      "beta",
      () => tverskyLoss(...tensorsOf(usual), { beta: 0 }),
      "tverskyLoss: alpha must be 0 or more and beta positive, got alpha 0.3 and beta 0",
    ],
    [
      "gamma",
      () => focalLoss(...tensorsOf(usual), { gamma: -1 }),
      "focalLoss: gamma must be 0 or a positive number, got -1",
    ],
    ["no terms", () => sumLosses(), "sumLosses: terms is empty; give at least one loss"],
    [
      "a factor",
      () => sumLosses([Number.NaN, diceLoss]),
      "sumLosses: a factor must be a finite number, got NaN",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
