import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { createUNet, setDropoutStep } from "@unet/model";
import { expect, test } from "vitest";
import { SeededDropout } from "../src/layers/dropout.js";
import { dropoutMask } from "../src/layers/mask.js";

const ones = tf.ones([1, 20, 30, 8]);

function maskOf(layer: SeededDropout, step: number, seed = 5): number[] {
  layer.seed = seed;
  layer.step = step;
  return tf.tidy(() => Array.from(layer.call(ones, { training: true }).dataSync()));
}

test("two steps have different masks, two runs the same, two layers different ones", () => {
  const layer = new SeededDropout({ name: "a", rate: 0.5, seed: 5 });
  const other = new SeededDropout({ name: "b", rate: 0.5, seed: 5 });
  expect(maskOf(layer, 3)).toEqual(maskOf(layer, 3));
  expect(maskOf(layer, 3)).not.toEqual(maskOf(layer, 4));
  expect(maskOf(layer, 3)).not.toEqual(maskOf(layer, 3, 6));
  expect(maskOf(layer, 3)).not.toEqual(maskOf(other, 3));
});

test("each training call goes one step on", () => {
  const layer = new SeededDropout({ name: "a", rate: 0.5, seed: 5 });
  const second = maskOf(layer, 1);
  maskOf(layer, 0);
  expect(tf.tidy(() => Array.from(layer.call(ones, { training: true }).dataSync()))).toEqual(second);
});

test("drops the share that was asked for and divides the rest by what is kept", () => {
  const mask = maskOf(new SeededDropout({ name: "a", rate: 0.2, seed: 1 }), 0);
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.8)]));
  const dropped = mask.filter((value) => value === 0).length / mask.length;
  expect(Math.abs(dropped - 0.2)).toBeLessThan(0.02);
});

test("keeps any rate, without pattern along the map", () => {
  for (const rate of [0.01, 0.3, 0.5, 0.9]) {
    const mask = dropoutMask(2 ** 20, rate, { seed: 3, stream: "dropout/a", step: 2 });
    // dropped, and both of two values that are `lag` apart dropped
    const share = (lag: number) => {
      let both = 0;
      for (let i = lag; i < mask.length; i++) if (mask[i] === 0 && mask[i - lag] === 0) both++;
      return both / (mask.length - lag);
    };
    expect(Math.abs(share(0) - rate)).toBeLessThan(0.002);
    for (const lag of [1, 2, 64, 512]) expect(Math.abs(share(lag) - rate ** 2)).toBeLessThan(0.003);
  }
});

test("does nothing outside training", () => {
  const layer = new SeededDropout({ name: "a", rate: 0.5, seed: 1 });
  expect(tf.tidy(() => tf.min(layer.call(ones, {})).dataSync()[0])).toBe(1);
});

test("stands after the deepest contracting block and the bottom one; setDropoutStep reaches both", () => {
  const model = createUNet({ filters: 2, depth: 3 });
  const layers = model.layers.filter((layer) => layer instanceof SeededDropout);
  expect(layers.map((layer) => layer.name)).toEqual(["enc2.dropout", "bottom.dropout"]);
  const after = (name: string) => model.getLayer(name).inboundNodes[0].inputTensors[0].sourceLayer.name;
  expect(after("enc2.pool")).toBe("enc2.dropout");
  expect(after("dec2.crop")).toBe("enc2.dropout");
  expect(after("dec2.up")).toBe("bottom.dropout");
  setDropoutStep(model, { seed: 9, step: 7 });
  expect(layers.map(({ seed, step }) => [seed, step])).toEqual([
    [9, 7],
    [9, 7],
  ]);
  model.dispose();
  const without = createUNet({ filters: 2, depth: 1, dropout: 0 });
  expect(without.layers.some((layer) => layer instanceof SeededDropout)).toBe(false);
  without.dispose();
});
