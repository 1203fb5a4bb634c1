import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Dataset, subset } from "@unet/datasets";
import { plainTaskFor, taskOf } from "@unet/inference";
import { type ModelMetadata, saveModel } from "@unet/model";
import { calibrate } from "@unet/training";
import type { Command } from "commander";
import { openData } from "../data.js";
import { UsageError } from "../messages/errors.js";
import { calibrationProgress } from "../messages/progress.js";
import { assertNewFolder } from "../outputs/assert-folder.js";
import { foldersIn } from "../predict/networks.js";
import { interruptible } from "../process/signals.js";
import { isNetwork, openRun } from "../run.js";
import { lastWords } from "../train/ability.js";
import { aimOf } from "../train/recipe.js";
import { assertSamples } from "../train/samples.js";
import { type CommonOptions, command, startBackend, tell } from "../usage/command.js";
import { addDataOptions, type DataOptions, dataOptionsOf } from "../usage/data-options.js";
import { sampleNumbers, wholeNumber } from "../usage/options.js";
import { writeTask } from "../write-task.js";

interface CalibrateOptions extends CommonOptions, DataOptions {
  data: string;
  out?: string;
  samples?: number[];
  seed: number;
}

export function calibrateCommand(): Command {
  const text = "Choose threshold, split and smallest object of a model on images with a truth.";
  const made = command("calibrate", text, { computes: true })
    .argument("<run>", "folder of a run or of a model, whose model.json gets what is chosen; or a network")
    .option("--out <folder>", "a new folder, which gets the model with what is chosen; a network needs it")
    .requiredOption("--data <spec>", "as unet train takes it; images that the model was not trained on")
    .option("--samples <numbers>", "samples to choose on, e.g. 18-23 (default: all)", sampleNumbers)
    .option("--seed <n>", "of synthetic images", wholeNumber(0), 0);
  return addDataOptions(made).action(calibrateRun);
}

async function calibrateRun(run: string, options: CalibrateOptions): Promise<void> {
  const { data, out, seed, json } = options;
  const signal = interruptible();
  if (out !== undefined) await assertNewFolder(out, "--out", [data, ...foldersIn(run)]);
  else if (isNetwork(run)) {
    throw new UsageError(
      `the network ${run} lies in its package; give --out FOLDER, which gets a copy with what is chosen`,
    );
  }
  await startBackend(options);
  const model = await openRun(run, { quiet: json });
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
    if (out === undefined) await writeTask(run, task);
    else await saveModel(model, out, { task, training: withoutCard(model) });
    const where = out ?? run;
    if (json) console.log(JSON.stringify({ run: where, task }));
    else for (const line of lastWords(where, task)) console.log(line);
  } finally {
    model.dispose();
  }
}

/** What a model says of its training, without the card of a network, whose scores were had with other settings. */
function withoutCard(model: LayersModel): ModelMetadata["training"] {
  const { training } = (model.getUserDefinedMetadata() ?? {}) as Partial<ModelMetadata>;
  return training && Object.fromEntries(Object.entries(training).filter(([field]) => field !== "card"));
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
