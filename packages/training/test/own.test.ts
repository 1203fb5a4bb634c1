import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { syntheticCells } from "@unet/datasets";
import {
  type OwnParts,
  resume,
  type Tile,
  type TrainingConfig,
  type TrainingEvent,
  train,
} from "@unet/training";
import { expect, test } from "vitest";
import { eachInNewFolder, tiny, weightsOf } from "./tiny-run.js";

let out: string;
eachInNewFolder((path) => {
  out = path;
});

const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });

const own = (): OwnParts => ({
  losses: {
    // mean of 1 − the probability of the truth, unweighted
    wrong: (logits, labels) => {
      const truth = tf.cast(tf.equal(tf.expandDims(labels, -1), tf.range(0, 2, 1, "int32")), "float32");
      return tf.sub(1, tf.mean(tf.sum(tf.mul(tf.softmax(logits), truth), -1))) as tf.Scalar;
    },
  },
  measures: {
    missed: {
      better: "lower",
      count: ({ foreground, trueForeground }) =>
        trueForeground.data.reduce((sum, label, i) => sum + label * (1 - foreground.data[i]), 0),
    },
  },
  augmentations: {
    brighter(tile, random) {
      const by = random();
      return { ...tile, image: { ...tile.image, data: tile.image.data.map((value) => value + by) } };
    },
    async dimmer(tile) {
      for (let i = 0; i < tile.image.data.length; i++) tile.image.data[i] /= 2;
      return tile;
    },
  },
});
const config: Partial<TrainingConfig> = {
  ...{ tileSize: 48, learningRate: 0.01, momentum: 0.9, steps: 6, validations: 3, accumulate: 2 },
  loss: "wrong + 0.5 * dice",
  measure: "missed",
  augmentations: ["brighter", "dimmer"],
};
const given = () => ({ model: tiny(), samples, validation: samples, own: own(), seed: 3 });

test("a run with a loss, a measure and augmentations of one's own resumes to the bit", async () => {
  const straight = await train({ ...given(), config });
  const controller = new AbortController();
  const onEvent = (event: TrainingEvent) => event.type === "step" && event.step === 3 && controller.abort();
  const stopped = train({ ...given(), config, out, signal: controller.signal, onEvent });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const kept = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  expect(kept.training).toMatchObject(config);
  const resumed = await resume(out, { samples, validation: samples, own: own() });
  expect(resumed.history).toEqual(straight.history);
  expect(resumed.evaluations).toEqual(straight.evaluations);
  expect(weightsOf(resumed)).toEqual(weightsOf(straight));
  for (const { model } of [straight, resumed]) model.dispose();
});

test("each part changes the run, and the best is what its measure says", async () => {
  const firstLoss = async (change: Partial<TrainingConfig>) => {
    const { history, model } = await train({ ...given(), config: { ...config, steps: 1, ...change } });
    model.dispose();
    return history[0].loss;
  };
  const all = await firstLoss({});
  const [plain, oneLoss, dice] = [
    await firstLoss({ augmentations: [] }),
    await firstLoss({ loss: "wrong" }),
    await firstLoss({ loss: "dice" }),
  ];
  expect(all).toBeCloseTo(oneLoss + 0.5 * dice, 6);
  expect(plain).not.toBeCloseTo(all, 3);
  const { evaluations, keptStep, model } = await train({ ...given(), config });
  const values = evaluations.map(({ validation }) => validation.value);
  expect(values.every((value) => value > 10)).toBe(true);
  expect(keptStep).toBe(evaluations[values.indexOf(Math.min(...values))].step);
  model.dispose();
});

test("an augmentation's numbers depend on seed and tile alone", async () => {
  const drawn = async (accumulate: number, steps: number) => {
    const numbers: number[] = [];
    const note = (tile: Tile, random: () => number) => {
      numbers.push(random());
      return tile;
    };
    const parts = { augmentations: { note } };
    const settings = { tileSize: 48, steps, accumulate, augmentations: ["note"] };
    const { model } = await train({ ...given(), own: parts, config: settings });
    model.dispose();
    return numbers;
  };
  const four = await drawn(1, 4);
  expect(new Set(four).size).toBe(4);
  expect(await drawn(2, 2)).toEqual(four);
});

test("what is missing is named", async () => {
  const { model } = await train({ ...given(), config: { ...config, steps: 2, validations: 1 }, out });
  model.dispose();
  await expect(resume(out, { samples, validation: samples })).rejects.toThrow(
    `resume: ${out} was trained with parts of its caller's own; give own.losses.wrong, own.measures.missed, own.augmentations.brighter, own.augmentations.dimmer again`,
  );
  const { losses, measures, augmentations } = own();
  const some = { losses, measures, augmentations: { brighter: augmentations!.brighter } };
  await expect(resume(out, { samples, validation: samples, own: some, steps: 3 })).rejects.toThrow(
    "give own.augmentations.dimmer again",
  );
});

test.each<[string, OwnParts, Partial<TrainingConfig>, string]>([
  [
    "a loss that nobody has",
    {},
    { loss: "wrong" },
    'train: config.loss must be one of weightedCrossEntropy, dice, tversky, focal, or a sum such as "dice + 0.5 * focal", got "wrong"',
  ],
  [
    "a measure that nobody has",
    { measures: own().measures },
    { measure: "misses" },
    'train: config.measure must be one of loss, iou, dice, miou, seg, f1, pixel, rand, vrand, vinfo, missed, got "misses"',
  ],
  [
    "an augmentation that nobody has",
    {},
    { augmentations: ["brighter"] },
    'train: config.augmentations must be a list of names of functions that are given as own.augmentations, got ["brighter"]',
  ],
  [
    "a name that is taken",
    { losses: { dice: own().losses!.wrong } },
    {},
    'train: own.losses has "dice", which is taken; give it another name',
  ],
  [
    "a name that can't stand in a sum",
    { losses: { "my loss": own().losses!.wrong } },
    {},
    'train: own.losses has "my loss"; a name has letters, digits and _ only',
  ],
  [
    "a tile of another size",
    { augmentations: { cut: (tile) => ({ ...tile, labels: { ...tile.labels, width: 1 } }) } },
    { augmentations: ["cut"] },
    "train: own.augmentations.cut must return a tile of the same sizes; its labels was 32 × 32, and is 1 × 32",
  ],
])("refuses %s", async (_, parts, change, message) => {
  const model = tiny();
  const plain = { tileSize: 48, steps: 1, ...change };
  await expect(train({ model, samples, own: parts, config: plain })).rejects.toThrow(message);
  model.dispose();
});
