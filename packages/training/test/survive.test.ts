import fs, { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet, tileGeometry } from "@unet/model";
import {
  DivergedError,
  Optimizer,
  resume,
  TrainingAbortedError,
  type TrainingConfig,
  type TrainingEvent,
  train,
  trainingStep,
} from "@unet/training";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Best } from "../src/evaluation/best.js";
import { measureNamed } from "../src/evaluation/measure.js";
import { readCheckpointFile } from "../src/run/checkpoint.js";

beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), "unet-survive-")), "run");
});
afterEach(() => rm(join(out, ".."), { recursive: true }));

const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });
const validation = syntheticCells({ count: 2, width: 64, height: 64, seed: 9 });
const config = { tileSize: 48, learningRate: 0.01, momentum: 0.9 } satisfies Partial<TrainingConfig>;
const tiny = (options = {}) => createUNet({ filters: 2, depth: 1, seed: 1, ...options });
const weightsOf = (model: ReturnType<typeof tiny>) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));
const statisticsOf = (model: ReturnType<typeof tiny>) =>
  model.nonTrainableWeights.map((weight) => Array.from(weight.read().dataSync()));

test("what is stopped in an evaluation is saved, and goes on to the bit", async () => {
  const plan = { ...config, steps: 6, validateEvery: 2, measure: "iou" } as const;
  const options = { samples, validation, seed: 3, workers: 0 };
  const whole = await train({ model: tiny(), ...options, config: plan });
  const controller = new AbortController();
  const asked: number[] = [];
  const slow = {
    length: 2,
    get(index: number) {
      // The second evaluation, at its second image.
      if (asked.push(index) > 4 && index === 1) controller.abort();
      return validation.get(index);
    },
  };
  const model = tiny();
  const before = tf.memory().numTensors;
  const stopped = train({
    ...{ model, ...options, config: plan, out, validation: slow, signal: controller.signal },
  }).catch((error) => error);
  const error: TrainingAbortedError = await stopped;
  expect(error).toBeInstanceOf(TrainingAbortedError);
  expect(error.name).toBe("AbortError");
  expect(error.message).toMatch(/^train: stopped after [46] of 6 steps$/);
  expect(error.result.history).toEqual(whole.history.slice(0, error.result.steps));
  expect(error.result.evaluations.length).toBeLessThan(3);
  expect(tf.memory().numTensors).toBe(before);
  const resumed = await resume(out, { samples, validation, workers: 0 });
  expect(resumed.history).toEqual(whole.history);
  expect(resumed.evaluations).toEqual(whole.evaluations);
  expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
  for (const each of [whole.model, model, resumed.model]) each.dispose();
});

test("damaged lines of a history are left out and said; the run goes on to the bit", async () => {
  const plan = { ...config, steps: 6, validateEvery: 2 };
  const whole = await train({ model: tiny(), samples, validation, seed: 3, config: plan });
  const controller = new AbortController();
  const model = tiny();
  const stopped = train({
    ...{ model, samples, validation, seed: 3, config: plan, out, signal: controller.signal },
    onEvent: (event) => event.type === "step" && event.step === 4 && controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  const path = join(out, "history.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n");
  lines[0] = lines[0].slice(0, 9);
  lines[2] = "\0".repeat(lines[2].length);
  lines[3] = lines[3].replace("loss", "los\u00a7");
  await writeFile(path, lines.join("\n"));
  const events: TrainingEvent[] = [];
  const resumed = await resume(out, { samples, validation, onEvent: (event) => events.push(event) });
  expect(events.filter(({ type }) => type === "notice")).toEqual([
    { type: "notice", text: `3 lines of ${path} can't be read; left out, as the training depends on none` },
  ]);
  expect(await readFile(`${path}.damaged`, "utf8")).toBe(lines.join("\n"));
  expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
  expect(resumed.evaluations).toEqual(whole.evaluations);
  expect(resumed.history.map(({ step }) => step)).not.toContain(1);
  expect(resumed.history.at(-1)).toEqual(whole.history.at(-1));
  for (const each of [whole.model, model, resumed.model]) each.dispose();
});

test("a disk without room is known at the start, and nothing is left", async () => {
  // It has 2.05 kB left.
  const disk = { ...(await fs.statfs(tmpdir())), blocks: 1000, bavail: 4, bsize: 512 };
  const statfs = vi.spyOn(fs, "statfs").mockResolvedValue(disk);
  try {
    const training = train({
      model: tiny(),
      samples,
      seed: 3,
      workers: 0,
      config: { ...config, steps: 2 },
      out,
    });
    await expect(training).rejects.toThrow(
      /run can't be written: its checkpoints and model will take [\d.]+ MB, and the disk has 0\.00205 MB left$/,
    );
  } finally {
    statfs.mockRestore();
  }
  expect(await fs.readdir(join(out, ".."))).toEqual([]);
});

test("a checkpoint is read by pieces of any size", async () => {
  const model = tiny();
  await train({ model, samples, config: { ...config, steps: 1, optimizer: "adam", average: 0.9 }, out });
  const path = join(out, "checkpoints", "00000001.bin");
  const expected = await readCheckpointFile(path);
  expect(expected.tensors.optimizer).toHaveLength(2 * expected.tensors.average.length);
  for (const piece of [1, 7, 1000]) expect(await readCheckpointFile(path, piece)).toEqual(expected);
  model.dispose();
});

describe("batch normalisation", () => {
  const tileOf = (value: number) => {
    const image = { width: 20, height: 20, channels: 1, data: new Float32Array(400).fill(value) };
    const side = tileGeometry({ depth: 1 }).outputSize(20);
    const size = { width: side, height: side };
    return {
      image,
      labels: { ...size, data: new Int32Array(side * side) },
      weights: { ...size, channels: 1, data: new Float32Array(side * side).fill(1) },
    };
  };

  test("after a step that diverged its moving statistics are as before it", async () => {
    const model = tiny({ batchNormalisation: true });
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const optimizer = new Optimizer(variables, {
      ...{ optimizer: "sgd", momentum: 0, weightDecay: 0, clipNorm: 0 },
    });
    const before = { weights: weightsOf(model), tensors: tf.memory().numTensors };
    const tiles = [tileOf(1), tileOf(Number.NaN)];
    await expect(trainingStep(model, optimizer, tiles, { rate: 0.1 })).rejects.toBeInstanceOf(DivergedError);
    expect({ weights: weightsOf(model), tensors: tf.memory().numTensors }).toEqual(before);
    await trainingStep(model, optimizer, [tileOf(1)], { rate: 0.1 });
    expect(statisticsOf(model)).not.toEqual(before.weights.slice(-statisticsOf(model).length));
    expect(tf.memory().numTensors).toBe(before.tensors);
    optimizer.dispose();
    model.dispose();
  });

  test("frozen levels keep their statistics and use them; all others follow the data", async () => {
    const model = tiny({ batchNormalisation: true });
    const named = () =>
      Object.fromEntries(
        model.nonTrainableWeights.map((weight) => [
          weight.originalName,
          Array.from(weight.read().dataSync()),
        ]),
      );
    const before = named();
    await train({ model, samples, config: { ...config, steps: 3, freeze: ["enc0"] } });
    for (const [name, values] of Object.entries(named())) {
      if (name.startsWith("enc0")) expect(values, name).toEqual(before[name]);
      else expect(values, name).not.toEqual(before[name]);
    }
    expect(Object.keys(before).some((name) => name.startsWith("enc0"))).toBe(true);
    // Used: a network that is all but frozen gives what it gives in use.
    const frozen = tiny({ batchNormalisation: true, dropout: 0 });
    const losses = await Promise.all(
      [["enc0", "bottom", "dec0"]].map(async (freeze) => {
        const plan = { ...config, steps: 1, freeze, augmentation: false } as const;
        return (await train({ model: frozen, samples, config: plan })).history[0].loss;
      }),
    );
    const open = tiny({ batchNormalisation: true, dropout: 0 });
    const plan = { ...config, steps: 1, augmentation: false } as const;
    expect(losses[0]).not.toBe((await train({ model: open, samples, config: plan })).history[0].loss);
    for (const each of [model, frozen, open]) each.dispose();
  });
});

describe("what is best", () => {
  const taken = (value: number) => ({ loss: 1, constantLoss: 1, measure: "seg", value }) as const;

  test("of evaluations that are as good that with the least loss is, of those the earliest", async () => {
    const model = tiny();
    const best = new Best(true, measureNamed("f1"));
    const at = (value: number, loss: number) => ({ ...taken(value), loss });
    expect(await best.offer(1, at(0, 3), model)).toBe(true);
    expect(await best.offer(2, at(0, 4), model)).toBe(false);
    expect(await best.offer(3, at(0, 2), model)).toBe(true);
    expect(await best.offer(4, at(0, 2), model)).toBe(false);
    expect(await best.offer(5, at(0.1, 9), model)).toBe(true);
    expect(best.state).toMatchObject({ step: 5, since: 0 });
    model.dispose();
  });

  test("NaN is never the best, even where an earlier version kept it as the best", async () => {
    const model = tiny();
    const best = new Best(true, measureNamed("seg"));
    expect(await best.offer(1, taken(Number.NaN), model)).toBe(false);
    expect(best.state).toBe(undefined);
    expect(best.weights).toEqual([]);
    expect(await best.offer(2, taken(0.25), model)).toBe(true);
    expect(await best.offer(3, taken(Number.NaN), model)).toBe(false);
    expect(best.state).toEqual({ step: 2, validation: taken(0.25), since: 1 });
    best.state = { step: 1, validation: { ...taken(0), value: null as unknown as number }, since: 4 };
    expect(await best.offer(4, taken(0.125), model)).toBe(true);
    expect(best.state).toEqual({ step: 4, validation: taken(0.125), since: 0 });
    model.dispose();
  });

  test.each([
    [
      { keepBest: true, patience: 3, validateEvery: 2 },
      undefined,
      "validation",
      ["validateEvery", "patience", "keepBest"],
    ],
    [{ keepBest: true, patience: 3, measure: "iou" }, validation, "validateEvery", ["patience", "keepBest"]],
  ] as const)("settings without evaluations are told of: %j", async (settings, held, needs, names) => {
    const model = tiny();
    const events: TrainingEvent[] = [];
    const onEvent = (event: TrainingEvent) => events.push(event);
    const plan = { ...config, steps: 1, ...settings };
    await train({ model, samples, validation: held, config: plan, onEvent });
    expect(events.filter(({ type }) => type === "unused")).toEqual([
      { type: "unused", needs, settings: names },
    ]);
    model.dispose();
  });
});

test.each([
  [{ elastik: false }, 'train: config.augmentation has no field "elastik"; it knows balance, elastic'],
  [{ inputSize: 20 }, 'train: config.augmentation has no field "inputSize"; it knows balance, elastic'],
  [
    { elastic: { sigma: 1e39 } },
    "train: config.augmentation.elastic.sigma must be a number from 0 to 1000 px, got 1e+39",
  ],
  [
    { elastic: { gird: 3 } },
    'train: config.augmentation.elastic has no field "gird"; it knows grid, interpolation',
  ],
  [
    { elastic: true },
    "train: config.augmentation.elastic must be false, or an object of sigma, grid, spacing",
  ],
  [
    { greyValues: { black: 0.5 } },
    "train: config.augmentation.greyValues.black must be a number from 0 to below 0.5",
  ],
  [{ rotation: 1 }, "train: config.augmentation.rotation must be true or false, got 1"],
  [true, "train: config.augmentation must be false, or an object of deformTile's options, got true"],
])("augmentation is checked field by field: %j", async (augmentation, message) => {
  const model = tiny();
  const plan = { ...config, steps: 1, augmentation: augmentation as unknown as false };
  await expect(train({ model, samples, config: plan })).rejects.toThrow(message);
  model.dispose();
});
