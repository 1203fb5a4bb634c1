import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients of all operations.
import "@tensorflow/tfjs-layers";
import { expect } from "vitest";

/** The ways in which the networks of `@unet/model` differ, as far as they need other kernels. */
export interface SmallNetwork {
  padding: "valid" | "same";
  upsampling: "transpose" | "nearest" | "bilinear";
  pooling?: "max" | "average";
  batchNormalisation?: boolean;
  dropout?: boolean;
}

export const smallNetworks: SmallNetwork[] = [
  { padding: "valid", upsampling: "transpose", dropout: true },
  { padding: "same", upsampling: "transpose", batchNormalisation: true },
  { padding: "valid", upsampling: "nearest", pooling: "average" },
  { padding: "valid", upsampling: "bilinear" },
  { padding: "same", upsampling: "bilinear", batchNormalisation: true, dropout: true },
];

/** Shapes of the weights: two levels, as in a U-Net of depth 1, 4 filters and 3 classes. */
const shapes = {
  down: [3, 3, 2, 4],
  bottom: [3, 3, 4, 8],
  scale: [8],
  shift: [8],
  up: [2, 2, 4, 8],
  halve: [1, 1, 8, 4],
  merge: [3, 3, 8, 4],
  last: [1, 1, 4, 3],
} as const;

type Weights = Record<keyof typeof shapes, tf.Tensor>;

/** The loss, and its gradients by the input and by every weight, as numbers. */
async function lossAndGradients(network: SmallNetwork): Promise<Record<string, Float32Array>> {
  const names = weightsOf(network);
  const result = tf.tidy(() => {
    const x = wave([2, 12, 14, 2], 1);
    const weights = names.map((name, index) => wave([...shapes[name]], index + 2));
    const { value, grads } = tf.valueAndGrads((image, ...all) => {
      const named = Object.fromEntries(names.map((name, index) => [name, all[index]])) as Weights;
      return loss(logits(image as tf.Tensor4D, named, network));
    })([x, ...weights]);
    return [value, ...grads];
  });
  const values = await Promise.all(result.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(result);
  return Object.fromEntries(["loss", "input", ...names].map((name, index) => [name, values[index]]));
}

/** The weights that a network has. */
function weightsOf({ upsampling, batchNormalisation }: SmallNetwork): Array<keyof Weights> {
  const absent = [
    upsampling === "transpose" ? "halve" : "up",
    ...(batchNormalisation ? [] : ["scale", "shift"]),
  ];
  return (Object.keys(shapes) as Array<keyof Weights>).filter((name) => !absent.includes(name));
}

function logits(x: tf.Tensor4D, weights: Weights, network: SmallNetwork): tf.Tensor4D {
  const { padding, upsampling, pooling = "max" } = network;
  const conv = (image: tf.Tensor4D, name: keyof Weights) =>
    tf.conv2d(image, weights[name] as tf.Tensor4D, 1, padding);
  const skip = tf.relu(conv(x, "down"));
  const pooled = pooling === "max" ? tf.maxPool(skip, 2, 2, "valid") : tf.avgPool(skip, 2, 2, "valid");
  let bottom = conv(pooled, "bottom");
  if (network.batchNormalisation) {
    const { mean, variance } = tf.moments(bottom, [0, 1, 2]);
    const [shift, scale] = [weights.shift, weights.scale] as tf.Tensor1D[];
    bottom = tf.batchNorm(
      bottom,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      shift,
      scale,
      1e-3,
    ) as tf.Tensor4D;
  }
  bottom = tf.relu(bottom);
  if (network.dropout) {
    bottom = tf.mul(bottom, tf.mul(tf.cast(tf.greater(wave(bottom.shape, 20), 0), "float32"), 2));
  }
  const [batch, height, width] = bottom.shape;
  const size: [number, number] = [2 * height, 2 * width];
  let up: tf.Tensor4D;
  if (upsampling === "transpose") {
    up = tf.conv2dTranspose(bottom, weights.up as tf.Tensor4D, [batch, ...size, 4], 2, "valid");
  } else {
    const larger =
      upsampling === "nearest"
        ? tf.image.resizeNearestNeighbor(bottom, size)
        : tf.image.resizeBilinear(bottom, size);
    up = tf.conv2d(larger as tf.Tensor4D, weights.halve as tf.Tensor4D, 1, "valid");
  }
  const margin = [(skip.shape[1] - up.shape[1]) >> 1, (skip.shape[2] - up.shape[2]) >> 1];
  const cropped = tf.slice(skip, [0, margin[0], margin[1], 0], up.shape);
  const merged = tf.relu(conv(tf.concat([cropped, up], 3), "merge"));
  return tf.conv2d(merged, weights.last as tf.Tensor4D, 1, "valid");
}

/** Weighted cross-entropy: Σ w · (log Σ exp z − z of the truth) / Σ w. */
function loss(scores: tf.Tensor4D): tf.Scalar {
  const truth = tf.oneHot(
    tf.cast(tf.floor(tf.mul(tf.add(wave(scores.shape.slice(0, 3), 30), 1), 1.499)), "int32"),
    3,
  );
  const weights = tf.add(tf.square(wave(scores.shape.slice(0, 3), 31)), 0.1);
  const shifted = tf.sub(scores, tf.max(scores, 3, true));
  const entropy = tf.sub(
    tf.log(tf.sum(tf.exp(shifted), 3)),
    tf.sum(tf.mul(shifted, tf.cast(truth, "float32")), 3),
  );
  return tf.div(tf.sum(tf.mul(entropy, weights)), tf.sum(weights));
}

/** Values in −1 … 1 that are the same on every backend and have no pattern to speak of. */
function wave(shape: number[], seed: number): tf.Tensor {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    Math.sin(12.9898 * (i + 1) + 78.233 * seed + 0.01 * i * i),
  );
  return tf.tensor(values, shape);
}

/** Expects the current backend to compute a convolution and its gradients as one does by hand. */
export async function expectHandMadeConvolution(): Promise<void> {
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const filter = tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
    const y = tf.conv2d(x, filter, 1, "valid");
    const halfSquare = (a: tf.Tensor, b: tf.Tensor) =>
      tf.mul(tf.sum(tf.square(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "valid"))), 0.5);
    return [y, ...tf.grads(halfSquare)([x, filter])];
  });
  const [y, dx, df] = await Promise.all(results.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose(results);
  expect(y).toEqual([37, 47, 67, 77]);
  expect(dx).toEqual([37, 121, 94, 178, 500, 342, 201, 499, 308]);
  expect(df).toEqual([784, 1012, 1468, 1696]);
  expect(tf.memory().numTensors).toBe(before);
}

/**
 * Expects a backend to agree with plain JavaScript on loss and gradients of a small network: in every tensor,
 * the largest difference over the largest value is at most `tolerance`.
 */
export async function expectAgreement(
  backend: string,
  network: SmallNetwork,
  tolerance: number,
): Promise<void> {
  await tf.setBackend("cpu");
  const reference = await lossAndGradients(network);
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const ours = await lossAndGradients(network);
  expect(tf.memory().numTensors).toBe(before);
  expect(reference.loss[0]).toBeGreaterThan(0.5);
  for (const [name, values] of Object.entries(reference)) {
    expect(difference(ours[name], values), name).toBeLessThanOrEqual(tolerance);
  }
}

/** Largest difference over the largest value; 0 where all are 0. */
export function difference(ours: Float32Array, reference: Float32Array): number {
  expect(ours.length).toBe(reference.length);
  let most = 0;
  let worst = 0;
  for (let i = 0; i < reference.length; i++) {
    most = Math.max(most, Math.abs(reference[i]));
    worst = Math.max(worst, Math.abs(ours[i] - reference[i]));
  }
  return worst === 0 ? 0 : worst / most;
}

/** A name for a test's title. */
export function describeNetwork(network: SmallNetwork): string {
  return Object.entries(network)
    .map(([name, value]) => (value === true ? name : value))
    .join(", ");
}
