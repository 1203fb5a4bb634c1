import { pasteObjects } from "@unet/augmentation";
import { syntheticCells } from "@unet/datasets";
import { type Image, type LabelImage, resize, resizeLabels, type Sample } from "@unet/image";
import { type Task, taskOf } from "@unet/inference";
import { rimMap } from "@unet/loss/weight-map";
import { createUNet, withNewHead } from "@unet/model";
import {
  loadRun,
  prepareSamples,
  resume,
  type Samples,
  type TrainingConfig,
  type TrainingEvent,
  train,
} from "@unet/training";
import { expect, test } from "vitest";
import { pasting } from "../src/samples/pasting.js";
import { eachInNewFolder } from "./tiny-run.js";

let out: string;
eachInNewFolder((path) => {
  out = path;
});

const samples = syntheticCells({ count: 2, width: 128, height: 128, seed: 1 });
const tiny = (classes = 4) => createUNet({ filters: 2, depth: 1, classes, seed: 1 });
const weightsOf = (model: ReturnType<typeof tiny>) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));

const task: Task = {
  recipe: "instances",
  aim: "instances",
  scale: 0.5,
  out: { score: [0, 1, 0.75, 0.5], threshold: 0.4, split: "scores", minimumSize: 10, fillHoles: true },
};
const config: Partial<TrainingConfig> = { task, rims: [2, 5], paste: 2, tileSize: 48, steps: 2 };
const preparation = { channels: 1, classes: 4, classWeights: [1, 1, 1, 1], normalisation: "none" as const };
const common = { ...preparation, w0: 0, sigma: 5 };

/** One sample of these labels, 4 px wide. */
const drawn = (data: number[], kind: Sample["kind"] = "instances"): Samples => {
  const labels: LabelImage = { width: 4, height: data.length / 4, data: Int32Array.from(data) };
  const image: Image = { ...labels, channels: 1, data: Uint8Array.from(data, (label) => 10 * label) };
  return { length: 1, get: () => ({ name: "drawn", image, labels, kind }) };
};

test("samples are resized, then pasted onto, then given rims", async () => {
  const prepared = await prepareSamples(samples, { ...common, task, rims: [2, 5], paste: 2, seed: 7 });
  expect(prepared.length).toBe(6);
  const size = { width: 64, height: 64 };
  const whole = await Promise.all([0, 1].map((i) => samples.get(i)));
  const seen = whole.map((sample) => {
    return { ...sample, image: resize(sample.image, size), labels: resizeLabels(sample.labels, size) };
  });
  for (const index of [0, 1, 2, 5]) {
    const own = seen[index % 2];
    const expected = index < 2 ? own : pasteObjects(own, seen, { seed: 7, index });
    const { image, labels } = await prepared.get(index);
    expect(image.data).toEqual(Float32Array.from(expected.image.data));
    expect(labels).toEqual(rimMap(expected.labels, { width: [2, 5] }));
  }
  const [first, pasted] = [await prepared.get(0), await prepared.get(2)];
  expect(pasted.image.data).not.toEqual(first.image.data);
});

test("objects to paste are taken from as many samples as the memory allows, drawn by the seed", async () => {
  const many = syntheticCells({ count: 6, width: 128, height: 128, seed: 2 });
  const read = async (donorBytes: number, seed: number) => {
    const indices: number[] = [];
    const counted: Samples = {
      length: 6,
      get(index) {
        indices.push(index);
        return many.get(index);
      },
    };
    const paste = await pasting(counted, { seed, donorBytes });
    const own = await many.get(0);
    return { indices, pasted: paste(own, 8).image.data };
  };
  const all = await read(2 ** 28, 1);
  expect(all.indices.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(all.pasted).toEqual(
    pasteObjects(await many.get(0), await Promise.all(all.indices.toSorted().map((i) => many.get(i))), {
      ...{ seed: 1, index: 8 },
    }).image.data,
  );
  // an image of 8 bits and its labels of 32
  const two = await read(2 * 5 * 128 * 128, 1);
  expect(two.indices).toEqual(all.indices.slice(0, 3));
  expect(await read(2 * 5 * 128 * 128, 1)).toEqual(two);
  expect((await read(1, 1)).indices).toEqual(all.indices.slice(0, 2));
});

test("a range is that of the numbers before they are resized", async () => {
  const one = drawn([1, 1, 0, 0, 1, 1, 0, 0]);
  const options = { ...common, normalisation: "range" as const, rims: [2, 5], task };
  const { image } = await (await prepareSamples(one, options)).get(0);
  expect([...image.data]).toEqual([Math.fround(10 / 255), 0]);
});

test("classes are balanced over interiors and rims", async () => {
  const ones = new Array(4 * 6).fill(1);
  // rims of 1 px: of the rows 1 1 1 1 1 1 0 0, five rows of interior, then one of rim
  const one = drawn([...ones, 0, 0, 0, 0, 0, 0, 0, 0]);
  const options = { ...common, classes: 3, classWeights: undefined, rims: [1] };
  const { classWeights, get } = await prepareSamples(one, options);
  expect([...(await get(0)).labels.data.filter((_, i) => i % 4 === 0)]).toEqual([1, 1, 1, 1, 1, 2, 0, 0]);
  expect(classWeights).toEqual([32 / (3 * 8), 32 / (3 * 20), 32 / (3 * 4)]);
});

test("with scale, rims and pasting, a run that was stopped goes on to the bit, and the model knows its task", async () => {
  const options = { samples, validation: samples, config: { ...config, steps: 6 }, seed: 3 };
  const straight = await train({ ...options, model: tiny() });
  const controller = new AbortController();
  const onEvent = (event: TrainingEvent) => event.type === "step" && event.step === 3 && controller.abort();
  const model = tiny();
  const stopped = train({ ...options, model, out, signal: controller.signal, onEvent });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const resumed = await resume(out, { samples, validation: samples });
  expect(resumed.history).toEqual(straight.history);
  expect(resumed.validation).toEqual(straight.validation);
  expect(weightsOf(resumed.model)).toEqual(weightsOf(straight.model));
  const loaded = await loadRun(out);
  expect(taskOf(loaded)).toEqual(task);
  expect(loaded.getUserDefinedMetadata()).toMatchObject({
    classNames: ["background", "interior", "rim of 5 px", "rim of 2 px"],
  });
  for (const each of [model, straight.model, resumed.model, loaded]) each.dispose();
});

test("validation is never pasted onto", async () => {
  const seen: number[] = [];
  const validation: Samples = {
    length: 1,
    get(index) {
      seen.push(index);
      return samples.get(1);
    },
  };
  const model = tiny();
  const ofNone = await train({ model, samples, validation, config: { ...config, steps: 1, paste: 0 } });
  const plain = tiny();
  const ofTwo = await train({ model: plain, samples, validation, config: { ...config, steps: 1, paste: 2 } });
  expect(new Set(seen)).toEqual(new Set([0]));
  expect(ofTwo.validation?.constantLoss).toBe(ofNone.validation?.constantLoss);
  for (const each of [model, plain]) each.dispose();
});

test("a model that is trained again keeps its task and rims, but not its calibration", async () => {
  const model = tiny();
  await train({ model, samples, config });
  const calibration = { images: 3, measures: { f1: 0.8 } };
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), task: { ...task, calibration } });
  const again = await train({ model, samples, config: { tileSize: 48, steps: 1 } });
  expect(again.config).toMatchObject({ task, rims: [2, 5], paste: 0 });
  expect(taskOf(model)).toEqual(task);
  const other = withNewHead(model, { classes: 2, seed: 1 });
  const anew = await train({ model: other, samples, config: { tileSize: 48, steps: 1 } });
  expect(anew.config.rims).toEqual([]);
  expect(taskOf(other)).toBe(undefined);
  for (const each of [model, other]) each.dispose();
});

const classes = drawn([0, 1, 1, 0, 0, 1, 1, 0], "classes");
const cut = drawn([1, 1, 0, 0, 0, 0, 2, 2]);

test.each<[string, Partial<TrainingConfig>, Samples, number, string]>([
  [
    "rims of classes",
    { rims: [2, 5] },
    classes,
    4,
    "drawn: config.rims needs instances, but its labels are classes",
  ],
  [
    "rims of a model with other classes",
    { rims: [2, 5] },
    samples,
    2,
    "train: config.rims has 2 widths, so the model needs 4 classes, background, interior and each rim; it has 2",
  ],
  [
    "rims with classOf",
    { rims: [2, 5], classOf: { 1: 2 } },
    samples,
    4,
    "train: config.rims makes all instances one kind of object, so config.classOf can't be given with it",
  ],
  [
    "equal rims",
    { rims: [2, 2] },
    samples,
    4,
    "train: config.rims must be a list of different widths of at least 1 px, got [2,2]",
  ],
  [
    "pasting classes",
    { paste: 1 },
    classes,
    2,
    "train: config.paste needs instances, but the labels of drawn are classes",
  ],
  [
    "pasting without a whole object",
    { paste: 1 },
    cut,
    3,
    "train: config.paste needs objects that the border of their image doesn't cut, and no sample has one",
  ],
  [
    "pasting half",
    { paste: 0.5 },
    samples,
    2,
    "train: config.paste must be 0 or a whole number of times, got 0.5",
  ],
  [
    "a task of other classes",
    { task },
    samples,
    2,
    "train: config.task.out.score must be a number for each of 2 classes, got [0,1,0.75,0.5]",
  ],
  [
    "a task without a scale",
    { task: { ...task, scale: 0 } },
    samples,
    4,
    "train: config.task.scale must be a number from 0.01 to 100, got 0",
  ],
])("refuses %s, in words", async (_, given, of, count, message) => {
  const model = tiny(count);
  await expect(train({ model, samples: of, config: { steps: 1, ...given }, out })).rejects.toThrow(message);
  model.dispose();
});
