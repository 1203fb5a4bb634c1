import { memory, tensor } from "@tensorflow/tfjs-core";
import { input as inputOf, layers, model as modelOf } from "@tensorflow/tfjs-layers";
import { useBackend } from "@unet/backend";
import { type Dataset, subset, syntheticCells, syntheticMembranes } from "@unet/datasets";
import { connectedComponents, randomAt, type Sample } from "@unet/image";
import { labelScores, plainTaskFor, scoreImage, segment, type Task } from "@unet/inference";
import { instanceScores, segMeasure, vInfo, vRand } from "@unet/metrics";
import { calibrate, type Samples } from "@unet/training";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
});

/** A network of one layer: logits of the image's value times each of these. */
function pointwise(factors: number[]) {
  const input = inputOf({ shape: [null, null, 1] });
  const layer = layers.conv2d({ filters: factors.length, kernelSize: 1, useBias: false });
  const made = modelOf({ inputs: input, outputs: layer.apply(input) as ReturnType<typeof inputOf> });
  layer.setWeights([tensor(factors, [1, 1, 1, factors.length])]);
  return made;
}

/** Of which class 1 has the score 1 / (1 + e^−v) where the image is v. */
const logistic = () => pointwise([0, 1]);

const task = (aim: Task["aim"], classes = 2): Task => ({ ...plainTaskFor(classes), aim });

/** A sample whose scores are these. */
function scored(
  name: string,
  scores: string[],
  labels: string[],
  kind: Sample["kind"] = "instances",
): Sample {
  const [width, height] = [scores[0].length, scores.length];
  // tenths, and `a` for 0.95
  const tenths = [...scores.join("")].map((sign) => (sign === "a" ? 0.95 : Number(sign) / 10));
  const data = Float32Array.from(tenths, (p) => Math.log(Math.max(p, 0.001) / (1 - Math.max(p, 0.001))));
  const truth = Int32Array.from([...labels.join("")], (sign) => (sign === "x" ? -1 : Number(sign)));
  const image = { width, height, channels: 1, data };
  return { name, image, labels: { width, height, data: truth }, kind };
}

const samplesOf = (...samples: Sample[]): Samples => ({ length: samples.length, get: (i) => samples[i] });

// two objects that a bridge of 0.63 joins, and a speck
const joined = ["9999000000a", "99990000000", "99996699990", "00000099990", "00000099990"];
const truth = ["11110000000", "11110000000", "11110022220", "00000022220", "00000022220"];

test("threshold and smallest object are chosen so that objects are apart and specks gone", async () => {
  const model = logistic();
  const images = [0, 1, 2].map((i) => scored(`image ${i}`, joined, truth));
  const names: string[] = [];
  const before = memory().numTensors;
  const found = await calibrate({
    model,
    samples: samplesOf(...images),
    task: task("instances"),
    onEvent: ({ name, done, images }) => names.push(`${name}: ${done} of ${images}`),
  });
  expect(memory().numTensors).toBe(before);
  expect(names).toEqual(["image 0: 1 of 3", "image 1: 2 of 3", "image 2: 3 of 3"]);
  // 0.65 is nearest to ½ of the thresholds above 0.6; of areas 12 and 12 a tenth is 1 px, a fifth 2
  expect(found.out).toEqual({
    ...{ score: [0, 1], threshold: 0.65, split: "none", minimumSize: 2, fillHoles: false },
  });
  expect(found.calibration).toEqual({
    images: 3,
    measures: { f1: 1, seg: 1, precision: 1, recall: 1, found: 6, objects: 6 },
  });
  model.dispose();
});

test("what is estimated is what the choice of the others does to each image, counted over all", async () => {
  const model = logistic();
  const samples = noisy(syntheticCells({ count: 4, width: 72, height: 64, seed: 5 }), 1.4);
  const chosen = await calibrate({ model, samples, task: task("instances") });
  let [tp, fp, fn] = [0, 0, 0];
  const jaccards: number[] = [];
  for (let left = 0; left < 4; left++) {
    const others = subset(
      samples,
      [0, 1, 2, 3].filter((i) => i !== left),
    );
    const without = await calibrate({ model, samples: others, task: task("instances") });
    const sample = await samples.get(left);
    // as the model would be used
    const { labels } = await segment(sample.image, model, { task: without });
    const [at] = instanceScores(labels, sample.labels, { thresholds: [0.5] }).perThreshold;
    tp += at.truePositives;
    fp += at.falsePositives;
    fn += at.falseNegatives;
    jaccards.push(...segMeasure(labels, sample.labels).objects.map(({ jaccard }) => jaccard));
  }
  const { measures } = chosen.calibration!;
  expect(measures.f1).toBeCloseTo((2 * tp) / (2 * tp + fp + fn), 4);
  expect(measures.precision).toBeCloseTo(tp / (tp + fp), 4);
  expect(measures.seg).toBeCloseTo(jaccards.reduce((a, b) => a + b) / jaccards.length, 4);
  expect(measures.objects).toBe(tp + fn);
  expect(measures.f1).toBeGreaterThan(0.3);
  // the medians of the areas differ, so smallest objects do, too; the same images choose the same
  expect(await calibrate({ model, samples, task: task("instances") })).toEqual(chosen);
  model.dispose();
});

test("a choice on one image is better for it than any that differs in one setting", async () => {
  const model = logistic();
  const samples = noisy(syntheticCells({ count: 1, width: 96, height: 80, seed: 6 }), 1.2);
  const { out } = await calibrate({ model, samples, task: task("instances") });
  const all = [await samples.get(0)];
  const maps = await Promise.all(all.map(({ image }) => scoreImage(image, model, task("instances"))));
  const value = (changed: Partial<Task["out"]>) => {
    const found = maps.map((map) => labelScores(map, { ...out, ...changed }));
    const truths = all.map(({ labels }) => labels);
    const { f1 } = instanceScores(found, truths, { thresholds: [0.5] });
    return (f1 + segMeasure(found, truths).score) / 2;
  };
  for (const threshold of [0.2, 0.35, 0.5, 0.65, 0.8]) {
    for (const split of ["none", "distance", "scores"] as const) {
      expect(value({ threshold, split })).toBeLessThanOrEqual(value({}));
    }
  }
  model.dispose();
});

test("membranes: gaps are closed where that is better, by V^Rand and V^Info of what the task makes", async () => {
  const model = logistic();
  const samples = noisy(syntheticMembranes({ count: 2, width: 96, height: 96, seed: 2 }), 1);
  const chosen = await calibrate({ model, samples, task: task("membranes") });
  const { vrand, vinfo, wrong } = chosen.calibration!.measures;
  const all = await Promise.all([0, 1].map((i) => samples.get(i)));
  const scores = await Promise.all(
    all.map(async ({ image, labels }, i) => {
      const other = subset(samples, [1 - i]);
      const { out } = await calibrate({ model, samples: other, task: task("membranes") });
      const map = await scoreImage(image, model, task("membranes"));
      const found = labelScores(map, out);
      const cells = { ...found, channels: 1, data: Float32Array.from(found.data, (l) => Math.min(l, 1)) };
      return { cells, truth: labels, map };
    }),
  );
  const [cells, truths] = [scores.map((each) => each.cells), scores.map((each) => each.truth)];
  expect(vrand).toBeCloseTo(vRand(cells, truths, { thresholds: [0.5] }).score, 4);
  expect(vinfo).toBeCloseTo(vInfo(cells, truths, { thresholds: [0.5] }).score, 4);
  let errors = 0;
  for (const { map, truth } of scores) {
    errors += truth.data.filter((label, i) => label > 0 !== map.data[i] > 0.5).length;
  }
  expect(wrong).toBeCloseTo(errors / (2 * 96 * 96), 4);
  model.dispose();
});

test("classes: of two the threshold with the best mean IoU, of more the likeliest, by their IoU", async () => {
  const model = logistic();
  const sample = scored("two", ["2245", "6688"], ["00xx", "0011"], "classes");
  const two = await calibrate({ model, samples: samplesOf(sample), task: task("classes") });
  // from 0.65 on, as ignored pixels count for nothing; one image flatters
  expect(two.out.threshold).toBe(0.65);
  expect(two.calibration).toEqual({ images: 1, measures: { miou: 1, iou1: 1 } });

  const three = pointwise([0, 1, -1]);
  const classes = task("classes", 3);
  const image = { width: 4, height: 1, channels: 1, data: Float32Array.of(2, 2, -2, 0.5) };
  const labels = { width: 4, height: 1, data: Int32Array.of(1, 2, 2, 1) };
  const drawn: Sample = { name: "three", image, labels, kind: "classes" };
  const { out, calibration } = await calibrate({ model: three, samples: samplesOf(drawn), task: classes });
  expect(out).toEqual(classes.out);
  // class 1 is found in pixels 0, 1, 3 of which two are right; class 2 in pixel 2 of two
  expect(calibration!.measures).toEqual({ miou: 0.5833, iou1: 0.6667, iou2: 0.5 });
  model.dispose();
  three.dispose();
});

test("at most 64 images are looked at, each predicted once; objects of class maps are their parts", async () => {
  const model = logistic();
  const binary = truth.map((row) => row.replaceAll("2", "1"));
  const sample = scored("many", joined, binary, "classes");
  const read: number[] = [];
  const samples: Samples = {
    length: 200,
    get(index) {
      read.push(index);
      return sample;
    },
  };
  const { calibration } = await calibrate({ model, samples, task: task("instances") });
  expect(calibration).toMatchObject({ images: 64, measures: { f1: 1, objects: 128 } });
  expect(new Set(read).size).toBe(64);
  expect(connectedComponents(sample.labels).data).toContain(2);
  model.dispose();
});

test("what is wrong, and an abort", async () => {
  const model = logistic();
  await expect(calibrate({ model, samples: samplesOf() })).rejects.toThrow("samples is empty");
  await expect(calibrate({ model, samples: samplesOf(), task: task("classes", 3) })).rejects.toThrow(
    "task.out.score must be a number for each of 2 classes",
  );
  const samples = noisy(syntheticCells({ count: 2, width: 64, height: 64 }), 1);
  const controller = new AbortController();
  const stopped = calibrate({
    ...{ model, samples, signal: controller.signal },
    onEvent: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  model.dispose();
});

/** Images whose values are logits of the truth, lower at the borders of objects, with noise. */
function noisy(data: Dataset, noise: number): Dataset {
  return {
    ...data,
    async get(index) {
      const { image, labels, ...rest } = await data.get(index);
      const { width, height } = image;
      const random = randomAt(9, "noise", index);
      const values = Float32Array.from(labels.data, (label, i) => {
        const around = [i - 2, i + 2, i - 2 * width, i + 2 * width];
        const inside = around.filter((j) => (labels.data[j] ?? label) === label && label > 0).length;
        return (label > 0 ? inside - 2 : -1) + noise * (random() + random() - 1);
      });
      return { ...rest, labels, image: { width, height, channels: 1, data: values } };
    },
  };
}
