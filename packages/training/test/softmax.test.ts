import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { randomAt } from "@unet/image";
import { activate, predictTiled } from "@unet/inference";
import { weightedCrossEntropy } from "@unet/loss";
import { createUNet } from "@unet/model";
import { validate } from "@unet/training";
import { beforeAll, expect, test } from "vitest";

// The softmax stands three times: in the loss on tensors, in validate as the logarithm of a sum, in inference on an array.
beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

const side = 16;

test.each([
  [2, 1],
  [2, 40],
  [4, 1],
  [4, 40],
])("loss, validation and prediction agree: %i classes, logits × %i", async (classes, factor) => {
  const random = randomAt(7, "softmax", classes);
  const values = (length: number) => Float32Array.from({ length }, () => random());
  const model = createUNet({ filters: 2, depth: 1, classes, padding: "same", dropout: 0, seed: 3 });
  const larger = model
    .getWeights()
    .map((weight, i, { length }) => (i < length - 2 ? weight : tf.mul(weight, factor)));
  model.setWeights(larger);
  const size = { width: side, height: side, channels: 1 };
  const image = { ...size, data: values(side * side) };
  const data = Int32Array.from(values(side * side), (value) => Math.floor(value * classes));
  const labels = { width: side, height: side, data };
  const weights = { ...size, data: values(side * side) };
  const sample = { name: "a", image, labels, weights };
  const samples = {
    ...{ length: 1, classWeights: [], prepared: { samples: 0, seconds: 0 } },
    get: async () => sample,
  };

  const validated = (await validate(model, samples)).loss;
  const raw = { normalisation: "none", activation: "none" } as const;
  const logits = await predictTiled(image, model, raw);
  const onTensors = tf.tidy(() => {
    const shaped = tf.tensor4d(logits.data, [1, side, side, classes]);
    const truth = tf.tensor3d(data, [1, side, side], "int32");
    return weightedCrossEntropy(shaped, truth, tf.tensor3d(weights.data, [1, side, side])).dataSync()[0];
  });
  activate(logits.data, classes, "softmax");
  let [energy, total] = [0, 0];
  for (let pixel = 0; pixel < data.length; pixel++) {
    energy -= weights.data[pixel] * Math.log(logits.data[pixel * classes + data[pixel]]);
    total += weights.data[pixel];
  }
  expect(Math.abs(onTensors / validated - 1)).toBeLessThan(1e-5);
  expect(Math.abs(energy / total / validated - 1)).toBeLessThan(1e-5);
  for (const tensor of larger.slice(-2)) tensor.dispose();
  model.dispose();
});
