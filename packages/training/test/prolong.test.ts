import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { rateAt, resume, type TrainingEvent, train } from "@unet/training";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["wasm"] });
});

let out: string;
beforeEach(async () => {
  out = join(await mkdtemp(join(tmpdir(), "unet-prolong-")), "run");
});
afterEach(() => rm(join(out, ".."), { recursive: true }));

const samples = syntheticCells({ count: 2, width: 64, height: 64, seed: 1 });
const tiny = () => createUNet({ filters: 2, depth: 1, seed: 1 });
const weightsOf = (model: ReturnType<typeof tiny>) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));
const cosine = { tileSize: 48, learningRate: 0.01, momentum: 0.9, schedule: "cosine", warmup: 1 } as const;
const lines = async () => (await readFile(join(out, "history.jsonl"), "utf8")).trim().split("\n");

async function trained(config: object): Promise<void> {
  const { model } = await train({ model: tiny(), samples, config: { ...cosine, ...config }, seed: 3, out });
  model.dispose();
}

test("a run that has ended goes on: what was stays, the schedule runs anew, and both are kept", async () => {
  await trained({ steps: 4 });
  const before = await lines();
  const events: TrainingEvent[] = [];
  const result = await resume(out, { samples, steps: 7, onEvent: (event) => events.push(event) });
  expect(events[0]).toEqual({ type: "prolonged", from: 4, steps: 7, minutes: 0 });
  expect(result.steps).toBe(7);
  expect((await lines()).slice(0, 4)).toEqual(before);
  const anew = [0, 1, 2].map((step) => rateAt({ ...result.config, steps: 3 }, step));
  expect(result.history.slice(4).map(({ rate }) => rate)).toEqual(anew);
  const legs = [
    { from: 0, steps: 4 },
    { from: 4, steps: 3 },
  ];
  expect(result.legs).toEqual(legs);
  const kept = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
  expect(kept).toMatchObject({ legs, training: { steps: 7, minutes: 0 } });
  result.model.dispose();
  const again = await resume(out, { samples, steps: 9 });
  expect(again.legs).toEqual([...legs, { from: 7, steps: 2 }]);
  again.model.dispose();
});

test("what was added goes on to the bit where it was interrupted, by the same call or without steps", async () => {
  await trained({ steps: 3 });
  const straight = await resume(out, { samples, steps: 8 });
  const expected = { weights: weightsOf(straight.model), history: straight.history };
  straight.model.dispose();
  for (const steps of [8, undefined]) {
    await rm(out, { recursive: true });
    await trained({ steps: 3 });
    const controller = new AbortController();
    const onEvent = (event: TrainingEvent) => {
      if (event.type === "step" && event.step === 5) controller.abort();
    };
    const stopped = resume(out, { samples, steps: 8, signal: controller.signal, onEvent });
    await expect(stopped).rejects.toThrow("train: stopped after 5 of 8 steps");
    const { model, history } = await resume(out, { samples, steps });
    expect({ weights: weightsOf(model), history }).toEqual(expected);
    model.dispose();
  }
});

test("patience begins anew with what is added", async () => {
  const validation = syntheticCells({ count: 1, width: 64, height: 64, seed: 9 });
  // Without learning nothing better comes.
  const still = { learningRate: 1e-30, validateEvery: 1, patience: 2, steps: 50 };
  const { model, steps } = await train({
    model: tiny(),
    samples,
    validation,
    config: { ...cosine, ...still },
    out,
  });
  expect(steps).toBe(3);
  model.dispose();
  const again = await resume(out, { samples, validation, steps: 40 });
  expect(again.steps).toBe(5);
  expect(again.legs.at(-1)).toEqual({ from: 3, steps: 37 });
  again.model.dispose();
});

test("a run that ended in time goes on with more time", async () => {
  await trained({ steps: 100_000, minutes: 0.002 });
  const { steps, config, legs, model } = await resume(out, { samples, minutes: 0.02 });
  const [, { from }] = legs;
  expect(steps).toBeGreaterThan(from);
  expect(steps).toBeLessThan(100_000);
  expect(config).toMatchObject({ steps: 100_000, minutes: 0.02 });
  expect(legs[1]).toEqual({ from, steps: 100_000 - from });
  model.dispose();
});

test("minutes alone give a run that did all its steps as many again", async () => {
  await trained({ steps: 2 });
  const { steps, legs, model } = await resume(out, { samples, minutes: 10 });
  expect(steps).toBe(4);
  expect(legs).toEqual([
    { from: 0, steps: 2 },
    { from: 2, steps: 2 },
  ]);
  model.dispose();
});

test("an end that can't be is refused, in words", async () => {
  await trained({ steps: 3 });
  const refusal = (end: object) => expect(resume(out, { samples, ...end })).rejects;
  await refusal({ steps: 3 }).toThrow(
    "resume: steps must be above 3, which the run has done already, as they are counted in; got 3",
  );
  await refusal({ steps: 1.5 }).toThrow("resume: steps must be a whole number of at least 1, got 1.5");
  await refusal({ minutes: 1e-9 }).toThrow(
    /^resume: minutes must be above [\d.e-]+, which the run has taken already, or 0 for no limit, got 1e-9$/,
  );
  await rm(out, { recursive: true });
  const model = tiny();
  const controller = new AbortController();
  const stopped = train({
    ...{ model, samples, config: { ...cosine, steps: 6 }, out, signal: controller.signal },
    onEvent: (event) => event.type === "step" && event.step === 2 && controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  await refusal({ steps: 9 }).toThrow(
    "resume: steps can't change before the run has ended, as its schedule depends on them: it is at step 2 of 6; go on without, then give 9",
  );
  model.dispose();
});
