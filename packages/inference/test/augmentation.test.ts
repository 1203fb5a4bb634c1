import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import { cropMirrored, type Image, randomAt } from "@unet/image";
import { asPredictor, type Predictor, predictTiled, withRotations, withSymmetries } from "@unet/inference";
import { afterAll, describe, expect, test } from "vitest";
import { smallUNet } from "./small-unet.js";

const models = {
  valid: smallUNet({ padding: "valid", depth: 2 }),
  same: smallUNet({ padding: "same", depth: 2 }),
};
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

const [width, height] = [53, 41];
const random = randomAt(2, "augmentation", 0);
const image: Image<Float32Array> = {
  width,
  height,
  channels: 1,
  data: Float32Array.from({ length: width * height }, () => random() * 2 - 1),
};

function worst(a: Image, b: Image): number {
  expect([a.width, a.height, a.channels]).toEqual([b.width, b.height, b.channels]);
  return Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i])));
}

/** Mirrors x, y, and exchanges them: the image whose pixel (x, y) is `at(x, y)` of the given one. */
function remap(
  { channels, data, ...size }: Image<Float32Array>,
  swapped: boolean,
  at: (x: number, y: number) => [number, number],
): Image<Float32Array> {
  const [w, h] = swapped ? [size.height, size.width] : [size.width, size.height];
  const out = new Float32Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [u, v] = at(x, y);
      for (let c = 0; c < channels; c++)
        out[(y * w + x) * channels + c] = data[(v * size.width + u) * channels + c];
    }
  }
  return { width: w, height: h, channels, data: out };
}

/** A convolution with a kernel that is the same in no other direction. */
function convolution(kernel: number[], padding: "valid" | "same" = "valid"): layers.LayersModel {
  const input = layers.input({ shape: [null, null, 1] });
  const layer = layers.layers.conv2d({ filters: 1, kernelSize: 3, padding, useBias: false });
  const model = layers.model({ inputs: input, outputs: layer.apply(input) as layers.SymbolicTensor });
  layer.setWeights([tf.tensor(kernel, [3, 3, 1, 1])]);
  return model;
}
const kernel = [0.1, 0.5, -0.2, 0.7, 0.3, 0, -0.4, 0.05, 0.6];
const logits = { activation: "none" } as const;

describe("the 8 symmetries", () => {
  test("of a convolution are the convolution with the mean of the turned kernels", async () => {
    const model = convolution(kernel);
    const corners = (0.1 - 0.2 - 0.4 + 0.6) / 4;
    const sides = (0.5 + 0.7 + 0 + 0.05) / 4;
    const mean = convolution([corners, sides, corners, sides, 0.3, sides, corners, sides, corners]);
    const averaged = await predictTiled(image, withSymmetries(model, logits));
    expect(worst(averaged, await predictTiled(image, mean, logits))).toBeLessThan(1e-6);
  });

  test("average the probabilities of the image turned in all ways", async () => {
    const { valid } = models;
    // Sides of which the whole needs no more at the right and the bottom, so that turning keeps its grid.
    const whole = remap(image, false, (x, y) => [x, y]);
    const square = { ...whole, width: 36, height: 36, data: whole.data.slice(0, 36 * 36) };
    const [right, bottom] = [35, 35];
    const ways: Array<[boolean, (x: number, y: number) => [number, number]]> = [];
    for (const mx of [0, 1]) {
      for (const my of [0, 1]) {
        ways.push([false, (x, y) => [mx ? right - x : x, my ? bottom - y : y]]);
        ways.push([true, (x, y) => [mx ? right - y : y, my ? bottom - x : x]]);
      }
    }
    const sum = new Float64Array(36 * 36 * 2);
    for (const [swapped, way] of ways) {
      const scores = await predictTiled(remap(square, swapped, way), valid);
      // Back by the inverse: where way takes (x, y) from, (x, y) goes.
      for (let y = 0; y < 36; y++) {
        for (let x = 0; x < 36; x++) {
          const [u, v] = way(x, y);
          for (const c of [0, 1]) sum[(v * 36 + u) * 2 + c] += scores.data[(y * 36 + x) * 2 + c] / 8;
        }
      }
    }
    const averaged = await predictTiled(square, withSymmetries(valid));
    expect(worst(averaged, { ...averaged, data: Float32Array.from(sum) })).toBeLessThan(1e-5);
  });

  test.each(["valid", "same"] as const)("have no seams, %s", async (padding) => {
    const predictor = withSymmetries(models[padding], logits);
    const side = asPredictor(models[padding]).geometry.inputSize(60);
    const tiled = await predictTiled(image, predictor, { tileSize: side });
    expect(worst(tiled, await predictTiled(image, predictor))).toBeLessThan(1e-4);
  });
});

describe("rotations", () => {
  test("one is the image as it is", async () => {
    for (const model of Object.values(models)) {
      const once = await predictTiled(image, withRotations(model, { count: 1 }));
      expect(worst(once, await predictTiled(image, model))).toBeLessThan(1e-5);
    }
  });

  test("four of a convolution are the convolution with the mean of the turned kernels", async () => {
    const model = convolution(kernel);
    const corners = (0.1 - 0.2 - 0.4 + 0.6) / 4;
    const sides = (0.5 + 0.7 + 0 + 0.05) / 4;
    const mean = convolution([corners, sides, corners, sides, 0.3, sides, corners, sides, corners]);
    const averaged = await predictTiled(image, withRotations(model, { ...logits, count: 4 }));
    expect(worst(averaged, await predictTiled(image, mean, logits))).toBeLessThan(1e-5);
  });

  test("of a network that hands the image on give a smooth image back", async () => {
    const model = convolution([0, 0, 0, 0, 1, 0, 0, 0, 0], "same");
    const smooth = {
      ...image,
      data: image.data.map((_, i) => Math.cos((i % width) / 8) + Math.floor(i / width) / 9),
    };
    const averaged = await predictTiled(smooth, withRotations(model, logits));
    // At the border the mirrored image has a kink.
    for (let y = 3; y < height - 3; y++) {
      for (let x = 3; x < width - 3; x++) {
        const i = y * width + x;
        expect(Math.abs(averaged.data[i] - smooth.data[i])).toBeLessThan(0.01);
      }
    }
  });

  test.each(["valid", "same"] as const)("have no seams, %s", async (padding) => {
    const predictor = withRotations(models[padding], logits);
    const side = predictor.geometry.inputSize(19);
    const tiled = await predictTiled(image, predictor, { tileSize: side });
    const whole = await predictTiled(image, predictor);
    const largest = Math.max(...whole.data.map(Math.abs));
    expect(worst(tiled, whole) / largest).toBeLessThan(1e-5);
  });

  test("go together with the symmetries, without seams", async () => {
    const predictor = withSymmetries(withRotations(models.valid, { ...logits, count: 3 }));
    const whole = await predictTiled(image, predictor);
    const tiled = await predictTiled(image, predictor, { tileSize: predictor.geometry.inputSize(30) });
    const largest = Math.max(...whole.data.map(Math.abs));
    expect(worst(tiled, whole) / largest).toBeLessThan(1e-5);
  });

  test("long parts are turned in pieces that are hardly longer than wide", async () => {
    const predictor = withRotations(models.valid, { count: 8 });
    const inner = asPredictor(models.valid);
    let most = 0;
    const watched: Predictor = {
      ...inner,
      predict: async (tiles) => {
        most = Math.max(most, tiles.width * tiles.height);
        return new Float32Array(
          inner.geometry.outputSize(tiles.width) * inner.geometry.outputSize(tiles.height) * 2,
        );
      },
    };
    const long = { width: 4000, height: 20, channels: 1, data: new Float32Array(80_000) };
    await predictTiled(long, withRotations(watched, { count: 8 }));
    const { margin } = predictor.geometry;
    expect(most).toBeLessThan(2 * (4000 + 2 * margin) * (20 + 2 * margin));
  });

  test("a count that makes no sense is refused", () => {
    expect(() => withRotations(models.valid, { count: 0 })).toThrow(
      "count must be a whole number from 1, got 0",
    );
  });
});

describe("blending", () => {
  test("of a network that looks at single pixels changes nothing; each row is written once", async () => {
    const model = convolution([0, 0, 0, 0, 1.5, 0, 0, 0, 0]);
    const rows: number[] = [];
    const written = new Float32Array(width * height);
    await predictTiled(image, model, {
      ...logits,
      blend: "gaussian",
      tileSize: 24,
      sink: {
        block: { width: 16, height: 4 },
        write(rect, scores) {
          expect([rect.x, rect.width, rect.y % 4]).toEqual([0, width, 0]);
          rows.push(rect.height);
          written.set(scores.data, rect.y * width);
        },
      },
    });
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(height);
    written.forEach((value, i) => {
      expect(Math.abs(value - 1.5 * image.data[i])).toBeLessThan(1e-5);
    });
  });

  const gatedByItsMean = () => {
    const kernelInitializer = layers.initializers.glorotNormal({ seed: 3 });
    const input = layers.input({ shape: [null, null, 1] });
    const features = layers.layers
      .conv2d({ filters: 3, kernelSize: 3, padding: "same", kernelInitializer })
      .apply(input);
    const pooled = layers.layers
      .globalAveragePooling2d({ name: "pool" })
      .apply(features as layers.SymbolicTensor);
    const gates = layers.layers.dense({ units: 3, activation: "sigmoid", kernelInitializer }).apply(pooled);
    const shaped = layers.layers.reshape({ targetShape: [1, 1, 3] }).apply(gates);
    const gated = layers.layers.multiply().apply([features, shaped] as layers.SymbolicTensor[]);
    const head = layers.layers
      .conv2d({ filters: 2, kernelSize: 1, kernelInitializer })
      .apply(gated) as layers.SymbolicTensor;
    return layers.model({ inputs: input, outputs: head });
  };

  test("takes layers that depend on the whole image; without it they throw, by name", async () => {
    const model = gatedByItsMean();
    await expect(predictTiled(image, model)).rejects.toThrow('the layer "pool" is a GlobalAveragePooling2D');
    const whole = await predictTiled(image, model, { ...logits, blend: "gaussian" });
    const direct = tf.tidy(() => {
      const input = tf.tensor4d(image.data, [1, height, width, 1]);
      return (model.predict(input) as tf.Tensor).dataSync() as Float32Array;
    });
    expect(worst(whole, { ...whole, data: direct })).toBeLessThan(1e-5);
    const tiled = await predictTiled(image, model, { ...logits, blend: "gaussian", tileSize: 32 });
    // Apart from the border, where the one pass sees zeros and the tiles a mirrored image.
    const inside = { x: 1, y: 1, width: width - 2, height: height - 2 };
    const [near, exact] = [cropMirrored(tiled, inside), cropMirrored(whole, inside)];
    const amplitude = Math.max(...exact.data.map(Math.abs));
    expect(worst(near, exact) / amplitude).toBeLessThan(0.1);
    expect(worst(near, exact)).toBeGreaterThan(0);
    await expect(predictTiled(image, model, { blend: "linear" as "gaussian" })).rejects.toThrow(
      'got "linear"',
    );
    model.dispose();
  });
});
