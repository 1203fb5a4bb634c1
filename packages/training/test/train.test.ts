import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { openDataset, subset, syntheticCells, syntheticMembranes } from "@unet/datasets";
import { connectedComponents, readImage, readLabels } from "@unet/image";
import { temporaryFor } from "@unet/image/node";
import { labelInstances, predictTiled } from "@unet/inference";
import { dice, iou, pixelError, randError, segMeasure, vInfo, vRand } from "@unet/metrics";
import { createUNet, loadModel } from "@unet/model";
import {
  DivergedError,
  loadRun,
  prepareSamples,
  resume,
  type StartEvent,
  type TrainingConfig,
  type TrainingEvent,
  train,
  validate,
} from "@unet/training";
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

const countOf = (model: ReturnType<typeof tiny>, layers: string[]) =>
  layers.reduce((sum, name) => sum + model.getLayer(name).countParams(), 0);

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

test("the loss is the one that is named, or the sum", async () => {
  const firstLoss = async (loss?: string) => {
    const model = tiny();
    const { history } = await train({ model, samples, config: { ...config, steps: 1, loss } });
    model.dispose();
    return history[0].loss;
  };
  const [usual, named, dice] = [
    await firstLoss(),
    await firstLoss("weightedCrossEntropy"),
    await firstLoss("dice"),
  ];
  const [tversky, focal] = [await firstLoss("tversky"), await firstLoss("focal")];
  expect(named).toBe(usual);
  expect(new Set([usual, dice, tversky, focal]).size).toBe(4);
  expect(await firstLoss("weightedCrossEntropy + 0.5 * dice")).toBeCloseTo(usual + 0.5 * dice, 6);
  expect(await firstLoss("2*focal+.25*tversky")).toBeCloseTo(2 * focal + 0.25 * tversky, 6);
});

test("class weights are balanced over the samples, or as given", async () => {
  const weightsGiven = async (classWeights?: TrainingConfig["classWeights"]) => {
    const model = tiny();
    const result = await train({ model, samples, config: { ...config, steps: 1, classWeights } });
    model.dispose();
    return { loss: result.history[0].loss, weights: result.classWeights };
  };
  const balanced = await weightsGiven("balanced");
  const [background, cell] = balanced.weights;
  expect(cell).toBeGreaterThan(background);
  // w = N / (2 n), so the shares n / N of both classes make 1
  expect(1 / (2 * background) + 1 / (2 * cell)).toBeCloseTo(1, 9);
  expect(await weightsGiven()).toEqual(balanced);
  const equal = await weightsGiven([1, 1]);
  expect(equal.weights).toEqual([1, 1]);
  expect(equal.loss).not.toBeCloseTo(balanced.loss, 3);
  await expect(weightsGiven([1, 2, 3])).rejects.toThrow(
    "train: config.classWeights has 3 numbers, but the model 2 classes",
  );
  await expect(weightsGiven([1, 0])).rejects.toThrow(
    'train: config.classWeights must be "balanced", or a list of positive numbers, one for each class, got [1,0]',
  );
});

test("each sample is read once, for its class weights and its tiles together", async () => {
  const model = tiny();
  const asked: number[] = [];
  const counted = {
    length: 3,
    get(index: number) {
      asked.push(index);
      return samples.get(index % 2);
    },
  };
  await train({ model, samples: counted, config: { ...config, steps: 6 } });
  expect(asked).toEqual([0, 1, 2]);
  model.dispose();
});

test("ends when the time is over, and says so", async () => {
  const model = tiny();
  const events: TrainingEvent[] = [];
  const minutes = 0.5 / 60;
  const onEvent = (event: TrainingEvent) => events.push(event);
  const { steps, seconds } = await train({
    model,
    samples,
    config: { ...config, steps: 1e5, minutes },
    onEvent,
  });
  model.dispose();
  expect(seconds).toBeGreaterThanOrEqual(0.5);
  const last = events.filter((event) => event.type === "step").at(-1);
  expect(seconds - (last?.seconds ?? 0)).toBeLessThan(0.5);
  expect(events.at(-1)).toEqual({ type: "stopped", step: steps, reason: "minutes" });
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
  expect((await readdir(out)).sort()).toEqual(["checkpoints", "config.json", "history.jsonl", "model"]);
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
    await expect(resume(out)).rejects.toThrow("holds no checkpoint, so no run to resume");
    const model = tiny();
    await train({ model, samples, config: { ...config, steps: 1 }, out });
    const newest = join(out, "checkpoints", "00000001.bin");
    const bytes = await readFile(newest);
    bytes[bytes.length - 3] ^= 1;
    await writeFile(newest, bytes);
    await writeFile(join(out, "checkpoints", "00000000.bin"), bytes.subarray(0, 30));
    await expect(resume(out, { samples, onEvent: () => {} })).rejects.toThrow(
      "holds no checkpoint that can be read: the checkpoint is damaged: it ends after 30 bytes",
    );
    model.dispose();
  });

  test("falls back from a damaged checkpoint to the one before, and says so", async () => {
    const options = { samples, config: { ...config, steps: 6, checkpointEvery: 2, keepCheckpoints: 2 } };
    const model = tiny();
    const whole = await train({ model, ...options, out });
    const checkpoints = join(out, "checkpoints");
    expect((await readdir(checkpoints)).sort()).toEqual(["00000004.bin", "00000006.bin"]);
    const { size } = await stat(join(checkpoints, "00000006.bin"));
    await truncate(join(checkpoints, "00000006.bin"), 5000);
    const events: TrainingEvent[] = [];
    const resumed = await resume(out, { samples, onEvent: (event) => events.push(event) });
    expect(events[0]).toEqual({
      type: "damaged",
      path: `${checkpoints}/00000006.bin`,
      reason: `the checkpoint is damaged: it has 5000 bytes, not ${size}`,
    });
    expect(events[1]).toMatchObject({ type: "start", step: 4 });
    expect(resumed.history).toEqual(whole.history);
    expect(weightsOf(resumed.model)).toEqual(weightsOf(model));
    for (const each of [model, resumed.model]) each.dispose();
  });

  test("is not overwritten by a new one", async () => {
    const model = tiny();
    await train({ model, samples, config: { ...config, steps: 1 }, out });
    await expect(train({ model, samples, config: { ...config, steps: 1 }, out })).rejects.toThrow(
      "holds a run already, of 1 steps; resume it, or give another folder as out",
    );
    model.dispose();
  });

  test("leaves what else is in its folder, and begins in none that holds what it would write", async () => {
    const model = tiny();
    const options = { model, samples, config: { ...config, steps: 1 }, out };
    const others = ["notes.txt", "a.0123abcd.tmp", "b.0123abcd.old"];
    await mkdir(out);
    for (const name of others) await writeFile(join(out, name), name);
    for (const name of ["config.json", "history.jsonl", "model", "checkpoints/mine.pt"]) {
      await mkdir(join(out, name, ".."), { recursive: true });
      await writeFile(join(out, name), "mine");
      await expect(train(options)).rejects.toThrow(/holds .*; give another folder as out$/);
      expect(await readFile(join(out, name), "utf8")).toBe("mine");
      expect((await readdir(out)).sort()).toEqual([...others, name.split("/")[0]].sort());
      await rm(join(out, name.split("/")[0]), { recursive: true });
    }
    await train(options);
    for (const name of others) expect(await readFile(join(out, name), "utf8")).toBe(name);
    expect((await readdir(out)).sort()).toEqual(
      [...others, "checkpoints", "config.json", "history.jsonl", "model"].sort(),
    );
    model.dispose();
  });

  test("refuses wrong samples before it writes", async () => {
    const model = createUNet({ inputChannels: 2, filters: 2, depth: 2 });
    await expect(train({ model, samples, config, out })).rejects.toThrow(/channel/);
    expect(await readdir(join(out, ".."))).toEqual([]);
    model.dispose();
  });

  test("leaves a folder as it is whose lock it can't read", async () => {
    const model = tiny();
    await mkdir(out);
    await writeFile(join(out, "unet.lock"), "somebody's");
    await expect(train({ model, samples, config, out })).rejects.toThrow("which says not by whom");
    expect(await readdir(out)).toEqual(["unet.lock"]);
    expect(readFileSync(join(out, "unet.lock"), "utf8")).toBe("somebody's");
    model.dispose();
  });

  test("is one process's at a time; that of a killed one is taken over, and that is said", async () => {
    const model = tiny();
    const controller = new AbortController();
    const options = { model, samples, config: { ...config, steps: 4 }, out };
    let busy: Promise<unknown> | undefined;
    let text = "";
    const training = train({
      ...{ ...options, signal: controller.signal },
      async onEvent({ type }) {
        if (type !== "step" || busy) return;
        text = readFileSync(join(out, "unet.lock"), "utf8");
        busy = resume(out, { samples }).catch((error) => error.message);
        controller.abort();
      },
    });
    await expect(training).rejects.toThrow("stopped after");
    expect(await busy).toMatch(/^the run .*run is in use by this process, since .*unet\.lock/);
    expect(await readdir(out)).not.toContain("unet.lock");

    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const killed = text.replace(`"pid":${process.pid}`, `"pid":${ended}`);
    await writeFile(join(out, "unet.lock"), killed);
    const left = temporaryFor(join(out, "config.json")).replace(`-${process.pid}-`, `-${ended}-`);
    await writeFile(left, "half");
    const events: TrainingEvent[] = [];
    const resumed = await resume(out, { samples, onEvent: (event) => events.push(event) });
    expect(events[0]).toEqual({
      type: "notice",
      text: `the run ${out} was left by process ${ended}, which has ended; it is taken over`,
    });
    expect((await readdir(out)).sort()).toEqual(["checkpoints", "config.json", "history.jsonl", "model"]);
    for (const each of [model, resumed.model]) each.dispose();
  });

  test("opens with the newest checkpoint's model where it has no model/", async () => {
    const model = tiny();
    await train({ model, samples, config: { ...config, steps: 2 }, out });
    await rm(join(out, "model"), { recursive: true });
    const found = await loadRun(out);
    expect(weightsOf(found)).toEqual(weightsOf(model));
    const again = await resume(out, { samples });
    expect((await readdir(out)).sort()).toEqual(["checkpoints", "config.json", "history.jsonl", "model"]);
    for (const each of [model, found, again.model]) each.dispose();
  });

  test("goes on to the bit with every option that has a state", async () => {
    const options = {
      samples,
      validation: syntheticCells({ count: 1, width: 64, height: 64, seed: 9 }),
      seed: 3,
      config: {
        ...{ ...config, steps: 10, accumulate: 2, optimizer: "adamw", weightDecay: 0.01, clipNorm: 1 },
        ...{
          schedule: "cosine",
          warmup: 3,
          average: 0.9,
          validateEvery: 2,
          measure: "iou",
          checkpointEvery: 3,
        },
      } satisfies Partial<TrainingConfig>,
    };
    const make = () => createUNet({ filters: 2, depth: 2, seed: 1, batchNormalisation: true });
    const straight = make();
    const whole = await train({ model: straight, ...options });
    const controller = new AbortController();
    const model = make();
    const stopped = train({
      ...{ model, ...options, out, signal: controller.signal },
      onEvent: (event) => event.type === "step" && event.step === 7 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    const resumed = await resume(out, { samples, validation: options.validation });
    expect(resumed.history).toEqual(whole.history);
    expect(resumed.evaluations).toEqual(whole.evaluations);
    expect(weightsOf(resumed.model)).toEqual(weightsOf(straight));
    const kept = await loadModel(join(out, "model"));
    expect(weightsOf(kept)).toEqual(weightsOf(straight));
    for (const each of [straight, model, resumed.model, kept]) each.dispose();
  });
});

describe("validation", () => {
  const validation = syntheticCells({ count: 2, width: 64, height: 64, seed: 9 });

  test("keeps the best evaluation's model, and ends when nothing better comes", async () => {
    const events: TrainingEvent[] = [];
    const model = tiny();
    const seen: number[][][] = [];
    const result = await train({
      ...{ model, samples, validation, out },
      // Far too large a rate, so that it gets worse.
      config: { ...config, learningRate: 0.3, steps: 200, validateEvery: 5, patience: 2, measure: "iou" },
      onEvent(event) {
        events.push(event);
        if (event.type === "validation") seen.push(weightsOf(model));
      },
    });
    const values = result.evaluations.map(({ validation: { value } }) => value);
    const highest = result.evaluations.filter(({ validation: { value } }) => value === Math.max(...values));
    // Of those that are as good, the one with the least loss.
    const [first] = highest.sort((a, b) => a.validation.loss - b.validation.loss);
    const best = result.evaluations.indexOf(first);
    expect(values.length).toBe(best + 3);
    expect(result.steps).toBe(5 * values.length);
    expect(result.validation).toEqual(result.evaluations[best].validation);
    expect(weightsOf(model)).toEqual(seen[best]);
    expect(events).toContainEqual({ type: "stopped", step: result.steps, reason: "patience" });
    const kept = await loadModel(join(out, "model"));
    expect(weightsOf(kept)).toEqual(seen[best]);
    for (const each of [model, kept]) each.dispose();
  });

  test.each(["iou", "dice", "seg", "pixel", "rand", "vrand", "vinfo"] as const)(
    "takes %s as the package's own measure does",
    async (measure) => {
      const model = tiny();
      const source = syntheticMembranes({ count: 2, width: 64, height: 64, seed: 4 });
      const config = { channels: 1, classes: 2, normalisation: "z-score", w0: 10, sigma: 5 } as const;
      const prepared = await prepareSamples(source, config);
      const { value } = await validate(model, prepared, { measure, originals: source });
      const images = await Promise.all([0, 1].map((i) => source.get(i)));
      const scores = await Promise.all(
        images.map(({ image }) => predictTiled(image, model, { normalisation: "z-score" })),
      );
      const truth = images.map(({ labels }) => labels);
      const labels = scores.map(({ width, height, data }) => ({
        ...{ width, height },
        data: Int32Array.from({ length: width * height }, (_, i) => (data[2 * i + 1] >= 0.5 ? 1 : 0)),
      }));
      const expected = {
        iou: () => iou(labels, truth),
        dice: () => dice(labels, truth),
        seg: () =>
          segMeasure(
            scores.map((score) => labelInstances(score)),
            truth.map((each) => connectedComponents(each)),
          ).score,
        pixel: () => pixelError(scores, truth, { channel: 1 }).challenge,
        rand: () => randError(scores, truth, { channel: 1 }).challenge,
        vrand: () => vRand(scores, truth, { channel: 1 }).score,
        vinfo: () => vInfo(scores, truth, { channel: 1 }).score,
      }[measure]();
      expect(value).toBeCloseTo(expected, 3);
      model.dispose();
    },
  );
});

describe("fine-tuning", () => {
  test("frozen levels keep their weights, all others change", async () => {
    const model = tiny();
    const before = new Map(
      model.layers.map((layer) => [layer.name, layer.getWeights().map((w) => [...w.dataSync()])]),
    );
    const events: TrainingEvent[] = [];
    await train({
      ...{ model, samples, config: { ...config, steps: 2, freeze: ["enc0", "bottom"] } },
      onEvent: (event) => events.push(event),
    });
    for (const layer of model.layers.filter(({ weights }) => weights.length > 0)) {
      const frozen = /^(enc0|bottom)\./.test(layer.name);
      const after = layer.getWeights().map((weight) => [...weight.dataSync()]);
      if (frozen) expect(after, layer.name).toEqual(before.get(layer.name));
      else expect(after, layer.name).not.toEqual(before.get(layer.name));
      expect(layer.trainable).toBe(true);
    }
    expect(events[0]).toMatchObject({ parameters: model.countParams() });
    const [{ trainedParameters }] = events as [StartEvent];
    expect(trainedParameters).toBe(
      model.countParams() - countOf(model, ["enc0.conv0", "enc0.conv1", "bottom.conv0", "bottom.conv1"]),
    );
    await expect(train({ model, samples, config: { ...config, freeze: ["enc7"] } })).rejects.toThrow(
      'config.freeze names "enc7"; the model\'s levels are enc0, enc1, bottom, dec1, dec0, head',
    );
    model.dispose();
  });
});

describe("what can't be trained gets one line", () => {
  test.each(["hinge", "dice + hinge", "dice -0.5 * focal", ""])("a loss that is none: %j", async (loss) => {
    const model = tiny();
    await expect(train({ model, samples, config: { ...config, loss } })).rejects.toThrow(
      `train: config.loss must be one of weightedCrossEntropy, dice, tversky, focal, or a sum such as "dice + 0.5 * focal", got ${JSON.stringify(loss)}`,
    );
    model.dispose();
  });

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
        samples: sample({
          image: {
            width: 64,
            height: 64,
            channels: 3,
            data: Uint8Array.from({ length: 12288 }, (_, i) => i % 3),
          },
        }),
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
    await expect(attempt).rejects.toThrow(
      "the loss is NaN at step 1; try a learningRate below 0.01, or clipNorm 1, or a warmup of 100 steps",
    );
    model.dispose();
  });

  test("a loss that explodes: the weights are those before the step, and the tile is kept", async () => {
    const model = tiny();
    const before: number[][][] = [];
    const attempt = train({
      ...{ model, samples, out, seed: 5 },
      config: { ...config, steps: 20, clipNorm: 1 },
      onEvent(event) {
        if (event.type !== "step" || event.step !== 12) return;
        const head = model.getLayer("head");
        tf.tidy(() => head.setWeights(head.getWeights().map((weight) => tf.mul(weight, 1e5))));
        before.push(weightsOf(model));
      },
    });
    const error = await attempt.then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as DivergedError,
    );
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toMatch(
      /^train: the loss has exploded to \S+ at step 13; try a learningRate below 0.01, or a warmup of 100 steps; the tile is in .*diverged$/,
    );
    expect([weightsOf(model)]).toEqual(before);
    const image = await readImage(join(out, "diverged", "image.tif"));
    expect(image).toEqual(error.tile.image);
    expect(await readLabels(join(out, "diverged", "labels.tif"))).toEqual(error.tile.labels);
    expect(await readImage(join(out, "diverged", "weights.tif"))).toEqual(error.tile.weights);
    model.dispose();
  });
});
