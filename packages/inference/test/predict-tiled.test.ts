import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { cropMirrored, type Image, randomAt } from "@unet/image";
import { modelGeometry, predictTiled } from "@unet/inference";
import { afterAll, describe, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

const models = {
  valid: smallUNet({ padding: "valid", depth: 2 }),
  same: smallUNet({ padding: "same", depth: 2 }),
};
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

function noise(width: number, height: number, seed = 1): Image<Float32Array> {
  const random = randomAt(seed, "noise", 0);
  return {
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: width * height }, () => random() * 2 - 1),
  };
}

/** One pass over the image mirrored by the margin, further at the right and bottom to the next valid size. */
function onePass(image: Image<Float32Array>, kind: "valid" | "same"): Float32Array {
  const model = models[kind];
  const { margin, inputSize, outputSize } = modelGeometry(model);
  const sides = [image.width, image.height].map((size) =>
    inputSize(kind === "valid" ? size : size + 2 * margin),
  );
  const whole = cropMirrored(image, { x: -margin, y: -margin, width: sides[0], height: sides[1] });
  const scores = tf.tidy(() => {
    const input = tf.tensor4d(whole.data, [1, sides[1], sides[0], 1]);
    const output = model.predict(input) as tf.Tensor4D;
    const skip = kind === "valid" ? 0 : margin;
    expect(output.shape[2]).toBe(outputSize(sides[0]));
    return tf.slice(output, [0, skip, skip, 0], [1, image.height, image.width, 2]).dataSync() as Float32Array;
  });
  return scores;
}

describe.each(["valid", "same"] as const)("%s convolutions", (kind) => {
  test.each([
    [1, 1, undefined],
    [3, 5, undefined],
    [37, 53, 64],
    [61, 29, 84],
    [101, 47, 72],
    [64, 64, 76],
  ])(
    "stitched logits of %i × %i equal one pass over the mirrored whole (tile %s)",
    async (width, height, tile) => {
      const image = noise(width, height);
      const { inputSize } = modelGeometry(models[kind]);
      const tileSize = tile && inputSize(kind === "valid" ? tile - 44 : tile);
      const options = { tileSize, activation: "none", normalisation: "none" } as const;
      const stitched = await predictTiled(image, models[kind], options);
      const expected = onePass(image, kind);
      let worst = 0;
      for (let i = 0; i < expected.length; i++)
        worst = Math.max(worst, Math.abs(stitched.data[i] - expected[i]));
      expect(stitched).toMatchObject({ width, height, channels: 2 });
      expect(worst).toBeLessThan(1e-4);
    },
  );
});

const image = noise(61, 47);
const valid = models.valid;

test("100 tiles leave no tensor behind, and report one by one", async () => {
  const before = tf.memory().numTensors;
  const progress: number[] = [];
  const wide = noise(400, 4);
  await predictTiled(wide, valid, {
    tileSize: { width: 44, height: 48 },
    onProgress: ({ done, total }) => progress.push(done / total),
  });
  expect(progress).toHaveLength(100);
  expect(progress.at(-1)).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

test("softmax by default: probabilities that sum to 1, equal to those of the logits", async () => {
  const logits = await predictTiled(image, valid, { activation: "none" });
  const probabilities = await predictTiled(image, valid);
  for (let i = 0; i < logits.data.length; i += 2) {
    const first = 1 / (1 + Math.exp(logits.data[i + 1] - logits.data[i]));
    expect(Math.abs(probabilities.data[i] - first)).toBeLessThan(1e-6);
    expect(Math.abs(probabilities.data[i] + probabilities.data[i + 1] - 1)).toBeLessThan(1e-6);
  }
});

test("the model's own normalisation is applied, and the option overrides it", async () => {
  const shifted = { ...image, data: image.data.map((value) => 5 * value + 100) };
  const before = valid.getUserDefinedMetadata();
  valid.setUserDefinedMetadata({ normalisation: "z-score" });
  const logits = { activation: "none" } as const;
  const [a, b] = [await predictTiled(image, valid, logits), await predictTiled(shifted, valid, logits)];
  const largest = Math.max(...a.data.map(Math.abs));
  const difference = (c: Image<Float32Array>) =>
    Math.max(...c.data.map((value, i) => Math.abs(value - a.data[i]))) / largest;
  expect(difference(b)).toBeLessThan(1e-5);
  expect(
    difference(await predictTiled(shifted, valid, { ...logits, normalisation: "none" })),
  ).toBeGreaterThan(1);
  valid.setUserDefinedMetadata(before ?? {});
});

test("a source is read window by window, inside the image only, and a sink takes the parts", async () => {
  const reads: Array<{ x: number; y: number; width: number; height: number }> = [];
  const source = {
    width: 61,
    height: 47,
    channels: 1,
    async read(rect: (typeof reads)[number]) {
      reads.push(rect);
      return cropMirrored(image, rect);
    },
  };
  const written = new Float32Array(61 * 47 * 2).fill(Number.NaN);
  const result = await predictTiled(source, valid, {
    tileSize: 72,
    sink: {
      write({ x, y, width, height }, scores) {
        for (let row = 0; row < height; row++) {
          const part = scores.data.subarray(row * width * 2, (row + 1) * width * 2);
          written.set(part, ((y + row) * 61 + x) * 2);
        }
      },
    },
  });
  expect(result).toBeUndefined();
  expect(reads.length).toBeGreaterThan(2);
  for (const { x, y, width, height } of reads) {
    expect(x >= 0 && y >= 0 && x + width <= 61 && y + height <= 47).toBe(true);
  }
  expect(written).toEqual((await predictTiled(image, valid, { tileSize: 72 })).data);
});

describe("what can't be predicted gets one line", () => {
  const cases: Array<[string, () => Promise<unknown>, string]> = [
    [
      "channels",
      () => predictTiled({ width: 4, height: 4, channels: 3, data: new Uint8Array(48) }, valid),
      "the image has 3 channels, but the model takes 1",
    ],
    [
      "NaN",
      () => predictTiled({ ...image, data: image.data.map(() => Number.NaN) }, valid),
      "holds NaN at x 0, y 0",
    ],
    [
      "empty",
      () => predictTiled({ width: 0, height: 4, channels: 1, data: new Uint8Array(0) }, valid),
      "got 0 × 4 × 1",
    ],
    [
      "tile",
      () => predictTiled(image, valid, { tileSize: 45 }),
      "can't take an input of 45 px; nearest it takes 44 and 48",
    ],
    ["activation", () => predictTiled(image, valid, { activation: "sigmoid" as "none" }), 'got "sigmoid"'],
    ["normalisation", () => predictTiled(image, valid, { normalisation: "x" as "none" }), 'z-score, got "x"'],
  ];
  test.each(cases)("%s", async (_, attempt, message) => {
    const before = tf.memory().numTensors;
    await expect(attempt()).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("an aborted run rejects with AbortError", async () => {
    const controller = new AbortController();
    const attempt = predictTiled(image, valid, {
      tileSize: 48,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done === 2) controller.abort();
      },
    });
    await expect(attempt).rejects.toMatchObject({ name: "AbortError" });
  });
});
