import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { weightedCrossEntropy } from "@unet/loss";
import { createUNet } from "@unet/model";
import { expect, test } from "vitest";

/** Loss and gradients of a small network, the gradients, and the tensors that are left. */
async function gradientsOn(backend: "simd" | "cpu") {
  await useBackend({ prefer: [backend] });
  const model = createUNet({ depth: 2, filters: 4, seed: 5, dropout: 0 });
  const before = tf.memory().numTensors;
  const [x, labels, weights] = [
    tf.tensor4d(
      Array.from({ length: 44 * 60 }, (_, i) => Math.sin(i * i)),
      [1, 44, 60, 1],
    ),
    tf.tensor3d(
      Array.from({ length: 4 * 20 }, (_, i) => i % 2),
      [1, 4, 20],
      "int32",
    ),
    tf.tensor3d(
      Array.from({ length: 4 * 20 }, (_, i) => 1 + (i % 3)),
      [1, 4, 20],
    ),
  ];
  const { value, grads } = tf.variableGrads(() =>
    weightedCrossEntropy(model.apply(x, { training: true }) as tf.Tensor4D, labels, weights),
  );
  const gradients = Object.values(grads).map((gradient) => Array.from(gradient.dataSync()));
  const loss = value.dataSync()[0];
  tf.dispose([value, grads, x, labels, weights]);
  const left = tf.memory().numTensors - before;
  model.dispose();
  return { loss, gradients, left };
}

test("a network whose convolutions are fused has the loss and gradients of one whose aren't", async () => {
  const fused = await gradientsOn("simd");
  expect(tf.getKernel("UNetConv2DBiasRelu", "simd")).toBeDefined();
  const plain = await gradientsOn("cpu");
  expect(tf.getKernel("UNetConv2DBiasRelu", "cpu")).toBeUndefined();
  expect(fused.left).toBe(plain.left);
  expect(fused.loss).toBeCloseTo(plain.loss, 5);
  expect(fused.gradients.length).toBe(plain.gradients.length);
  for (const [i, values] of plain.gradients.entries()) {
    const largest = Math.max(...values.map(Math.abs));
    for (const [k, value] of values.entries()) {
      expect(Math.abs(fused.gradients[i][k] - value)).toBeLessThan(1e-4 * largest + 1e-7);
    }
  }
});
