// `store-runs.ts FOLDER`, run on the sources by Vite as ../killed.test.ts does with its program: trains, keeps the run's
// folder as it is after five of eight steps, as if killed there, and what the run ends with, as `test/fixtures/stored`
// has them. Those in there were written by the code of commit 42fda1a and stay as they are; a later format gets a folder
// of its own.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { useBackend } from "@unet/backend";
import { openDataset } from "@unet/datasets";
import { createUNet, type UNetConfig } from "@unet/model";
import { type Samples, type TrainingConfig, train } from "@unet/training";
import { drawnSamples } from "./drawn-samples.js";

const folder = process.argv.at(-1);
await useBackend({ prefer: ["cpu"] });

const common = { steps: 8, tileSize: 36, checkpointEvery: 3, keepCheckpoints: 1, validateEvery: 2 };
const named = await openDataset("synthetic-cells:2", { width: 48, height: 48, seed: 5 });
const runs: Record<
  string,
  { architecture: Partial<UNetConfig>; samples: Samples; config: Partial<TrainingConfig> }
> = {
  adamw: {
    architecture: { depth: 1, filters: 2, batchNormalisation: true, dropout: 0.25, seed: 1 },
    samples: named,
    config: {
      ...{
        ...common,
        optimizer: "adamw",
        learningRate: 0.02,
        weightDecay: 0.01,
        average: 0.9,
        measure: "dice",
      },
      ...{ schedule: "one-cycle", loss: "weightedCrossEntropy + 0.5 * dice", accumulate: 2, clipNorm: 1 },
    },
  },
  momentum: {
    architecture: { depth: 1, filters: 2, seed: 2 },
    samples: drawnSamples,
    config: { ...common, learningRate: 0.03, momentum: 0.9, classNames: ["outside", "square"] },
  },
};

for (const [name, { architecture, samples, config }] of Object.entries(runs)) {
  const out = `${mkdtempSync(`${tmpdir()}/unet-store-`)}/run`;
  const model = createUNet(architecture);
  await train({
    ...{ model, samples, validation: samples, config, seed: 3, workers: 0, out },
    onEvent(event) {
      if (event.type === "step" && event.step === 5)
        cpSync(out, `${folder}/${name}/unfinished`, { recursive: true });
    },
  });
  for (const file of ["history.jsonl", "model"])
    cpSync(`${out}/${file}`, `${folder}/${name}/finished/${file}`, { recursive: true });
  rmSync(out, { recursive: true });
}
