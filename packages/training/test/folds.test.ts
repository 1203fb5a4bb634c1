import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { type Dataset, openDataset, syntheticCells } from "@unet/datasets";
import { meanOf, plainTask, scoreImage, segment, type Task, taskOf } from "@unet/inference";
import { createUNet } from "@unet/model";
import {
  calibrate,
  type FoldsEvent,
  loadFolds,
  loadRun,
  resume,
  resumeFolds,
  type TrainingConfig,
  train,
  trainFolds,
} from "@unet/training";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), "unet-folds-")), "folds");
});
afterEach(() => rm(join(out, ".."), { recursive: true }));

const model = (seed: number) => createUNet({ filters: 2, depth: 1, padding: "same", seed });
const task: Task = { ...plainTask, scale: 0.5 };
const config: Partial<TrainingConfig> = {
  task,
  tileSize: 16,
  optimizer: "adam",
  learningRate: 0.02,
  steps: 6,
};
const cells = (): Promise<Dataset> =>
  openDataset("synthetic-cells:5", { width: 48, height: 48, seed: 1 }) as Promise<Dataset>;
const weightsOf = async (folder: string) => {
  const loaded = await loadRun(folder);
  const weights = loaded.getWeights().map((weight) => Array.from(weight.dataSync()));
  loaded.dispose();
  return weights;
};

test("each network is trained without its fold, and all images say together how good they are", async () => {
  const samples = await cells();
  const before = tf.memory().numTensors;
  const events: FoldsEvent[] = [];
  const onEvent = (event: FoldsEvent) => events.push(event);
  const found = await trainFolds({ model, samples, folds: 2, config, seed: 3, out, onEvent });
  expect(tf.memory().numTensors).toBe(before);
  expect(found.runs).toEqual([join(out, "fold-1"), join(out, "fold-2")]);
  const { heldOut } = JSON.parse(await readFile(join(out, "folds.json"), "utf8"));
  expect([...heldOut.flat()].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(heldOut.map((held: number[]) => held.length)).toEqual([2, 3]);
  for (const [i, run] of found.runs.entries()) {
    const { data, validation, training } = JSON.parse(await readFile(join(run, "config.json"), "utf8"));
    expect(validation.indices).toEqual(heldOut[i]);
    expect(data.indices).toEqual(heldOut[1 - i]);
    expect(training).toMatchObject({ steps: 6, validations: 0, validateEvery: 0 });
  }
  expect(events.filter(({ type }) => type === "fold")).toEqual([
    { type: "fold", fold: 1, folds: 2 },
    { type: "fold", fold: 2, folds: 2 },
  ]);
  expect(events.filter(({ type }) => type === "calibration")).toHaveLength(5);

  // the same by hand
  const networks = await loadFolds(out);
  const by = (index: number) => networks[heldOut.findIndex((held: number[]) => held.includes(index))];
  expect(found.task).toEqual(await calibrate({ model: by, samples, task }));
  expect(found.task?.calibration?.images).toBe(5);
  for (const network of networks) expect(taskOf(network)).toEqual(found.task);
  const { image } = await samples.get(0);
  const mean = meanOf(networks);
  const [a, b] = await Promise.all(networks.map((network) => scoreImage(image, network, task)));
  const both = await scoreImage(image, mean, task);
  expect(both.data[700]).toBeCloseTo((a.data[700] + b.data[700]) / 2, 5);
  const { calibration: _, ...used } = found.task as Task;
  expect((await segment(image, mean)).task).toMatchObject({ out: used.out, scale: 0.5 });
  for (const network of networks) network.dispose();

  // complete folds answer at once
  const again: FoldsEvent[] = [];
  expect(await resumeFolds(out, { onEvent: (event) => again.push(event) })).toEqual(found);
  expect(again).toEqual([]);
});

test("folds that were interrupted go on to the bit; those that are trained are kept", async () => {
  const samples = await cells();
  const straight = await trainFolds({ model, samples, folds: 3, config, seed: 3, out });
  const weights = await Promise.all(straight.runs.map(weightsOf));
  await rm(out, { recursive: true });

  const controller = new AbortController();
  let fold = 0;
  const onEvent = (event: FoldsEvent) => {
    if (event.type === "fold") fold = event.fold;
    if (event.type === "step" && fold === 2 && event.step === 4) controller.abort();
  };
  const stopped = trainFolds({
    ...{ model, samples, folds: 3, config, seed: 3, out, onEvent },
    signal: controller.signal,
  });
  await expect(stopped).rejects.toMatchObject({
    name: "AbortError",
    message: "trainFolds: stopped after 4 steps of fold 2 of 3",
  });
  await expect(loadFolds(out)).rejects.toThrow(
    `loadFolds: ${out} has 1 of 3 folds trained; go on with resumeFolds`,
  );
  const steps: number[] = [];
  const goneOn = await resumeFolds(out, {
    onEvent: (event) => void (event.type === "step" && steps.push(event.step)),
  });
  expect(steps).toEqual([5, 6, 1, 2, 3, 4, 5, 6]);
  expect(goneOn).toEqual(straight);
  expect(await Promise.all(goneOn.runs.map(weightsOf))).toEqual(weights);
});

test("a fold is what train makes of its samples, and a run like any other", async () => {
  const samples = syntheticCells({ count: 3, width: 48, height: 48, seed: 1 });
  const { task: _, ...plain } = config;
  const {
    runs,
    task: none,
    validations,
  } = await trainFolds({
    ...{ model, samples, folds: 3, seed: 3, out },
    config: { ...plain, measure: "dice", validateEvery: 2 },
  });
  expect(none).toBe(undefined);
  const { heldOut } = JSON.parse(await readFile(join(out, "folds.json"), "utf8"));
  const of = (wanted: (index: number) => boolean) => {
    const indices = [0, 1, 2].filter(wanted);
    return { length: indices.length, get: (i: number) => samples.get(indices[i]) };
  };
  const own = model(1);
  const parts = {
    samples: of((index) => !heldOut[0].includes(index)),
    validation: of((index) => heldOut[0].includes(index)),
  };
  const alone = await train({ ...parts, model: own, config: { ...plain, measure: "dice" }, seed: 3 });
  expect(validations[0]).toEqual(alone.validation);
  expect(await weightsOf(runs[0])).toEqual(own.getWeights().map((weight) => Array.from(weight.dataSync())));
  const longer = await resume(runs[0], { ...parts, steps: 8 });
  expect(longer.steps).toBe(8);
  for (const each of [own, longer.model]) each.dispose();
  await expect(resumeFolds(out)).rejects.toThrow(
    "was trained on samples made in memory; give them as samples",
  );
});

test("what can't be is refused, and nothing is written", async () => {
  const samples = await cells();
  const given = { model, samples, config, out };
  await expect(trainFolds({ ...given, folds: 6 })).rejects.toThrow(
    "folds: k must be an integer in 2 … 5, got 6",
  );
  await expect(readdir(out)).rejects.toThrow("ENOENT");
  const wrong = { ...config, rims: [2] };
  await expect(trainFolds({ ...given, folds: 2, config: wrong })).rejects.toThrow(
    "the model needs 3 classes",
  );
  expect(await readdir(out)).toEqual([]);
  await expect(resumeFolds(out)).rejects.toThrow("holds no folds.json, so no folds to go on with");
  await trainFolds({ ...given, folds: 2, config: { ...config, steps: 1 } });
  await expect(trainFolds({ ...given, folds: 2 })).rejects.toThrow(
    `trainFolds: ${out} holds folds already; resume it, or give another folder as out`,
  );
});
