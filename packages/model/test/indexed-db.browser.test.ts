import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, loadModel, saveModel } from "@unet/model";
import { expect, test } from "vitest";
import { SeededDropout } from "../src/layers/dropout.js";
import { bitsOfMask, bitsOfWeights, expectedBits } from "./bits.js";

test("IndexedDB keeps a model", async () => {
  await tf.setBackend("cpu");
  const model = createUNet({ filters: 2, depth: 1, seed: 4 });
  await saveModel(model, "indexeddb://unet-test", { normalisation: "range" });
  const loaded = await loadModel("indexeddb://unet-test");
  const input = tf.ones([1, 20, 20, 1]);
  const [ours, theirs] = [model, loaded].map((each) => (each.predict(input) as tf.Tensor).dataSync());
  expect(theirs).toEqual(ours);
  expect(loaded.getUserDefinedMetadata()).toMatchObject({ normalisation: "range" });
  expect(loaded.layers.some((layer) => layer instanceof SeededDropout)).toBe(true);
  const kept = (await (tf.io.getLoadHandlers("indexeddb://unet-test")[0] as tf.io.IOHandler).load!()) as {
    weightData: ArrayBuffer;
  } & tf.io.ModelArtifacts;
  const damaged = kept.weightData.slice();
  new Uint8Array(damaged)[100] ^= 1;
  await expect(loadModel(tf.io.fromMemory({ ...kept, weightData: damaged }))).rejects.toThrow(
    "the weights are damaged or of another model",
  );
  await expect(loadModel("indexeddb://none")).rejects.toThrow("holds no model that can be read");
});

test("initial weights and dropout masks have the bits that they have in Node", () => {
  expect({ weights: bitsOfWeights(), mask: bitsOfMask() }).toEqual(expectedBits);
});
