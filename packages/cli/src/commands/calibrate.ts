import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Dataset, subset } from "@unet/datasets";
import { plainTaskFor, taskOf } from "@unet/inference";
import { calibrate } from "@unet/training";
import type { Command } from "commander";
import { openData } from "../data.js";
import { calibrationProgress } from "../messages/progress.js";
import { interruptible } from "../process/signals.js";
import { openRun } from "../run.js";
import { lastWords } from "../train/ability.js";
import { aimOf } from "../train/recipe.js";
import { assertSamples } from "../train/samples.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { sampleNumbers, wholeNumber } from "../usage/options.js";
import { writeTask } from "../write-task.js";

interface CalibrateOptions extends CommonOptions, DataOptions {
  data: string;
  samples?: number[];
  seed: number;
}

export function calibrateCommand(): Command {
  const text = "Choose threshold, split and smallest object of a model on images with a truth.";
  const made = command("calibrate", text, { computes: true })
    .argument("<run>", "folder of a run or of a model, whose model.json gets what is chosen")
    .requiredOption("--data <spec>", "as unet train takes it; images that the model was not trained on")
    .option("--samples <numbers>", "samples to choose on, e.g. 18-23 (default: all)", sampleNumbers)
    .option("--seed <n>", "of synthetic images", wholeNumber(0), 0);
  return addDataOptions(made).action(calibrateRun);
}

async function calibrateRun(run: string, options: CalibrateOptions): Promise<void> {
  const { data, seed, json } = options;
  const signal = interruptible();
  await startBackend(options);
  const model = await openRun(run);
  try {
    const classes = model.outputs[0].shape.at(-1) as number;
    const dataset = await openData(data, { ...dataOptionsOf(options), seed });
    assertSamples(dataset.length, { "--samples": options.samples });
    const samples = options.samples ? subset(dataset, options.samples) : dataset;
    const seen = trainedOn(run, samples);
    if (seen > 0 && !json) {
      tell(`WARNING    ${seen} of the ${samples.length} images were trained on; what they say is too good`);
    }
    const given = taskOf(model) ?? {
      ...plainTaskFor(classes),
      aim: aimOf(data, (await samples.get(0)).kind),
    };
    const progress = calibrationProgress();
    const task = await calibrate({
      model,
      samples,
      task: given,
      signal,
      onEvent: json ? undefined : progress.onEvent,
    }).finally(progress.stop);
    await writeTask(run, task);
    if (json) console.log(JSON.stringify({ run, task }));
    else for (const line of lastWords(run, task)) console.log(line);
  } finally {
    model.dispose();
  }
}

/** How many of the samples a run was trained on, as far as that is known. */
function trainedOn(run: string, { source, length }: Dataset): number {
  const file = join(run, "config.json");
  if (!source || !existsSync(file)) return 0;
  const { data } = JSON.parse(readFileSync(file, "utf8"));
  // how many classes there are changes no image
  const opened = (options: object) => JSON.stringify({ ...options, classes: undefined });
  if (data?.spec !== source.spec || opened(data.options) !== opened(source.options)) return 0;
  const indices = source.indices ?? Array.from({ length }, (_, index) => index);
  return indices.filter((index) => data.indices?.includes(index) ?? true).length;
}
