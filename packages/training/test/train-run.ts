/** A program for killed.test.ts: begins a run of 24 steps, or goes on with it; prints a line for each event. */
import { existsSync, readdirSync } from "node:fs";
import { useBackend } from "@unet/backend";
import { openDataset } from "@unet/datasets";
import { createUNet } from "@unet/model";
import { resume, type TrainingEvent, train } from "@unet/training";

const [backend, out] = process.argv.slice(-2);
await useBackend({ prefer: [backend as "cpu"] });
const samples = await openDataset("synthetic-cells:2", { width: 64, height: 64 });
const onEvent = (event: TrainingEvent) => {
  if (event.type === "step") console.log(`step ${event.step}`);
};
const folder = `${out}/checkpoints`;
if (existsSync(folder) && readdirSync(folder).some((file) => /^\d+\.bin$/.test(file))) {
  await resume(out, { workers: 0, onEvent });
} else {
  const rates = { learningRate: 0.01, momentum: 0.9, average: 0.9 };
  const config = { ...rates, steps: 24, tileSize: 60, checkpointEvery: 3, validateEvery: 8 };
  const model = createUNet({ filters: 2, depth: 2, seed: 1 });
  await train({ model, samples, validation: samples, config, seed: 3, workers: 0, onEvent, out });
}
