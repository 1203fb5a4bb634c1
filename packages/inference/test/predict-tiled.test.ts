import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as layers from "@tensorflow/tfjs-layers";
import { cropMirrored, type Image, normalise, type Rect, randomAt } from "@unet/image";
import { asPredictor, modelGeometry, type Predictor, predictTiled, type TileGeometry } from "@unet/inference";
import { afterAll, describe, expect, test, vi } from "vitest";
import { smallUNet } from "./small-unet.js";

const models = {
  valid: smallUNet({ padding: "valid", depth: 2 }),
  same: smallUNet({ padding: "same", depth: 2 }),
};
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

/** Of a network that looks at single pixels. */
const planGeometry: TileGeometry = {
  padding: "same",
  margin: 0,
  multiple: 1,
  outputSize: (input) => input,
  inputSize: (output) => output,
};

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

test("grey pictures kept as colours, and colours where grey is asked for, fit a model of one channel", async () => {
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const { width, height } = image;
  const data = new Float32Array(3 * image.data.length);
  for (const [i, value] of image.data.entries()) data.fill(value, 3 * i, 3 * i + 3);
  const expected = await predictTiled(image, valid);
  const colour = { width, height, channels: 3, data };
  expect(await predictTiled(colour, valid, { onNotice, tileSize: 72 })).toEqual(
    await predictTiled(image, valid, { tileSize: 72 }),
  );
  expect(notices).toEqual(["the image has three equal channels; they are taken as one"]);
  const green = { ...colour, data: data.map((value, i) => (i % 3 === 1 ? value / 0.587 : 0)) };
  const grey = await predictTiled(green, valid, { channels: "grey" });
  for (const [i, score] of grey.data.entries()) expect(score).toBeCloseTo(expected.data[i], 4);
});

describe("what can't be predicted gets one line", () => {
  const cases: Array<[string, () => Promise<unknown>, string]> = [
    [
      "channels",
      () => predictTiled({ width: 4, height: 4, channels: 2, data: new Uint8Array(32) }, valid),
      "the image has 2 channels, but the model takes 1",
    ],
    [
      "colours",
      () =>
        predictTiled(
          { width: 4, height: 4, channels: 3, data: Uint8Array.from({ length: 48 }, (_, i) => i % 3) },
          valid,
        ),
      'the image has 3 channels, but the model takes 1, and they differ at x 0, y 0; channels "grey"',
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
    ["activation", () => predictTiled(image, valid, { activation: "relu" as "none" }), 'got "relu"'],
    [
      "memory",
      () => predictTiled(image, valid, { memory: 1000 }),
      "bytes for the smallest tile, of 44 × 44 px of input, got 1000",
    ],
    ["normalisation", () => predictTiled(image, valid, { normalisation: "x" as "none" }), 'z-score, got "x"'],
  ];
  test.each(cases)("%s", async (_, attempt, message) => {
    const before = tf.memory().numTensors;
    await expect(attempt()).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a sink is closed even where nothing could be planned", async () => {
    const close = vi.fn();
    const attempt = predictTiled(image, valid, { memory: 1000, sink: { write() {}, close } });
    await expect(attempt).rejects.toThrow("memory must be at least");
    expect(close.mock.calls).toEqual([[false]]);
  });
});

describe("after an abort", () => {
  const reason = new Error("the user's own");

  test("a run rejects with AbortError, whatever the reason, and the sink is closed as incomplete", async () => {
    const controller = new AbortController();
    const closed: boolean[] = [];
    const attempt = predictTiled(image, valid, {
      tileSize: 48,
      signal: controller.signal,
      sink: { write() {}, close: (complete) => void closed.push(complete) },
      onProgress: ({ done }) => {
        if (done === 2) controller.abort(reason);
      },
    });
    await expect(attempt).rejects.toMatchObject({ name: "AbortError", message: /stopped after 2 of \d+/ });
    await expect(attempt).rejects.toBeInstanceOf(DOMException);
    expect(closed).toEqual([false]);
  });

  test("before the start nothing is read", async () => {
    const read = vi.fn();
    const source = { width: 61, height: 47, channels: 1, read };
    const signal = AbortSignal.abort(reason);
    await expect(predictTiled(source, valid, { signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(read).not.toHaveBeenCalled();
  });

  test("a read that never ends is not waited for", async () => {
    const source = { width: 61, height: 47, channels: 1, read: () => new Promise<Image>(() => {}) };
    const controller = new AbortController();
    const attempt = predictTiled(source, valid, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(attempt).rejects.toMatchObject({
      name: "AbortError",
      message: /stopped after 0 of 1 tiles/,
    });
  });

  test("reads that fail afterwards are nobody's unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const controller = new AbortController();
    const source = {
      width: 400,
      height: 4,
      channels: 1,
      async read(rect: Rect, { signal }: { signal?: AbortSignal } = {}) {
        if (rect.x > 100) controller.abort(reason);
        await new Promise((resolve) => setTimeout(resolve, 5));
        signal?.throwIfAborted();
        return cropMirrored(noise(400, 4), rect);
      },
    };
    const attempt = predictTiled(source, valid, { tileSize: 44, signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test("one class gets the sigmoid, since its softmax would be 1 everywhere", async () => {
  const input = layers.input({ shape: [null, null, 1] });
  const head = layers.layers.conv2d({ filters: 1, kernelSize: 1, kernelInitializer: "ones" });
  const model = layers.model({ inputs: input, outputs: head.apply(input) as layers.SymbolicTensor });
  const scores = await predictTiled(image, model);
  image.data.forEach((logit, i) => {
    expect(Math.abs(scores.data[i] - 1 / (1 + Math.exp(-logit)))).toBeLessThan(1e-6);
  });
  model.dispose();
});

test.each([
  ["activation", []],
  ["layer", [layers.layers.softmax({ axis: -1 })]],
])("a network that ends in its own softmax, by its %s, is left as it is", async (kind, last) => {
  const input = layers.input({ shape: [null, null, 1] });
  const activation = kind === "layer" ? "linear" : "softmax";
  const head = layers.layers.conv2d({ filters: 2, kernelSize: 1, activation });
  const outputs = [head, ...last].reduce<layers.SymbolicTensor>(
    (maps, layer) => layer.apply(maps) as layers.SymbolicTensor,
    input,
  );
  const model = layers.model({ inputs: input, outputs });
  const scores = await predictTiled(image, model);
  expect(scores).toEqual(await predictTiled(image, model, { activation: "none" }));
  expect(Math.abs(scores.data[0] + scores.data[1] - 1)).toBeLessThan(1e-6);
  model.dispose();
});

test("reading, computing and writing go on at the same time, one batch each, and writes never overlap", async () => {
  const geometry = planGeometry;
  const busy = { read: 0, compute: 0, write: 0 };
  const together: string[] = [];
  const stage = async <T>(name: keyof typeof busy, result: T) => {
    busy[name]++;
    together.push(Object.values(busy).join(""));
    await new Promise((resolve) => setTimeout(resolve, 5));
    busy[name]--;
    return result;
  };
  const [width, height] = [4096, 512];
  const source = {
    width,
    height,
    channels: 1,
    read: (rect: Rect) =>
      stage("read", { ...rect, channels: 1, data: new Uint8Array(rect.width * rect.height) }),
  };
  const predictor: Predictor = {
    geometry,
    channels: 1,
    classes: 1,
    predict: ({ data }) => stage("compute", data.slice()),
  };
  await predictTiled(source, predictor, { tileSize: 512, sink: { write: () => stage("write", undefined) } });
  expect(together).toContain("111");
  expect(together.every((counts) => !/[2-9]/.test(counts))).toBe(true);
});

test("small tiles are computed together, and the result is the same", async () => {
  const counts: number[] = [];
  const network = asPredictor(valid);
  const counting: Predictor = {
    ...network,
    predict(tiles) {
      counts.push(tiles.count);
      return network.predict(tiles);
    },
  };
  const options = { tileSize: 48, activation: "none" } as const;
  const batched = await predictTiled(image, counting, options);
  expect(counts[0]).toBeGreaterThan(1);
  const single = await predictTiled(image, { ...network, maxPixels: 48 ** 2 }, options);
  expect(batched).toEqual(single);
});

test("parts that a sink has already are not read or computed again", async () => {
  const whole = await predictTiled(image, valid, { tileSize: 48 });
  const missing = new Set(["0,0", "8,16"]);
  const written: string[] = [];
  const progress: number[] = [];
  await predictTiled(image, valid, {
    tileSize: 48,
    sink: {
      has: async ({ x, y }) => !missing.has(`${x},${y}`),
      write(rect, scores) {
        written.push(`${rect.x},${rect.y}`);
        expect(scores.data).toEqual(cropMirrored(whole, rect).data);
      },
    },
    onProgress: ({ done, total }) => progress.push(total - done),
  });
  expect(written).toEqual([...missing]);
  expect(progress).toEqual([2, 1, 0]);
});

describe("statistics of sources that are read by window equal those of the image", () => {
  const [width, height] = [2300, 1900];
  const kinds = {
    "8-bit": new Uint8Array(width * height * 2),
    "16-bit": new Uint16Array(width * height * 2),
    float: new Float32Array(width * height * 2),
  };
  const random = randomAt(3, "statistics", 0);
  for (let i = 0; i < kinds.float.length; i++) {
    const value = (random() - 0.5) * random();
    kinds.float[i] = value;
    kinds["8-bit"][i] = 100 + 150 * value;
    kinds["16-bit"][i] = 9000 + 15000 * value;
  }

  test.each(
    Object.keys(kinds).flatMap((kind) => [
      [kind, "percentile"],
      [kind, "z-score"],
    ]),
  )("%s, %s", async (kind, method) => {
    const whole = { width, height, channels: 2, data: kinds[kind as "float"] };
    const predictor: Predictor = {
      geometry: planGeometry,
      channels: 2,
      classes: 2,
      predict: async ({ data }) => data.slice(),
    };
    const reads: Rect[] = [];
    const source = {
      width,
      height,
      channels: 2,
      block: { width: 100, height: 70 },
      async read(rect: Rect) {
        reads.push(rect);
        return cropMirrored(whole, rect);
      },
    };
    const normalisation = method as "percentile";
    const options = { normalisation, activation: "none", tileSize: 1000 } as const;
    const scores = await predictTiled(source, predictor, options);
    const expected = normalise(whole, normalisation);
    let worst = 0;
    for (let i = 0; i < expected.data.length; i++) {
      worst = Math.max(worst, Math.abs(scores.data[i] - expected.data[i]));
    }
    expect(worst).toBeLessThanOrEqual(method === "percentile" ? 0 : 1e-6);
    const passes = method === "percentile" && kind === "float" ? 2 : 1;
    const area = reads.slice(0, -6).reduce((sum, rect) => sum + rect.width * rect.height, 0);
    expect(area).toBe(passes * width * height);
  });
});

describe("the estimate of memory is above what a prediction takes, and not far", () => {
  const networks: Array<[string, () => layers.LayersModel, number]> = [
    ["valid, depth 3", () => smallUNet({ padding: "valid", depth: 3 }), 300],
    ["same, depth 1", () => smallUNet({ padding: "same", depth: 1 }), 128],
    ["same, depth 4", () => smallUNet({ padding: "same", depth: 4 }), 128],
  ];
  test.each(networks)("%s", async (_, make, size) => {
    const model = make();
    const before = tf.memory().numBytes;
    const side = modelGeometry(model).inputSize(size);
    const { peakBytes } = await tf.profile(() => model.predict(tf.zeros([1, side, side, 1])) as tf.Tensor);
    const taken = (peakBytes - before) / side ** 2;
    const { bytesPerPixel } = asPredictor(model);
    expect(bytesPerPixel).toBeGreaterThan(taken);
    expect(bytesPerPixel).toBeLessThan(4 * taken);
    model.dispose();
  });
});
