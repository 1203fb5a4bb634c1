import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "@unet/backend";
import { syntheticCells } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { type RunStore, resume, type TrainingEvent, train, UnreadableCheckpointError } from "@unet/training";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
});

const samples = syntheticCells({ count: 2, width: 48, height: 48, seed: 3 });
const validation = syntheticCells({ count: 1, width: 48, height: 48, seed: 4 });
const config = {
  steps: 6,
  tileSize: 44,
  optimizer: "adamw",
  learningRate: 0.01,
  checkpointEvery: 2,
  validateEvery: 3,
} as const;
const newModel = () => createUNet({ depth: 1, filters: 2, seed: 2 });

/** A store in memory, which counts what it is given. */
function memoryStore(): RunStore & { kept?: Uint8Array; writes: number } {
  return {
    writes: 0,
    async write(checkpoint) {
      this.kept = checkpoint;
      this.writes++;
    },
    async read() {
      return this.kept;
    },
  };
}

async function weightsOf(model: ReturnType<typeof newModel>): Promise<Float32Array[]> {
  return Promise.all(model.getWeights().map(async (weight) => (await weight.data()) as Float32Array));
}

test("a run in a store goes on to the bit as if it had not stopped", async () => {
  const whole = await train({ model: newModel(), samples, validation, config, seed: 7, workers: 0 });

  const store = memoryStore();
  const controller = new AbortController();
  const model = newModel();
  const onEvent = (event: TrainingEvent) => {
    if (event.type === "step" && event.step === 3) controller.abort();
  };
  const stopped = train({
    model,
    samples,
    validation,
    config,
    seed: 7,
    workers: 0,
    out: store,
    signal: controller.signal,
    onEvent,
  });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  // At the beginning, after two steps, and when it was stopped.
  expect(store.writes).toBe(3);

  const resumed = await resume(store, { samples, validation, workers: 0 });
  expect(resumed.steps).toBe(6);
  expect(await weightsOf(resumed.model)).toEqual(await weightsOf(whole.model));
  expect(resumed.evaluations).toEqual(whole.evaluations);
  expect(resumed.history.map(({ step, loss }) => [step, loss])).toEqual(
    whole.history.slice(3).map(({ step, loss }) => [step, loss]),
  );
  for (const each of [whole.model, model, resumed.model]) each.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

test("says what is wrong with a store", async () => {
  const store = memoryStore();
  await expect(resume(store, { samples })).rejects.toThrow("the store holds no checkpoint");
  const model = newModel();
  const short = { ...config, steps: 2 };
  await train({ model, samples, config: short, workers: 0, out: store });
  await expect(train({ model, samples, config: short, workers: 0, out: store })).rejects.toThrow(
    "the store holds a checkpoint already",
  );
  const bytes = store.kept as Uint8Array;
  store.kept = bytes.slice(0, -1);
  await expect(resume(store, { samples })).rejects.toThrow(UnreadableCheckpointError);
  store.kept = bytes.slice();
  store.kept[store.kept.length - 1] ^= 1;
  await expect(resume(store, { samples })).rejects.toThrow("its checksum differs");
  store.kept = new TextEncoder().encode("something else");
  await expect(resume(store, { samples })).rejects.toThrow("not a checkpoint");
  model.dispose();
});
