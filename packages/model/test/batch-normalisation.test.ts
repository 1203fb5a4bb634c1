import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import {
  type LayersModel,
  layers,
  input as makeInput,
  model as makeModel,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { randomAt } from "@unet/image";
import { expect, test } from "vitest";
import { BatchNormalisation } from "../src/layers/batch-normalisation.js";

const config = { name: "bn", epsilon: 1e-5, momentum: 0.9 };

/** A model of one layer. */
function only(layer: layers.Layer): LayersModel {
  const inputs = makeInput({ shape: [null, null, 3] });
  return makeModel({ inputs, outputs: layer.apply(inputs) as SymbolicTensor });
}

/** What the layer makes of a batch in training and afterwards, its gradients, and its weights. */
function numbersOf(model: LayersModel): number[][] {
  const random = randomAt(1, "batch", 0);
  const draw = (size: number) => Float32Array.from({ length: size }, () => 3 * random() - 1);
  return tf.tidy(() => {
    const x = tf.tensor4d(draw(2 * 5 * 7 * 3), [2, 5, 7, 3]);
    const pull = tf.tensor4d(draw(x.size), x.shape);
    const [gamma, beta] = model.trainableWeights;
    gamma.write(tf.tensor1d([1, 2, 0.5]));
    beta.write(tf.tensor1d([0, -1, 3]));
    const trained = () => model.apply(x, { training: true }) as tf.Tensor;
    const dx = tf.grad((v) => tf.sum(tf.mul(model.apply(v, { training: true }) as tf.Tensor, pull)))(x);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(trained(), pull)),
      [gamma, beta].map((weight) => weight.read() as tf.Variable),
    );
    const result = [trained(), model.predict(x) as tf.Tensor, dx, ...Object.values(grads)];
    return [...result, ...model.getWeights()].map((tensor) => Array.from(tensor.dataSync()));
  });
}

test("computes what the standard layer does, to the bit", () => {
  const [ours, standard] = [new BatchNormalisation(config), layers.batchNormalization(config)].map(only);
  const before = tf.memory().numTensors;
  const numbers = numbersOf(ours);
  expect(tf.memory().numTensors).toBe(before);
  expect(numbers).toEqual(numbersOf(standard));
  expect(numbers.map((values) => values.length)).toEqual([210, 210, 210, 3, 3, 3, 3, 3, 3]);
});

test("is saved as the standard layer", () => {
  const ours = new BatchNormalisation(config);
  const standard = layers.batchNormalization(config);
  expect(ours.getClassName()).toBe(standard.getClassName());
  expect(standard.getConfig()).toMatchObject({ ...ours.getConfig(), name: "bn" });
  const weights = only(ours).weights.map(({ originalName }) => originalName);
  expect(weights).toEqual(only(standard).weights.map(({ originalName }) => originalName));
});
