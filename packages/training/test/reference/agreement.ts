import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { weightedCrossEntropy } from "@unet/loss";
import { createUNet } from "@unet/model";
import { Optimizer, trainingStep } from "@unet/training";
import { expect, test } from "vitest";
import { readSafetensors, type StoredTensor } from "./safetensors.js";

type Tensors = Record<string, StoredTensor>;

/**
 * The tests that every backend must pass: the network of `fixtures/unet` was computed by PyTorch 1.13; per
 * tensor max|ours − reference| / max|reference| is at most 1e-4.
 *
 * @param read the bytes of a file of `fixtures/unet`
 */
export function testAgreement(read: (file: string) => Promise<ArrayBuffer>): void {
  const load = async (file: string) => readSafetensors(await read(`${file}.safetensors`));

  test("valid convolutions: logits, loss and the gradient of every parameter agree with PyTorch", async () => {
    const [weights, io, gradients] = await Promise.all(
      ["valid-weights", "valid-io", "valid-gradients"].map(load),
    );
    const model = createUNet({ filters: 4, dropout: 0 });
    setWeights(model, weights);
    const { image, labels, weights: pixelWeights } = sampleOf(io);
    const input = tf.tensor4d(image.data, [1, 188, 188, 1]);

    const logits = model.predict(input) as tf.Tensor4D;
    expect(difference(await logits.data(), channelsLast(io.logits))).toBeLessThan(1e-4);

    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const { value, grads } = tf.variableGrads(() => {
      const truth = tf.tensor3d(labels.data, [1, 4, 4], "int32");
      const weight = tf.tensor3d(pixelWeights.data, [1, 4, 4]);
      return weightedCrossEntropy(model.apply(input, { training: true }) as tf.Tensor4D, truth, weight);
    }, variables);
    expect(Math.abs((await value.data())[0] - 1.83251)).toBeLessThan(1e-4);

    const expected = parametersByLayer(model, gradients);
    expect(expected.size).toBe(variables.length);
    for (const [variable, reference] of expected) {
      expect(difference(await grads[variable.name].data(), reference), variable.name).toBeLessThan(1e-4);
    }
    tf.dispose([input, logits, value, grads]);
    model.dispose();
  });

  test("valid convolutions: three steps with momentum 0.99 lead where PyTorch's lead", async () => {
    const [weights, io, after] = await Promise.all(
      ["valid-weights", "valid-io", "valid-params-after-3-sgd-steps"].map(load),
    );
    const model = createUNet({ filters: 4, dropout: 0 });
    setWeights(model, weights);
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const optimizer = new Optimizer(variables, {
      ...{ optimizer: "sgd", momentum: 0.99, weightDecay: 0, clipNorm: 0 },
    });
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) {
      losses.push((await trainingStep(model, optimizer, [sampleOf(io)], { rate: 1e-3 })).loss);
    }
    for (const [i, loss] of [1.83251, 1.553081, 1.217151].entries()) {
      expect(Math.abs(losses[i] - loss) / loss).toBeLessThan(1e-4);
    }
    for (const [variable, reference] of parametersByLayer(model, after)) {
      expect(difference(await variable.data(), reference), variable.name).toBeLessThan(1e-4);
    }
    const input = tf.tensor4d(io.input.data as Float32Array, [1, 188, 188, 1]);
    const logits = model.predict(input) as tf.Tensor4D;
    expect(difference(await logits.data(), channelsLast(io.logits_after_3_steps))).toBeLessThan(1e-4);
    tf.dispose([input, logits]);
    optimizer.dispose();
    model.dispose();
  });

  test("padded convolutions with batch normalisation: logits agree with PyTorch", async () => {
    const [weights, io] = await Promise.all(["same-bn-weights", "same-bn-io"].map(load));
    const model = createUNet({ filters: 4, dropout: 0, padding: "same", batchNormalisation: true });
    setWeights(model, weights);
    const input = tf.tensor4d(io.input.data as Float32Array, [1, 64, 64, 1]);
    const logits = model.predict(input) as tf.Tensor4D;
    expect(difference(await logits.data(), channelsLast(io.logits))).toBeLessThan(1e-4);
    tf.dispose([input, logits]);
    model.dispose();
  });
}

/** Largest difference over the largest value of the reference. */
function difference(ours: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(ours.length).toBe(reference.length);
  let most = 0;
  let worst = 0;
  for (let i = 0; i < reference.length; i++) {
    most = Math.max(most, Math.abs(reference[i]));
    worst = Math.max(worst, Math.abs(ours[i] - reference[i]));
  }
  return worst / most;
}

function sampleOf({ input, label, weight_map }: Tensors) {
  return {
    image: { width: 188, height: 188, channels: 1, data: input.data as Float32Array },
    labels: { width: 4, height: 4, data: Int32Array.from(label.data) },
    weights: { width: 4, height: 4, channels: 1, data: weight_map.data as Float32Array },
  };
}

/** [1, channels, height, width] → [1, height, width, channels] */
function channelsLast({ shape: [, channels, height, width], data }: StoredTensor): Float32Array {
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height * width; i++) out[i * channels + c] = data[c * height * width + i];
  }
  return out;
}

/** PyTorch's names of a layer's parameters, in the order in which TensorFlow.js keeps them. */
const PARAMETERS = {
  BatchNormalization: ["weight", "bias", "running_mean", "running_var"],
  others: ["weight", "bias"],
};

/** Each of the model's variables with the values that PyTorch has for it. */
function parametersByLayer(model: LayersModel, tensors: Tensors): Map<tf.Variable, Float32Array> {
  const found = new Map<tf.Variable, Float32Array>();
  for (const layer of model.layers) {
    const names =
      layer.getClassName() === "BatchNormalization" ? PARAMETERS.BatchNormalization : PARAMETERS.others;
    for (const [i, weight] of layer.weights.entries()) {
      found.set(weight.read() as tf.Variable, layoutOf(tensors[`${layer.name}.${names[i]}`]));
    }
  }
  return found;
}

/** Kernels [a, b, height, width] become [height, width, b, a]; vectors stay. */
function layoutOf({ shape, data }: StoredTensor): Float32Array {
  if (shape.length !== 4) return data as Float32Array;
  const [a, b, height, width] = shape;
  const out = new Float32Array(data.length);
  for (let i = 0, from = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let tap = 0; tap < height * width; tap++) out[(tap * b + j) * a + i] = data[from++];
    }
  }
  return out;
}

function setWeights(model: LayersModel, tensors: Tensors): void {
  for (const [variable, values] of parametersByLayer(model, tensors)) {
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
