import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { loadModel, modelFromBytes } from "@unet/model";
import { describe, expect, test } from "vitest";
import { SeededDropout } from "../src/layers/dropout.js";
import { storedInput } from "./reference/stored-input.js";

// Written by the code of commit 42fda1a, see reference/store-models.ts: models that people have stay readable.
const folder = fileURLToPath(new URL("fixtures/stored/", import.meta.url));

const architectures = {
  paper: { depth: 1, filters: 2, seed: 1, variant: "paper", padding: "valid", dropout: 0.5 },
  "batch-normalisation": { inputChannels: 2, classes: 3, batchNormalisation: true, seed: 2 },
  "same-bilinear": { padding: "same", upsampling: "bilinear", dropout: 0, seed: 3 },
  "released-nearest": { variant: "released", upsampling: "nearest", seed: 4 },
};

/** How far two logits are apart at most; on the machine that stored them they are the same to the bit. */
function distance(model: tf.Tensor, name: string): number {
  const stored = new Float32Array(new Uint8Array(readFileSync(`${folder}${name}.logits`)).buffer);
  const values = model.dataSync();
  expect(values).toHaveLength(stored.length);
  return stored.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
}

describe("a stored model opens and predicts as when it was stored", () => {
  test.each(Object.entries(architectures))("%s", async (name, architecture) => {
    const model = await loadModel(`${folder}${name}`);
    const channels = "inputChannels" in architecture ? architecture.inputChannels : 1;
    expect(distance(model.predict(storedInput(channels)) as tf.Tensor, name)).toBeLessThan(1e-6);
    expect(model.getUserDefinedMetadata()).toMatchObject({
      formatVersion: 1,
      normalisation: "percentile",
      architecture,
      classNames: ["background", "cell", "border"].slice(0, "classes" in architecture ? 3 : 2),
      training: { steps: 7, seed: 1, samples: 2, loss: 0.5 },
    });
    const dropout = "dropout" in architecture && architecture.dropout === 0 ? 0 : 2;
    expect(model.layers.filter((layer) => layer instanceof SeededDropout)).toHaveLength(dropout);
    model.dispose();
  });

  test("as bytes", async () => {
    const model = await modelFromBytes(readFileSync(`${folder}paper.bytes`));
    expect(distance(model.predict(storedInput(1)) as tf.Tensor, "paper")).toBeLessThan(1e-6);
    model.dispose();
  });
});
