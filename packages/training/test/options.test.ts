import * as tf from "@tensorflow/tfjs-core";
import { type BackendName, probeBackends, useBackend } from "@unet/backend";
import { randomAt } from "@unet/image";
import { weightedCrossEntropy } from "@unet/loss";
import { createUNet, setDropoutStep, tileGeometry, type UNetConfig } from "@unet/model";
import { expect, test } from "vitest";

const options: Partial<UNetConfig>[] = [
  {},
  { variant: "released" },
  { padding: "same" },
  { upsampling: "nearest" },
  { upsampling: "bilinear" },
  { upsampling: "bilinear", padding: "same" },
  { batchNormalisation: true },
  { batchNormalisation: true, padding: "same", upsampling: "nearest", variant: "released" },
  { inputChannels: 3, classes: 4, dropout: 0 },
];

/** The loss of one step, the gradient of every trainable parameter, and the moving averages after it, on a backend. */
async function stepOn(backend: BackendName, config: Partial<UNetConfig>) {
  expect((await useBackend({ prefer: [backend] })).name).toBe(backend);
  const { inputChannels = 1, classes = 2 } = config;
  const geometry = tileGeometry(config);
  const [height, width] = [geometry.inputSize(6), geometry.inputSize(10)];
  const [h, w] = [geometry.outputSize(height), geometry.outputSize(width)];
  const random = randomAt(1, "tile", 0);
  const draw = (size: number) => Float32Array.from({ length: size }, random);
  const model = createUNet(config);
  setDropoutStep(model, { seed: 1, step: 0 });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.tidy(() => {
    const input = tf.tensor4d(draw(height * width * inputChannels), [1, height, width, inputChannels]);
    const labels = tf.tensor3d(
      Int32Array.from(draw(h * w), (x) => Math.floor(x * classes)),
      [1, h, w],
      "int32",
    );
    const weights = tf.tensor3d(draw(h * w), [1, h, w]);
    return tf.variableGrads(
      () => weightedCrossEntropy(model.apply(input, { training: true }) as tf.Tensor4D, labels, weights),
      variables,
    );
  });
  const loss = value.dataSync()[0];
  const gradients = model.trainableWeights.map(({ originalName }, i) => ({
    name: originalName,
    values: grads[variables[i].name].dataSync() as Float32Array,
  }));
  const averages = model.nonTrainableWeights.map((weight) => ({
    name: weight.originalName,
    values: weight.read().dataSync() as Float32Array,
  }));
  tf.dispose([value, grads]);
  model.dispose();
  return { loss, numbers: [...gradients, ...averages] };
}

const needs = { wasm: "", tensorflow: " (needs native TensorFlow: pnpm native:tensorflow)" };

for (const backend of ["wasm", "tensorflow"] as const) {
  const available = (await probeBackends()).some((probe) => probe.name === backend && probe.available);
  const title = `${backend} computes loss and gradients of %j as plain JavaScript does`;
  test.skipIf(!available).each(options)(`${title}${available ? "" : needs[backend]}`, async (option) => {
    const config = { depth: 2, filters: 3, seed: 2, ...option };
    const expected = await stepOn("cpu", config);
    const ours = await stepOn(backend, config);
    expect(Math.abs(ours.loss - expected.loss) / expected.loss).toBeLessThan(1e-5);
    expect(ours.numbers.length).toBe(expected.numbers.length);
    for (const [i, { name, values }] of expected.numbers.entries()) {
      let [most, worst] = [0, 0];
      for (let k = 0; k < values.length; k++) {
        most = Math.max(most, Math.abs(values[k]));
        worst = Math.max(worst, Math.abs(values[k] - ours.numbers[i].values[k]));
      }
      expect(worst, name).toBeLessThanOrEqual(1e-4 * most + 1e-7);
    }
  });
}
