import { useBackend } from "@unet/backend";
import { syntheticCells, syntheticMembranes } from "@unet/datasets";
import { connectedComponents, type LabelImage, type Sample } from "@unet/image";
import { argMax, predictTiled, segment, type Task, type TaskOutput } from "@unet/inference";
import { separateTouching } from "@unet/loss/weight-map";
import { classScores, instanceScores, segMeasure, vInfo, vRand } from "@unet/metrics";
import { createUNet } from "@unet/model";
import { prepareSamples, type SegmentedImage, train, validate } from "@unet/training";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

const cells = syntheticCells({ count: 2, width: 96, height: 80, seed: 1 });
const membranes = syntheticMembranes({ count: 2, width: 64, height: 64, seed: 4 });
const common = { channels: 1, normalisation: "z-score", w0: 0, sigma: 5 } as const;
const out: TaskOutput = {
  ...{ score: [0, 1, 0.5], threshold: 0.4, split: "distance", minimumSize: 5, fillHoles: true },
};
const task: Task = { aim: "instances", scale: 0.5, out };

/** A network that has learnt a little, so that it finds something. */
async function trained(samples: typeof cells, classes: number, given: object) {
  const model = createUNet({ filters: 2, depth: 1, classes, padding: "same", dropout: 0, seed: 1 });
  const config = { tileSize: 32, optimizer: "adam", learningRate: 0.02, steps: 40, ...given } as const;
  await train({ model, samples, config });
  return model;
}

const binary = ({ width, height, data }: LabelImage): LabelImage => ({
  ...{ width, height },
  data: data.map((label) => Math.min(label, 1)),
});
const asScores = (labels: LabelImage) => ({
  ...{ ...labels, channels: 1 },
  data: Float32Array.from(binary(labels).data),
});
const half = { thresholds: [0.5] };

describe("of a run with a task", () => {
  test("objects are judged as segment finds them, at the image's own size", async () => {
    const rims = [2];
    const model = await trained(cells, 3, { task, rims });
    const prepared = await prepareSamples(cells, { ...common, classes: 3, task, rims });
    const samples = await Promise.all([0, 1].map((i) => cells.get(i)));
    const found = await Promise.all(samples.map(async ({ image }) => (await segment(image, model)).labels));
    const truth = samples.map(({ labels }) => labels);
    expect(Math.max(...found[0].data)).toBeGreaterThan(3);
    const taken = async (measure: string) =>
      (await validate(model, prepared, { measure, originals: cells, task, rims })).value;
    expect(await taken("f1")).toBe(instanceScores(found, truth, half).f1);
    expect(await taken("seg")).toBe(segMeasure(found, truth).score);
    expect(await taken("miou")).toBe(classScores(found.map(binary), truth.map(binary)).iou);
    const parted = found.map((labels) => asScores(separateTouching(labels)));
    const trueParted = truth.map((labels) => binary(separateTouching(labels)));
    expect(await taken("vrand")).toBe(vRand(parted, trueParted, half).score);
    expect(await taken("vinfo")).toBe(vInfo(parted, trueParted, half).score);
    model.dispose();
  });

  test("membranes are judged with their gaps closed", async () => {
    const closing: Task = { aim: "membranes", scale: 1, out: { ...out, score: [0, 1], split: "contours" } };
    const model = await trained(membranes, 2, { task: closing });
    const prepared = await prepareSamples(membranes, { ...common, classes: 2 });
    const samples = await Promise.all([0, 1].map((i) => membranes.get(i)));
    const found = await Promise.all(samples.map(async ({ image }) => (await segment(image, model)).labels));
    const truth = samples.map(({ labels }) => binary(labels));
    const taken = async (measure: string) =>
      (await validate(model, prepared, { measure, originals: membranes, task: closing })).value;
    expect(await taken("vrand")).toBe(vRand(found.map(asScores), truth, half).score);
    expect(await taken("vinfo")).toBe(vInfo(found.map(asScores), truth, half).score);
    const parts = truth.map((labels) => connectedComponents(labels));
    expect(await taken("f1")).toBe(instanceScores(found, parts, half).f1);
    model.dispose();
  });

  test.each([2, 3])("%i classes are judged by the class of each pixel", async (classes) => {
    const classOf = classes === 3 ? { 2: 2, 3: 2, 5: 2 } : undefined;
    const score = classes === 3 ? [0, 1, 1] : [0, 1];
    const aim: Task = { aim: "classes", scale: 0.5, out: { ...out, score, threshold: 0.3 } };
    const model = await trained(cells, classes, { task: aim, classOf });
    const prepared = await prepareSamples(cells, { ...common, classes, task: aim, classOf });
    const samples = await Promise.all([0, 1].map((i) => cells.get(i)));
    const found = await Promise.all(samples.map(async ({ image }) => (await segment(image, model)).labels));
    const truth = samples.map(({ labels }) => ({
      ...labels,
      data: labels.data.map((label) => (label > 0 ? (classOf?.[label as 2] ?? 1) : label)),
    }));
    const taken = async (measure: string) =>
      (await validate(model, prepared, { measure, originals: cells, task: aim, classOf })).value;
    expect(await taken("miou")).toBe(classScores(found, truth, { classes }).iou);
    const objects = found.map((labels) => connectedComponents(labels));
    expect(await taken("f1")).toBe(
      instanceScores(
        objects,
        samples.map(({ labels }) => labels),
        half,
      ).f1,
    );
    model.dispose();
  });
});

test("without a task, f1 and miou take connected foreground and the likeliest class", async () => {
  const model = await trained(membranes, 2, {});
  const prepared = await prepareSamples(membranes, { ...common, classes: 2 });
  const samples = await Promise.all([0, 1].map((i) => membranes.get(i)));
  const scores = await Promise.all(samples.map(({ image }) => predictTiled(image, model)));
  const truth = samples.map(({ labels }) => binary(labels));
  const classes = scores.map((each) => argMax(each));
  const taken = async (measure: string) =>
    (await validate(model, prepared, { measure, originals: membranes })).value;
  expect(await taken("miou")).toBe(classScores(classes, truth).iou);
  const [objects, parts] = [classes, truth].map((side) => side.map((labels) => connectedComponents(labels)));
  expect(await taken("f1")).toBe(instanceScores(objects, parts, half).f1);
  model.dispose();
});

test("the network sees each image once, and an own measure is handed what it makes of it", async () => {
  const model = createUNet({ filters: 2, depth: 1, seed: 1 });
  let runs = 0;
  const predict = model.predictOnBatch.bind(model);
  model.predictOnBatch = (...given) => {
    runs++;
    return predict(...given);
  };
  const prepared = await prepareSamples(membranes, { ...common, classes: 2 });
  const sizes: number[][] = [];
  const names: string[] = [];
  const own = {
    measures: {
      mine: {
        better: "lower" as const,
        count({ probabilities, foreground, truth }: SegmentedImage) {
          sizes.push([probabilities.channels, probabilities.width, foreground.channels]);
          names.push((truth as Sample).name);
          return foreground.data[0] - (1 - probabilities.data[0]);
        },
        pool: (counts: number[]) => Math.max(...counts.map(Math.abs)) + counts.length,
      },
    },
  };
  await validate(model, prepared);
  const alone = runs;
  const { value } = await validate(model, prepared, { measure: "mine", originals: membranes, own });
  expect(runs).toBe(2 * alone);
  expect(value).toBeCloseTo(2, 6);
  expect(sizes).toEqual([
    [2, 64, 1],
    [2, 64, 1],
  ]);
  expect(names).toEqual([(await membranes.get(0)).name, (await membranes.get(1)).name]);
  model.dispose();
});
