import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import {
  cropMirrored,
  type Image,
  type LabelImage,
  normalise,
  type Rect,
  resize,
  scaledSize,
} from "@unet/image";
import {
  argMax,
  asPredictor,
  labelScores,
  measureInstances,
  type Predictor,
  predictTiled,
  resized,
  type SegmentOptions,
  scoreImage,
  segment,
  type Task,
  type TileBatch,
  withRotations,
  withSymmetries,
} from "@unet/inference";
import { zarrSink, zarrSource } from "@unet/inference/zarr";
import { afterAll, describe, expect, test } from "vitest";
import { randomScores } from "./random-scores.js";
import { smallResult, smallSegmentation, smallSegmenter, smallTask } from "./segmented.js";
import { smallUNet } from "./small-unet.js";

const model = smallSegmenter(6, smallTask);
const three = smallUNet({ padding: "same", depth: 1, classes: 3 });
afterAll(() => {
  model.dispose();
  three.dispose();
});

const image = randomScores(3, 61, 47, 2);
const ragged: Image<Uint8Array> = {
  ...image,
  data: Uint8Array.from(image.data, (value) => 100 + 60 * value),
};
/** Scores of objects far larger than what contours smooth away. */
const hills: Image<Float32Array> = {
  ...image,
  data: image.data.map(
    (_, i) => 0.5 + 0.49 * Math.sin((i % 61) / 4 + 1) * Math.sin(Math.floor(i / 61) / 4 + 1),
  ),
};

/** A task with some of its output replaced. */
const taskWith = (out: Partial<Task["out"]>, more: Partial<Task> = {}): Task => ({
  ...smallTask,
  ...more,
  out: { ...smallTask.out, ...out },
});

type Whole = SegmentOptions & { sink?: undefined };

/** The image in chunks. */
const windowed = (whole: Image, block = { width: 16, height: 16 }) => ({
  width: whole.width,
  height: whole.height,
  channels: whole.channels,
  block,
  read: async (rect: Rect) => cropMirrored(whole, rect),
});

/** Takes labels part by part. */
function labelSink(width: number, height: number, block?: { width: number; height: number }) {
  const labels: LabelImage = { width, height, data: new Int32Array(width * height).fill(-7) };
  const closed: boolean[] = [];
  return {
    labels,
    closed,
    block,
    write: (rect: Rect, part: LabelImage) => labels.data.set(part.data, rect.y * width),
    close: (complete: boolean) => void closed.push(complete),
  };
}

describe("scoreImage", () => {
  test("resizes, predicts, weights the classes, and resizes back; statistics are of the resized image", async () => {
    const small = resize(ragged, scaledSize(ragged, 0.7));
    expect([small.width, small.height]).toEqual([43, 33]);
    const scores = await predictTiled(normalise(small, "z-score"), model, { normalisation: "none" });
    const map = new Float32Array(43 * 33).map(
      (_, i) => 0.1 * scores.data[2 * i] + 0.9 * scores.data[2 * i + 1],
    );
    const expected = resize({ width: 43, height: 33, channels: 1, data: map }, ragged);
    expect(await scoreImage(ragged, model, smallTask)).toEqual(expected);
  });

  test("at scale 1 it is the probability of the class", async () => {
    const { data } = await scoreImage(image, model, taskWith({ score: [0, 1] }, { scale: 1 }));
    const scores = await predictTiled(image, model);
    expect(data).toEqual(scores.data.filter((_, i) => i % 2 === 1));
  });

  test('"range" is that of the image\'s own numbers', async () => {
    const shares = { ...ragged, data: Float32Array.from(ragged.data, (value) => value / 255) };
    const options = { normalisation: "range" } as const;
    const scores = await scoreImage(ragged, model, smallTask, options);
    expect(scores).toEqual(await scoreImage(shares, model, smallTask, options));
  });

  test("refuses a task for other classes", async () => {
    await expect(scoreImage(image, three, smallTask)).rejects.toThrow(
      "the task.out.score must be a number for each of 3 classes, got [0.1,0.9]",
    );
  });
});

describe("segment", () => {
  test("follows the model's task", async () => {
    const { labels, table, scores, task } = await segment(image, model, { scores: true });
    const map = await scoreImage(image, model, smallTask);
    expect(scores).toEqual(map);
    expect(task).toEqual(smallTask);
    expect(labels).toEqual(labelScores(map, smallTask.out));
    expect(table).toEqual(measureInstances(labels, map, { image }));
    expect(table.length).toBeGreaterThan(10);
  });

  test.each([
    { scale: 1 },
    { scale: 0.5 },
    { scale: 0.37 },
    { scale: 2 },
    { split: "distance", scale: 0.5 },
    { split: "none", fillHoles: false, minimumSize: 0, scale: 0.37 },
    { split: "contours", threshold: 0.3, scale: 1 },
    { split: "contours", threshold: 0.3, scale: 0.8, symmetries: true },
  ] as Whole[])("part by part it equals the whole to the bit: %o", async (options) => {
    const contours = options.split === "contours";
    const [shown, network] = contours ? [hills, singlePixels] : [ragged, model];
    const whole = await segment(shown, network, options);
    expect(whole.labels).toMatchObject({ width: 61, height: 47 });
    expect(whole.table.length).toBeGreaterThan(2);
    const sink = labelSink(61, 47, { width: 8, height: 8 });
    const values = new Map<string, Uint8Array>();
    const store = {
      get: async (key: string) => values.get(key),
      set: async (key: string, bytes: Uint8Array) => void values.set(key, bytes),
      has: async (key: string) => values.has(key),
    };
    const found = await segment(windowed(shown), network, {
      ...options,
      sink,
      tileSize: 64,
      memory: 100_000_000,
      store: async (size) => ({
        sink: await zarrSink(store, { ...size, chunk: 16, compression: "zstd" }),
        open: () => zarrSource(store),
      }),
    });
    expect(sink.closed).toEqual([true]);
    expect(values.size).toBeGreaterThan(2);
    expect(sink.labels).toEqual(whole.labels);
    if (contours) {
      // The mean score is that of the scores, not of the contours, which are 1 inside.
      for (const { meanScore } of found.table) expect(meanScore).toBeLessThan(0.9);
    }
    expect(found).toEqual({ table: whole.table, task: whole.task, unsplit: [] });
  });

  test("options override the task, and each of them changes what is found", async () => {
    const count = async (options: Whole) => (await segment(image, model, options)).table.length;
    const usual = await count({});
    const all: Whole[] = [
      { threshold: 0.55 },
      { split: "none" },
      { minimumSize: 30 },
      { scale: 0.4 },
      { score: [0.9, 0.1] },
    ];
    for (const options of all) expect(await count(options)).not.toBe(usual);
    const { labels, task } = await segment(image, model, { fillHoles: false, split: "none" });
    expect(task).toEqual(taskWith({ fillHoles: false, split: "none" }));
    const filled = await segment(image, model, { split: "none" });
    const inside = ({ data }: LabelImage) => data.filter((label) => label > 0).length;
    expect(inside(labels)).toBeLessThan(inside(filled.labels));
  });

  test("turned networks keep the task; symmetries are an option", async () => {
    const { labels } = await segment(image, model, { symmetries: true });
    expect((await segment(image, withSymmetries(model))).labels).toEqual(labels);
    expect((await segment(image, withRotations(model, { count: 3 }))).task).toEqual(smallTask);
  });

  test("a task may ask for symmetries, and whoever has them already isn't turned again", async () => {
    const { labels } = await segment(image, model, { symmetries: true });
    const asking = smallSegmenter(6, { ...smallTask, symmetries: true });
    const asked = await segment(image, asking);
    expect(asked.labels).toEqual(labels);
    expect(asked.task).toEqual({ ...smallTask, symmetries: true });
    const plain = await segment(image, asking, { symmetries: false });
    expect(plain.labels).toEqual((await segment(image, model)).labels);
    expect(plain.labels).not.toEqual(labels);
    let asks = 0;
    const network = asPredictor(asking);
    const counted = {
      ...network,
      predict: (tiles: TileBatch) => network.predict(tiles).finally(() => asks++),
    };
    await segment(image, counted);
    expect(asks).toBe(8);
    for (const turned of [withSymmetries(counted), withRotations(counted, { count: 8 })]) {
      asks = 0;
      expect((await segment(image, turned)).task).toEqual(smallTask);
      expect(asks).toBe(8);
    }
    asking.dispose();
  });

  test("several networks are segmented by their mean", async () => {
    const other = smallSegmenter(16, taskWith({ threshold: 0.6 }));
    const { scores, task } = await segment(image, [model, other], { scores: true });
    const each = [await scoreImage(image, model, smallTask), await scoreImage(image, other, smallTask)];
    expect(task.out.threshold).toBe(0.5);
    scores.data.forEach((score, i) => {
      expect(Math.abs(score - (each[0].data[i] + each[1].data[i]) / 2)).toBeLessThan(1e-6);
    });
    other.dispose();
  });

  test("a model without a task: class 1, from one half on", async () => {
    const plain = smallSegmenter(6);
    const { labels } = await segment(image, plain);
    const scores = await predictTiled(image, plain);
    const mask = scores.data.filter((_, i) => i % 2 === 1).map((score) => (score >= 0.5 ? 1 : 0));
    expect(labels.data.map((label) => (label > 0 ? 1 : 0))).toEqual(Int32Array.from(mask));
    plain.dispose();
  });
});

describe("classes", () => {
  const classes: Task = taskWith({ score: [0, 1, 1] }, { aim: "classes", scale: 0.5 });

  test("of several, the likeliest at the image's size, with a row for each that occurs", async () => {
    const whole = await segment(image, three, { task: classes, scores: true });
    const scores = await predictTiled(resize(image, scaledSize(image, 0.5)), three);
    const sized = await resized(scores, image).read({ x: 0, y: 0, width: 61, height: 47 });
    expect(whole.scores).toEqual(sized);
    expect(whole.labels).toEqual(argMax(sized));
    const areas = [1, 2].map((label) => whole.labels.data.filter((other) => other === label).length);
    expect(whole.table.map(({ label, area }) => [label, area])).toEqual(
      [1, 2].map((label, i) => [label, areas[i]]).filter(([, area]) => area > 0),
    );
    for (const { meanScore } of whole.table) expect(meanScore).toBeGreaterThan(1 / 3);
    const sink = labelSink(61, 47);
    const found = await segment(windowed(image), three, { task: classes, sink, tileSize: 32, memory: 1e6 });
    expect(sink.labels).toEqual(whole.labels);
    expect(found.table).toEqual(whole.table);
  });

  test("of two, the one that the threshold says", async () => {
    const task = taskWith({ threshold: 0.6 }, { aim: "classes" });
    const { labels } = await segment(image, model, { task });
    const { data } = await scoreImage(image, model, task);
    expect(labels.data).toEqual(Int32Array.from(data, (score) => (score >= 0.6 ? 1 : 0)));
    expect(new Set(labels.data).size).toBe(2);
  });
});

test("contours that memory can't hold are refused, with what to do; the sink is closed", async () => {
  const sink = labelSink(61, 47);
  const options = { split: "contours", memory: 100_000, sink } as const;
  await expect(segment(image, singlePixels, options)).rejects.toThrow(
    'segment: contours of 61 × 47 px need 1 MB of memory, and may take 1 MB; raise memory, or split "scores"',
  );
  expect(sink.closed).toEqual([false]);
});

/** A network of single pixels. */
const singlePixels: Predictor = {
  geometry: {
    padding: "same",
    margin: 0,
    multiple: 1,
    outputSize: (input) => input,
    inputSize: (output) => output,
  },
  channels: 1,
  classes: 1,
  bytesPerPixel: 1,
  gives: "scores",
  predict: async ({ data }) => data.slice(),
};

test("wrong options are refused in their own words, before anything is computed", async () => {
  const sink = labelSink(61, 47);
  await expect(segment(image, model, { scale: 0, sink })).rejects.toThrow(
    "segment: the task.scale must be a number from 0.01 to 100, got 0",
  );
  expect(sink.closed).toEqual([false]);
  await expect(segment(image, model, { split: "watershed" as "none" })).rejects.toThrow(
    'segment: the task.out.split must be one of none, distance, scores, contours, got "watershed"',
  );
  await expect(segment(image, model, { sink, scores: true })).rejects.toThrow(
    "segment: scores are for results in memory; a sink is given them with the labels",
  );
  const aborted = { signal: AbortSignal.abort() };
  await expect(segment(image, model, aborted)).rejects.toThrow(
    expect.objectContaining({ name: "AbortError" }),
  );
});

test("no tensor is left behind", async () => {
  const before = tf.memory().numTensors;
  await segment(image, [model, model], { symmetries: true, scale: 0.5 });
  expect(tf.memory().numTensors).toBe(before);
});

test("Node segments as a page does (segment.browser.test.ts)", async () => {
  expect(await smallSegmentation()).toEqual(smallResult);
});
