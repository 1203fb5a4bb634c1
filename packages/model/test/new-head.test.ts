import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, withNewHead } from "@unet/model";
import { beforeAll, expect, test } from "vitest";

beforeAll(() => tf.setBackend("cpu"));

test("a new head for other classes: all else is the same, to the bit, and the old model stays", () => {
  const before = tf.memory().numTensors;
  const model = createUNet({ filters: 2, depth: 2, seed: 1, batchNormalisation: true });
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), normalisation: "range" });
  const valuesOf = (of: typeof model, layer: string) =>
    of
      .getLayer(layer)
      .getWeights()
      .map((weight) => [...weight.dataSync()]);
  const renewed = withNewHead(model, { classes: 4, seed: 7 });
  for (const { name, weights } of model.layers) {
    if (weights.length > 0 && name !== "head")
      expect(valuesOf(renewed, name), name).toEqual(valuesOf(model, name));
  }
  const fresh = createUNet({ filters: 2, depth: 2, seed: 7, classes: 4, batchNormalisation: true });
  expect(valuesOf(renewed, "head")).toEqual(valuesOf(fresh, "head"));
  expect(renewed.outputs[0].shape).toEqual([null, null, null, 4]);
  expect(renewed.getUserDefinedMetadata()).toMatchObject({
    normalisation: "range",
    classNames: ["background", "class 1", "class 2", "class 3"],
    architecture: { classes: 4, filters: 2, depth: 2, batchNormalisation: true },
  });
  expect(model.outputs[0].shape).toEqual([null, null, null, 2]);
  for (const each of [model, renewed, fresh]) each.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("a model of unknown architecture is refused", () => {
  const model = createUNet({ filters: 2, depth: 1 });
  model.setUserDefinedMetadata({});
  expect(() => withNewHead(model, { classes: 3 })).toThrow("the model must be one of createUNet");
  model.dispose();
});
