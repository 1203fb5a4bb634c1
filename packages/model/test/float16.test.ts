import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createUNet, loadModel, modelFromBytes, modelToBytes, saveModel } from "../src/index.js";
import { asFloat16 } from "../src/serialisation/float16.js";

let folder: string;
beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "unet-float16-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a number becomes, by way of TensorFlow.js's own decoder. */
function stored(values: number[]): number[] {
  const specs = [{ name: "w", shape: [values.length], dtype: "float32" as const }];
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const { weightSpecs, weightData: halves } = asFloat16(specs, bytes);
  expect(weightSpecs).toEqual([{ ...specs[0], quantization: { dtype: "float16" } }]);
  expect(halves.byteLength).toBe(2 * values.length);
  const { w } = tf.io.decodeWeights(halves, weightSpecs);
  return [...w.dataSync()];
}

describe("halves", () => {
  test.each([
    [
      "what a half holds",
      [0, 1, -2, 0.5, 65504, 2 ** -14, 2 ** -24],
      [0, 1, -2, 0.5, 65504, 2 ** -14, 2 ** -24],
    ],
    ["of two as near the even one", [1 + 2 ** -11, 1 + 3 * 2 ** -11], [1, 1 + 2 ** -9]],
    ["the nearer one", [1 + 2 ** -11 + 2 ** -20, 0.1], [1 + 2 ** -10, 0.0999755859375]],
    ["what carries into the exponent", [2 - 2 ** -12, 65519], [2, 65504]],
    [
      "numbers below the least normal one",
      [1.5 * 2 ** -24, 2.5 * 2 ** -24, 2 ** -14 - 2 ** -26],
      [2 ** -23, 2 ** -23, 2 ** -14],
    ],
    ["what is too small", [2 ** -25, 2 ** -25 * 1.001, 1e-40], [0, 2 ** -24, 0]],
  ])("%s", (_, given, expected) => expect(stored(given)).toEqual(expected));

  test("a negative zero stays one", () => expect(Object.is(stored([-0])[0], -0)).toBe(true));

  test("every half is itself", () => {
    const all = Array.from({ length: 0x7c00 }, (_, bits) => {
      const [exponent, significand] = [bits >> 10, bits & 1023];
      return exponent === 0 ? significand * 2 ** -24 : (1024 + significand) * 2 ** (exponent - 25);
    });
    expect(stored(all)).toEqual(all);
  });

  test.each([65520, -1e9, Number.POSITIVE_INFINITY, Number.NaN])("%d is refused", (value) => {
    expect(() => stored([1, value])).toThrow(
      `saveModel: w holds ${value}, and float16 holds numbers up to 65504; save it as float32`,
    );
  });
});

describe("a model", () => {
  const made = () => createUNet({ depth: 1, filters: 2, batchNormalisation: true, seed: 3 });

  test("has half the weights, and each is the nearest half, by loadModel and by TensorFlow.js alone", async () => {
    const model = made();
    const [whole, half] = [join(folder, "whole"), join(folder, "half")];
    await saveModel(model, whole);
    await saveModel(model, half, { classNames: ["a", "b"] }, { dtype: "float16" });
    const size = async (path: string) => (await stat(join(path, "weights.bin"))).size;
    expect(await size(half)).toBe((await size(whole)) / 2);
    const manifest = JSON.parse(await readFile(join(half, "model.json"), "utf8"));
    expect(manifest.weightsManifest[0].weights[0]).toMatchObject({
      name: "enc0.conv0/kernel",
      dtype: "float32",
      quantization: { dtype: "float16" },
    });
    const again = await loadModel(half);
    expect(again.getUserDefinedMetadata()).toMatchObject({ classNames: ["a", "b"] });
    const weights = await readFile(join(half, "weights.bin"));
    const plain = await loadLayersModel(
      tf.io.fromMemory({
        modelTopology: manifest.modelTopology,
        weightSpecs: manifest.weightsManifest[0].weights,
        weightData: new Uint8Array(weights).buffer,
      }),
    );
    for (const [i, weight] of model.getWeights().entries()) {
      const expected = stored([...weight.dataSync()]);
      expect([...again.getWeights()[i].dataSync()]).toEqual(expected);
      expect([...plain.getWeights()[i].dataSync()]).toEqual(expected);
      expect(again.getWeights()[i].dtype).toBe("float32");
    }
    for (const each of [model, again, plain]) each.dispose();
  });

  test("is the same from bytes, and damage is noticed", async () => {
    const model = made();
    const bytes = await modelToBytes(model, { dtype: "float16" });
    const again = await modelFromBytes(bytes);
    const [first] = again.getWeights();
    expect([...first.dataSync()]).toEqual(stored([...model.getWeights()[0].dataSync()]));
    bytes[bytes.length - 3] ^= 1;
    await expect(modelFromBytes(bytes)).rejects.toThrow("the weights are damaged");
    for (const each of [model, again]) each.dispose();
  });

  test("with a weight that is too large is not written, and the weight is named", async () => {
    const model = made();
    const weights = model.getWeights();
    model.setWeights([tf.fill(weights[0].shape, 1e5), ...weights.slice(1)]);
    const saving = saveModel(model, join(folder, "none"), {}, { dtype: "float16" });
    await expect(saving).rejects.toThrow("saveModel: enc0.conv0/kernel holds 100000, and float16");
    await expect(stat(join(folder, "none"))).rejects.toThrow("ENOENT");
    model.dispose();
  });

  test("of another type is refused", async () => {
    const model = made();
    const saving = saveModel(model, join(folder, "none"), {}, { dtype: "int8" as never });
    await expect(saving).rejects.toThrow('saveModel: dtype must be "float32" or "float16", got "int8"');
    model.dispose();
  });
});
