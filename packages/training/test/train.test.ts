import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { openDataset, subset, syntheticCells } from "@unet/datasets";
import { createUNet, loadModel } from "@unet/model";
import { DivergedError, resume, type TrainingEvent, train } from "@unet/training";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), "unet-training-")), "run");
});
afterEach(() => rm(join(out, ".."), { recursive: true }));

const tiny = () => createUNet({ filters: 2, depth: 2, seed: 1 });
const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });
const config = { tileSize: 60, learningRate: 0.01, momentum: 0.9 };

const weightsOf = (model: ReturnType<typeof tiny>) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));

test("tells what happens, and the model knows how it was trained", async () => {
  const events: TrainingEvent[] = [];
  const model = tiny();
  const result = await train({
    model,
    samples,
    validation: samples,
    config: { ...config, steps: 4, validateEvery: 2 },
    onEvent: (event) => events.push(event),
  });
  expect(events.map(({ type }) => type)).toEqual([
    "start",
    "step",
    "step",
    "validation",
    "step",
    "step",
    "validation",
  ]);
  expect(events[0]).toMatchObject({
    step: 0,
    steps: 4,
    inputSize: 60,
    outputSize: 20,
    parameters: model.countParams(),
  });
  for (const event of events) {
    if (event.type !== "step") continue;
    expect(event.waitedSeconds).toBeGreaterThan(0);
    expect(event.waitedSeconds).toBeLessThan(event.seconds);
  }
  expect(result.steps).toBe(4);
  expect(result.history.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  // Balanced class weights have mean 1 over the pixels, so the constant guess is near ln 2.
  expect(result.validation!.constantLoss).toBeGreaterThan(0.4);
  expect(result.validation!.constantLoss).toBeLessThanOrEqual(Math.log(2));
  expect(model.getUserDefinedMetadata()).toMatchObject({
    normalisation: "z-score",
    classNames: ["background", "class 1"],
    training: { steps: 4, samples: 2, config: { learningRate: 0.01 } },
  });
  model.dispose();
});

test("the loss falls, and the same seed gives the same run to the bit", async () => {
  const run = async (seed: number) => {
    const model = tiny();
    const { history } = await train({
      model,
      samples,
      config: { ...config, learningRate: 0.05, steps: 60 },
      seed,
    });
    const losses = history.map(({ loss }) => loss);
    const weights = weightsOf(model);
    model.dispose();
    return { losses, weights };
  };
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  expect(mean(first.losses.slice(-15))).toBeLessThan(0.8 * mean(first.losses.slice(0, 15)));
  expect(again).toEqual(first);
  expect(other.losses).not.toEqual(first.losses);
});

test("the threads that make tiles don't change the run", async () => {
  const run = async (workers?: number) => {
    const model = tiny();
    const { history } = await train({ model, samples, config: { ...config, steps: 5 }, seed: 4, workers });
    const weights = weightsOf(model);
    model.dispose();
    return { history, weights };
  };
  const inThread = await run(0);
  for (const workers of [1, 2, undefined]) expect(await run(workers)).toEqual(inThread);
});

test("100 steps leave no tensor behind", async () => {
  const model = tiny();
  await train({ model, samples, config: { ...config, steps: 1 } });
  const before = tf.memory().numTensors;
  await train({ model, samples, validation: samples, config: { ...config, steps: 100, validateEvery: 50 } });
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

test("a run's folder holds the model, a checkpoint and the loss of every step, and nothing half-written", async () => {
  const model = tiny();
  await train({ model, samples, config: { ...config, steps: 5, checkpointEvery: 2 }, out });
  expect((await readdir(out)).sort()).toEqual(["checkpoint.bin", "history.jsonl", "model"]);
  const lines = (await readFile(join(out, "history.jsonl"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4, 5]);
  const loaded = await loadModel(join(out, "model"));
  expect(weightsOf(loaded)).toEqual(weightsOf(model));
  for (const each of [model, loaded]) each.dispose();
});

describe("an interrupted run", () => {
  test("rejects with AbortError after a checkpoint, and resumes as if it had never stopped", async () => {
    const dataset = await openDataset("synthetic-cells:3", { seed: 1, width: 64, height: 64 });
    const options = { samples: subset(dataset, [0, 2]), config: { ...config, steps: 12 }, seed: 3 };
    const straight = tiny();
    const whole = await train({ model: straight, ...options });

    const controller = new AbortController();
    const onEvent = (event: TrainingEvent) => {
      if (event.type === "step" && event.step === 5) controller.abort();
    };
    const model = tiny();
    const stopped = train({ model, ...options, out, signal: controller.signal, onEvent });
    await expect(stopped).rejects.toMatchObject({
      name: "AbortError",
      message: "train: stopped after 5 of 12 steps",
    });

    const resumed = await resume(out);
    expect(resumed.history).toEqual(whole.history);
    expect(weightsOf(resumed.model)).toEqual(weightsOf(straight));
    for (const each of [straight, model, resumed.model]) each.dispose();
  });

  test("needs the samples again where they were made in memory", async () => {
    const model = tiny();
    await train({ model, samples, config: { ...config, steps: 1 }, out });
    await expect(resume(out)).rejects.toThrow(
      "was trained on samples made in memory; give them as options.samples",
    );
    model.dispose();
  });

  test("says when a checkpoint is missing or damaged", async () => {
    await expect(resume(out)).rejects.toThrow("holds no checkpoint.bin, so no run to resume");
    const model = tiny();
    await train({ model, samples, config: { ...config, steps: 1 }, out });
    const path = join(out, "checkpoint.bin");
    const bytes = await readFile(path);
    bytes[bytes.length - 3] ^= 1;
    await writeFile(path, bytes);
    await expect(resume(out, { samples })).rejects.toThrow("the checkpoint is damaged: its checksum differs");
    await writeFile(path, bytes.subarray(0, 30));
    await expect(resume(out, { samples })).rejects.toThrow("the checkpoint is damaged");
    model.dispose();
  });
});

describe("what can't be trained gets one line", () => {
  const sample = (change: object) => ({
    length: 1,
    async get() {
      return { ...(await samples.get(0)), ...change };
    },
  });
  const blank = (width: number, height: number, value: number) => ({
    width,
    height,
    data: new Int32Array(width * height).fill(value),
  });

  test.each([
    ["no samples", { samples: { length: 0, get: samples.get } }, "samples is empty"],
    [
      "a mask value beyond the classes",
      { samples: sample({ kind: "classes", labels: blank(64, 64, 7) }) },
      /label 7|holds 7|is 7/,
    ],
    ["labels of another size", { samples: sample({ labels: blank(60, 64, 1) }) }, "must be of one size"],
    [
      "three channels",
      {
        samples: sample({ image: { width: 64, height: 64, channels: 3, data: new Uint8Array(64 * 64 * 3) } }),
      },
      "has 3 channels, but the model takes 1",
    ],
    [
      "NaN",
      {
        samples: sample({
          image: { width: 64, height: 64, channels: 1, data: new Float32Array(64 * 64).fill(Number.NaN) },
        }),
      },
      "holds NaN at x 0, y 0, channel 0",
    ],
    [
      "a tile that does not fit",
      { config: { tileSize: 61 } },
      "can't take an input of 61 px; nearest it takes 60 and 64",
    ],
    ["an unknown field", { config: { stepps: 5 } as object }, 'config has no field "stepps"'],
    ["no steps", { config: { steps: 0 } }, "config.steps must be a whole number of at least 1, got 0"],
  ])("%s", async (_, change, message) => {
    const model = tiny();
    const attempt = train({ model, samples, config, ...change });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(/^[^\n]+$/);
    model.dispose();
  });

  test("a loss that is no longer finite", async () => {
    const model = tiny();
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, Number.NaN))));
    const attempt = train({ model, samples, config });
    await expect(attempt).rejects.toBeInstanceOf(DivergedError);
    await expect(attempt).rejects.toThrow("the loss is NaN at step 1; try a learningRate below 0.01");
    model.dispose();
  });
});
