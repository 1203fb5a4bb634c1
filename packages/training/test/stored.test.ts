import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { useBackend } from "@unet/backend";
import { loadModel } from "@unet/model";
import { loadRun, resume, type TrainingEvent } from "@unet/training";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawnSamples } from "./reference/drawn-samples.js";

// Written by the code of commit 42fda1a, see reference/store-runs.ts: runs that people have can go on. On the machine that
// stored them all is the same to the bit; elsewhere the last digits of exp and log may differ.
const stored = fileURLToPath(new URL("fixtures/stored/", import.meta.url));

let folder: string;
beforeAll(async () => {
  await useBackend({ prefer: ["cpu"] });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unet-stored-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Entry = { step: number; [name: string]: unknown };
const linesOf = (path: string): Entry[] =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The same object with each number in it rounded to six digits. */
const rounded = (entries: Entry[]) =>
  JSON.parse(JSON.stringify(entries), (_, value) =>
    typeof value === "number" ? Number(value.toPrecision(6)) : value,
  );

const weightsIn = (path: string) => new Float32Array(new Uint8Array(readFileSync(path)).buffer);

const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
};

const runs = {
  adamw: { samples: undefined, best: 8, measure: "dice" },
  momentum: { samples: drawnSamples, best: 2, measure: "loss" },
};

describe.each(Object.entries(runs))("a stored run, %s", (name, { samples, best, measure }) => {
  test("goes on from its checkpoint to the history and the model that it would have ended with", async () => {
    const run = join(folder, "run");
    cpSync(join(stored, name, "unfinished"), run, { recursive: true });
    const events: TrainingEvent[] = [];
    const result = await resume(run, {
      ...{ samples, validation: samples, workers: 0 },
      onEvent: (event) => events.push(event),
    });
    expect(events[0]).toMatchObject({ type: "start", step: 3, steps: 8 });
    expect(result).toMatchObject({ steps: 8, keptStep: best, config: { measure } });
    const finished = join(stored, name, "finished");
    const history = linesOf(join(run, "history.jsonl"));
    expect(rounded(history)).toMatchObject(rounded(linesOf(join(finished, "history.jsonl"))));
    const [ours, theirs] = [run, finished].map((path) => weightsIn(join(path, "model/weights.bin")));
    expect(largestDifference(ours, theirs)).toBeLessThan(1e-5);
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["00000008.bin"]);
    const model = await loadModel(join(run, "model"));
    const then = await loadModel(join(finished, "model"));
    expect(model.getUserDefinedMetadata()).toMatchObject({
      ...then.getUserDefinedMetadata(),
      training: expect.objectContaining({ steps: 8, seed: 3, samples: 2 }),
    });
    for (const each of [model, then, result.model]) each.dispose();
  });

  test("holds its model, and one in its checkpoint", async () => {
    const run = join(folder, "run");
    cpSync(join(stored, name, "unfinished"), run, { recursive: true });
    const kept = await loadRun(run);
    rmSync(join(run, "model"), { recursive: true });
    const last = await loadRun(run);
    for (const model of [kept, last]) {
      expect(model.getUserDefinedMetadata()).toMatchObject({
        formatVersion: 1,
        architecture: { depth: 1, filters: 2 },
        training: { steps: 3, samples: 2 },
      });
    }
    expect(kept.countParams()).toBe(last.countParams());
    for (const model of [kept, last]) model.dispose();
  });
});
