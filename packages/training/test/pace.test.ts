import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { syntheticCells } from "@unet/datasets";
import {
  loadRun,
  type PacedEvent,
  resolveConfig,
  resume,
  type TrainingAbortedError,
  type TrainingConfig,
  type TrainingEvent,
  type TrainingResult,
  train,
} from "@unet/training";
import { expect, test } from "vitest";
import { evaluationsThatFit, secondsPerStep, stepsThatFit } from "../src/run/pace.js";
import { eachInNewFolder, tiny, weightsOf } from "./tiny-run.js";

let out: string;
eachInNewFolder((path) => {
  out = path;
});

const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });
const cosine: Partial<TrainingConfig> = {
  ...{ tileSize: 48, learningRate: 0.01, momentum: 0.9, schedule: "cosine", average: 0.9, validations: 3 },
};
const given = () => ({ model: tiny(), samples, validation: samples, seed: 3 });

/** Listens, and stops at a step. */
function stopAt(step: number) {
  const controller = new AbortController();
  const events: TrainingEvent[] = [];
  const onEvent = (event: TrainingEvent) => {
    events.push(event);
    if (event.type === "step" && event.step === step) controller.abort();
  };
  return { signal: controller.signal, onEvent, events };
}

/** What a run has reached that was stopped. */
async function stopped(run: Promise<TrainingResult>): Promise<TrainingResult> {
  const error = await run.then(
    () => new Error("it ended"),
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: "AbortError" });
  return (error as TrainingAbortedError).result;
}

const pacedIn = (events: TrainingEvent[]) =>
  events.filter((event): event is PacedEvent => event.type === "paced");

test("a step takes the median of the first ones but two", () => {
  expect(secondsPerStep([9, 8, 1, 2, 3, 50])).toBe(2.5);
  expect(secondsPerStep([9, 8, 1])).toBe(1);
  expect(secondsPerStep([9, 8])).toBe(8.5);
});

test("evaluations take a third of the time at most, but for the one at the end", () => {
  expect(evaluationsThatFit(90, 5)).toBe(6);
  expect(evaluationsThatFit(90, 50)).toBe(1);
  expect(evaluationsThatFit(90, 0)).toBe(Number.POSITIVE_INFINITY);
});

test("as many steps fit as the time holds beside evaluations and samples", () => {
  const counts = { samples: 10, samplesPerStep: 1, evaluations: 3, validateEvery: 0 };
  // 100 s − 3 · 10 s − 10 · 2 s
  expect(stepsThatFit(100, { step: 0.5, sample: 2, evaluation: 10 }, counts)).toBe(100);
  // not all samples are reached: each step prepares one
  expect(stepsThatFit(28, { step: 1, sample: 2, evaluation: 10 }, { ...counts, evaluations: 1 })).toBe(6);
  // an evaluation every 5 steps makes a step of 1 s one of 3 s
  const every = { ...counts, evaluations: 1, validateEvery: 5 };
  expect(stepsThatFit(100, { step: 1, sample: 0, evaluation: 10 }, every)).toBe(30);
  // half of the time is for steps, whatever evaluations take
  expect(stepsThatFit(20, { step: 1, sample: 0, evaluation: 10 }, counts)).toBe(10);
  expect(stepsThatFit(-1, { step: 1, sample: 0, evaluation: 10 }, counts)).toBe(0);
});

test("minutes alone fix the steps once, from the first ten; the run is then that of so many steps, to the bit", async () => {
  const first = stopAt(13);
  const config = { ...cosine, minutes: 60 };
  const paced = await stopped(train({ ...given(), config, out, ...first }));
  const [{ step, steps, minutes, secondsPerStep }] = pacedIn(first.events);
  expect({ step, minutes }).toEqual({ step: 10, minutes: 60 });
  // an hour for steps of some milliseconds
  expect(steps).toBeGreaterThan(1000);
  expect(steps * secondsPerStep).toBeLessThan(3600);
  expect(first.events.filter(({ type }) => type !== "step").map(({ type }) => type)).toEqual([
    ...["checkpoint", "start", "checkpoint", "paced", "checkpoint"],
  ]);
  const kept = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  expect(kept.training).toMatchObject({ steps, minutes: 0, warmup: 10 });
  expect(paced.legs).toEqual([{ from: 0, steps, minutes: 60 }]);

  const plain = stopAt(13);
  const straight = await stopped(train({ ...given(), config: kept.training, ...plain }));
  expect(pacedIn(plain.events)).toEqual([]);
  expect(paced.history).toEqual(straight.history);
  expect(weightsOf(paced)).toEqual(weightsOf(straight));

  const [goneOn, whole] = [stopAt(17), stopAt(17)];
  const resumed = await stopped(resume(out, { samples, validation: samples, ...goneOn }));
  expect(pacedIn(goneOn.events)).toEqual([]);
  expect(resumed.config).toEqual(straight.config);
  const expected = await stopped(train({ ...given(), config: kept.training, ...whole }));
  expect(resumed.history).toEqual(expected.history);
  expect(weightsOf(resumed)).toEqual(weightsOf(expected));
  for (const { model } of [paced, straight, resumed, expected]) model.dispose();
});

test("fewer evaluations than asked for are told of, and kept as a setting", async () => {
  const first = stopAt(10);
  const many = { ...cosine, validations: 1e9, minutes: 60 };
  const { config, model } = await stopped(train({ ...given(), config: many, out, ...first }));
  const controller = stopAt(11);
  const after = await stopped(resume(out, { samples, validation: samples, ...controller }));
  const [{ validations, steps }] = pacedIn([...first.events, ...controller.events]);
  expect(validations).toBeLessThan(1e6);
  expect(config.validations).toBe(first.events.some(({ type }) => type === "paced") ? validations : 1e9);
  expect(after.config).toMatchObject({ validations, steps });
  for (const each of [model, after.model]) each.dispose();
});

test("a run that was stopped within the first ten steps counts them on", async () => {
  const first = stopAt(4);
  const before = await stopped(train({ ...given(), config: { ...cosine, minutes: 60 }, out, ...first }));
  expect(pacedIn(first.events)).toEqual([]);
  expect(before.config).toMatchObject({ steps: 0, minutes: 60 });
  const second = stopAt(12);
  const after = await stopped(resume(out, { samples, validation: samples, ...second }));
  expect(second.events[0]).toMatchObject({ type: "start", step: 4, steps: 0 });
  expect(pacedIn(second.events)).toMatchObject([{ step: 10, minutes: 60 }]);
  expect(after.config.steps).toBe(pacedIn(second.events)[0].steps);
  for (const { model } of [before, after]) model.dispose();
});

test("before they are fixed, resume can give other minutes, or the steps", async () => {
  const before = await stopped(train({ ...given(), config: { ...cosine, minutes: 60 }, out, ...stopAt(2) }));
  const refusal = (end: object) => expect(resume(out, { samples, validation: samples, ...end })).rejects;
  await refusal({ minutes: 0 }).toThrow(
    "resume: minutes must be positive, as they are yet to fix the number of steps, got 0; or give steps",
  );
  await refusal({ steps: 10 }).toThrow("resume: steps must be above 10, got 10");
  const next = stopAt(3);
  const other = await stopped(resume(out, { samples, validation: samples, minutes: 30, ...next }));
  expect(other.config).toMatchObject({ steps: 0, minutes: 30 });
  const ended = await resume(out, { samples, validation: samples, steps: 12 });
  expect(ended).toMatchObject({
    steps: 12,
    config: { steps: 12, minutes: 0 },
    legs: [{ from: 0, steps: 12 }],
  });
  for (const { model } of [before, other, ended]) model.dispose();
});

test("a run that its time had fixed is given more time: the steps that are added follow from it", async () => {
  // Over at once, so that it ends after its first step.
  const short = await train({ ...given(), config: { ...cosine, minutes: 1e-6 }, out });
  expect(short).toMatchObject({ steps: 1, config: { steps: 1, minutes: 0 } });
  const more = stopAt(15);
  const longer = await stopped(resume(out, { samples, validation: samples, minutes: 60, ...more }));
  expect(more.events[0]).toEqual({ type: "prolonged", from: 1, steps: 0, minutes: 60 });
  const [{ step, steps }] = pacedIn(more.events);
  expect(step).toBe(11);
  expect(longer.legs).toEqual([
    { from: 0, steps: 1, minutes: 1e-6 },
    { from: 1, steps: steps - 1, minutes: 60 },
  ]);
  // the warm-up begins anew with the added steps
  expect(longer.history[1].rate).toBeCloseTo(0.001, 9);
  expect(longer.history[10].rate).toBeCloseTo(0.01, 9);
  const loaded = await loadRun(out);
  for (const model of [short.model, longer.model, loaded]) model.dispose();
});

test("evaluations are spread evenly, the last at the end; the best is kept", async () => {
  const config = { ...cosine, steps: 11, validations: 4 };
  const whole = await train({ ...given(), config });
  expect(whole.evaluations.map(({ step }) => step)).toEqual([3, 6, 9, 11]);
  const values = whole.evaluations.map(({ validation }) => validation.value);
  expect(whole.keptStep).toBe(whole.evaluations[values.indexOf(Math.min(...values))].step);
  const more = await train({ ...given(), config: { ...cosine, steps: 2, validations: 5 } });
  expect(more.evaluations.map(({ step }) => step)).toEqual([1, 2]);
  for (const { model } of [whole, more]) model.dispose();
});

test("what can't be together is refused, in words", () => {
  expect(() => resolveConfig({ validations: 4, validateEvery: 100 })).toThrow(
    "train: config.validations and config.validateEvery can't be given together, got 4 and 100; leave one out",
  );
  expect(() => resolveConfig({ minutes: 5, schedule: "cosine", warmup: 3 })).toThrow(
    "train: config.warmup must be at least 10 where minutes fix the number of steps, got 3",
  );
  expect(() => resolveConfig({ steps: 0 })).toThrow(
    "train: config.steps must be a whole number of at least 1, got 0",
  );
  expect(resolveConfig({ minutes: 5, steps: 20 })).toMatchObject({ steps: 20, minutes: 5 });
  expect(resolveConfig({ minutes: 5 })).toMatchObject({ steps: 0, minutes: 5, warmup: 10 });
  expect(resolveConfig({}).steps).toBe(1000);
});
